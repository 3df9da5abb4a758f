import { createPublicKey } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatKeyRecord, parseKeyRecord } from "../../dkim/key/key-record.ts";
import { aaaaData, aData, parseIpv4, parseIpv6, readAddress } from "./record-address.ts";
import {
  mxData,
  nameData,
  readMx,
  readName,
  readSoa,
  readTxt,
  soaData,
  TYPE,
  txtData,
  txtDataOf,
  typeName,
  typeNumber,
} from "./record.ts";

describe("types", () => {
  test("DNS-A-10 a type without a mnemonic has its number", () => {
    expect(typeName(TYPE.TXT)).toBe("TXT");
    expect(typeName(65280)).toBe("TYPE65280");
    expect(typeNumber("type65280")).toBe(65280);
    expect(typeNumber("txt")).toBe(16);
    expect(typeNumber("TYPE16")).toBe(16);
    expect(typeNumber("TYPE65536")).toBeUndefined();
    expect(typeNumber("BOGUS")).toBeUndefined();
  });
});

describe("TXT", () => {
  test.each([0, 1, 255, 256, 510, 4000])("%i octets come back joined", (length) => {
    const data = txtData("k".repeat(length));
    expect(readTxt(data).join("")).toBe("k".repeat(length));
    expect(data.length).toBe(length + Math.max(1, Math.ceil(length / 255)));
  });

  test("KEY-04 the record of a 4096-bit key is one record, of strings of 255 octets at most", () => {
    const n = Buffer.alloc(512, 0xff).toString("base64url");
    const record = formatKeyRecord(createPublicKey({ key: { kty: "RSA", n, e: "AQAB" }, format: "jwk" }));
    const strings = readTxt(txtData(record));
    expect(strings.map(({ length }) => length)).toEqual([255, 255, record.length - 510]);
    expect(strings.join("")).toBe(record);
    expect(parseKeyRecord(strings.join(""))).toMatchObject({ ok: true, value: { keyType: "rsa" } });
  });

  test("each octet is one character", () => {
    expect(readTxt(txtData("ü"))).toEqual(["Ã¼"]);
    expect(readTxt(txtDataOf([Uint8Array.of(0, 255), new Uint8Array(0)]))).toEqual(["\u0000ÿ", ""]);
  });
});

describe("RDATA with names", () => {
  test("is read as it was built", () => {
    const soa = {
      mname: "ns1.example.net",
      rname: "hostmaster\\.dns.example.net",
      serial: 4294967295,
      refresh: 3600,
      retry: 600,
      expire: 1209600,
      minimum: 300,
    };
    expect(readSoa(soaData(soa))).toEqual(soa);
    expect(readMx(mxData(10, "mail.example.net"))).toEqual({ preference: 10, exchange: "mail.example.net" });
    expect(readName(nameData("S1.Example.Net"))).toBe("s1.example.net");
  });

  test("a name too long to be one throws", () => {
    expect(() => nameData("a".repeat(64))).toThrow(TypeError);
  });
});

describe("addresses", () => {
  const forms: [written: string, text: string][] = [
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ];
  test.each(forms)("%s is written %s (RFC 5952)", (written, text) => {
    expect(readAddress(aaaaData(written))).toBe(text);
  });

  test.each([
    "",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    "g::",
    "1.2.3.4::",
    "::1.2.3",
  ])("%s is no IPv6 address", (text) => expect(parseIpv6(text)).toBeUndefined());

  test.each(["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.x", "0x1.2.3.4"])(
    "%s is no IPv4 address",
    (text) => expect(parseIpv4(text)).toBeUndefined(),
  );

  test("any sixteen or four octets survive their text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (octets) => {
        expect(aaaaData(readAddress(octets))).toEqual(octets);
        expect(aData(readAddress(octets.subarray(0, 4)))).toEqual(octets.subarray(0, 4));
      }),
    );
  });
});
