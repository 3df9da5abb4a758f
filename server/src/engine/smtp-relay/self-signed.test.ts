import { X509Certificate, createPrivateKey } from "node:crypto";
import { expect, test } from "vitest";
import { selfSignedCertificate } from "./self-signed.ts";

const now = Date.UTC(2026, 10, 22) / 1000;

test("the certificate is one that OpenSSL reads, for this host, signed by its own key", () => {
  const { cert, key } = selfSignedCertificate({ hostname: "relay.example.com", now, validDays: 30 });
  const certificate = new X509Certificate(cert);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.checkHost("relay.example.com")).toBe("relay.example.com");
  expect(certificate.checkHost("other.example.com")).toBeUndefined();
  expect(certificate.ca).toBe(false);
  expect(certificate.subject).toBe("CN=relay.example.com");
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  expect(Date.parse(certificate.validFrom) / 1000).toBe(now - 86_400);
  expect(Date.parse(certificate.validTo) / 1000).toBe(now + 30 * 86_400);
});

test("a life that ends after 2049 is written as GeneralizedTime", () => {
  const { cert } = selfSignedCertificate({ hostname: "relay.example.com", now, validDays: 30 * 365 });
  expect(new Date(new X509Certificate(cert).validTo).getUTCFullYear()).toBe(2056);
});

test("two certificates share neither serial number nor key", () => {
  const [a, b] = [1, 2].map(() => new X509Certificate(selfSignedCertificate({ hostname: "a.example", now }).cert));
  expect(a?.serialNumber).not.toBe(b?.serialNumber);
  expect(a?.publicKey.equals(b?.publicKey ?? a.publicKey)).toBe(false);
});
