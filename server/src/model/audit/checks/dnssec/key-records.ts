import { type Dnskey, type Ds, type Parsed, rdataFromText, readDnskey, readDs, TYPE } from "chancery/dns";

/** DS or CDS records from their texts; what cannot be read is left out. */
export const dsRecords = (texts: readonly string[]): Ds[] => all(TYPE.DS, texts, readDs);

/** DNSKEY or CDNSKEY records from their texts; what cannot be read is left out. */
export const keyRecords = (texts: readonly string[]): Dnskey[] => all(TYPE.DNSKEY, texts, readDnskey);

function all<T>(type: number, texts: readonly string[], read: (data: Uint8Array) => Parsed<T>): T[] {
  return texts.flatMap((text) => {
    const data = rdataFromText(type, text, ".");
    const value = data.ok ? read(data.value) : data;
    return value.ok ? [value.value] : [];
  });
}
