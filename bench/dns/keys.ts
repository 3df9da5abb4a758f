import {
  buildZone,
  formatMessage,
  nameData,
  soaData,
  TYPE,
  txtData,
  type ResourceRecord,
  type Zone,
  plainQuery,
} from "chancery/dns";

export const origin = "dkim.esp.example";
export const keyName = (index: number): string => `s${index}.k${index % 977}._domainkey.${origin}`;

/** How every SubjectPublicKeyInfo of an RSA key of 2048 bits begins, and how the exponent 65537 ends it. */
const derHead = Buffer.from("30820122300d06092a864886f70d01010105000382010f003082010a0282010100", "hex");
const derTail = Buffer.from("0203010001", "hex");

/** The key record of a number; the modulus is noise, since to make so many real keys takes an hour. */
export function keyRecord(index: number): ResourceRecord {
  const modulus = new Uint32Array(64);
  let noise = index + 1;
  for (let word = 0; word < modulus.length; word++) {
    noise = Math.imul(noise ^ (noise >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    modulus[word] = noise;
  }
  const der = Buffer.concat([derHead, new Uint8Array(modulus.buffer), derTail]);
  const data = txtData(Buffer.from(`v=DKIM1; k=rsa; p=${der.toString("base64")}`, "latin1"));
  return { name: keyName(index), type: TYPE.TXT, ttl: 300, data };
}

export const soaRecord = (serial: number): ResourceRecord => ({
  name: origin,
  type: TYPE.SOA,
  ttl: 3600,
  data: soaData({
    mname: `ns1.${origin}`,
    rname: `hostmaster.${origin}`,
    serial,
    refresh: 7200,
    retry: 3600,
    expire: 1_209_600,
    minimum: 300,
  }),
});

/** A zone of that many DKIM keys of 2048 bits. */
export function* keyRecords(count: number): Generator<ResourceRecord> {
  yield soaRecord(1);
  yield { name: origin, type: TYPE.NS, ttl: 3600, data: nameData("ns1.example.net") };
  for (let index = 0; index < count; index++) yield keyRecord(index);
}

export function keyZone(count: number): Zone {
  const zone = buildZone(origin, keyRecords(count));
  if (!zone.ok) throw new Error(zone.problem);
  return zone.value;
}

/** The question for one key. */
export const keyQuery = (index: number): Uint8Array => queryFor(keyName(index), TYPE.TXT, index & 0xffff);

export const queryFor = (name: string, type: number, id = 1): Uint8Array =>
  formatMessage(
    plainQuery(name, type, {
      id,
      ...(type === TYPE.AXFR
        ? {}
        : { edns: { udpSize: 1232, version: 0, dnssecOk: false, extendedRcode: 0, options: [] } }),
    }),
  );
