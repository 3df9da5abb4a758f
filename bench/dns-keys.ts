import { buildZone, soaData, TYPE, txtData, nameData, type ResourceRecord, type Zone } from "chancery/dns";
import { createHash } from "node:crypto";

export const origin = "dkim.esp.example";
export const keyName = (index: number): string => `s${index}.k${index % 977}._domainkey.${origin}`;

/** A zone of that many DKIM keys of 2048 bits; the octets are hashes, since making so many real keys takes an hour. */
export function keyRecords(count: number): ResourceRecord[] {
  const soa = {
    mname: `ns1.${origin}`,
    rname: `hostmaster.${origin}`,
    serial: 1,
    refresh: 7200,
    retry: 3600,
    expire: 1_209_600,
    minimum: 300,
  };
  const records: ResourceRecord[] = [
    { name: origin, type: TYPE.SOA, ttl: 3600, data: soaData(soa) },
    { name: origin, type: TYPE.NS, ttl: 3600, data: nameData("ns1.example.net") },
  ];
  for (let index = 0; index < count; index++) {
    const hash = createHash("sha512").update(String(index)).digest();
    const der = Buffer.concat([hash, hash, hash, hash, hash]).subarray(0, 294);
    const data = txtData(`v=DKIM1; k=rsa; p=${der.toString("base64")}`);
    records.push({ name: keyName(index), type: TYPE.TXT, ttl: 300, data });
  }
  return records;
}

export function keyZone(count: number): Zone {
  const zone = buildZone(origin, keyRecords(count));
  if (!zone.ok) throw new Error(zone.problem);
  return zone.value;
}
