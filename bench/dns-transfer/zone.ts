import {
  formatZoneFile,
  parseZoneFile,
  tsigKeyFromText,
  txtData,
  TYPE,
  type ResourceRecord,
  type TsigKey,
} from "chancery/dns";
import { createHash } from "node:crypto";

export const origin = "dkim.example.com";
export const secret = Buffer.alloc(32, 7).toString("base64");

export function transferKey(): TsigKey {
  const key = tsigKeyFromText({ name: "bench.example", algorithm: "hmac-sha256", secret });
  if (!key.ok) throw new Error(key.problem);
  return key.value;
}

/** A zone of that many keys of 2048 bits; the octets are hashes, since making so many real keys takes an hour. */
export function recordsOf(count: number): ResourceRecord[] {
  const apex = parseZoneFile("@ 60 SOA ns h 1 7200 900 1209600 300\n@ 60 NS ns\nns 60 A 192.0.2.1", { origin });
  if (!apex.ok) throw new Error(apex.problem);
  const records = apex.value;
  for (let index = 0; index < count; index++) {
    const hash = createHash("sha512").update(String(index)).digest();
    const der = Buffer.concat([hash, hash, hash, hash, hash]).subarray(0, 294);
    const name = `s${index % 2}._domainkey.c${index >> 1}.${origin}`;
    records.push({ name, type: TYPE.TXT, ttl: 300, data: txtData(`v=DKIM1; k=rsa; p=${der.toString("base64")}`) });
  }
  return records;
}

export const zoneFile = (count: number): string => formatZoneFile(origin, recordsOf(count));
