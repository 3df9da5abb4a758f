import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/**
 * An X.509 v3 certificate that signs itself (RFC 5280), ECDSA P-256, for a listener that has been given none. Node has
 * no builder of certificates, and an openssl program cannot be assumed. `now` is epoch seconds.
 */
export function selfSignedCertificate(options: { hostname: string; now: number; validDays?: number }): {
  cert: string;
  key: string;
} {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const ecdsaWithSha256 = sequence(oid([1, 2, 840, 10045, 4, 3, 2]));
  const name = sequence(tagged(0x31, sequence(oid([2, 5, 4, 3]), tagged(0x0c, Buffer.from(options.hostname, "utf8")))));
  const serial = randomBytes(16);
  // A serial number is positive (RFC 5280 §4.1.2.2): the top bit stays clear, and no leading zero octet.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const day = 86_400;
  const validity = sequence(
    // A day back, for peers whose clock is behind.
    time(options.now - day),
    time(options.now + (options.validDays ?? 3650) * day),
  );
  const toBeSigned = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...extensions(options.hostname))),
  );
  const signature = sign("sha256", toBeSigned, { key: privateKey, dsaEncoding: "der" });
  const certificate = sequence(toBeSigned, ecdsaWithSha256, bitString(signature, 0));
  return { cert: pem("CERTIFICATE", certificate), key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

/** basicConstraints: an end entity; keyUsage: digitalSignature; extKeyUsage: serverAuth; subjectAltName: the host. */
function extensions(hostname: string): Buffer[] {
  const critical = Buffer.from([0x01, 0x01, 0xff]);
  return [
    sequence(oid([2, 5, 29, 19]), critical, octets(sequence())),
    sequence(oid([2, 5, 29, 15]), critical, octets(bitString(Buffer.from([0x80]), 7))),
    sequence(oid([2, 5, 29, 37]), octets(sequence(oid([1, 3, 6, 1, 5, 5, 7, 3, 1])))),
    sequence(oid([2, 5, 29, 17]), octets(sequence(tagged(0x82, Buffer.from(hostname, "latin1"))))),
  ];
}

function tagged(tag: number, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>= 8) length.unshift(rest & 0xff);
  const head = body.length < 0x80 ? [tag, body.length] : [tag, 0x80 | length.length, ...length];
  return Buffer.concat([Buffer.from(head), body]);
}

const sequence = (...contents: Uint8Array[]): Buffer => tagged(0x30, ...contents);
const integer = (value: Uint8Array): Buffer => tagged(0x02, value);
const octets = (value: Uint8Array): Buffer => tagged(0x04, value);
const bitString = (value: Uint8Array, unusedBits: number): Buffer => tagged(0x03, Buffer.from([unusedBits]), value);

function oid(arcs: number[]): Buffer {
  const [first = 0, second = 0, ...others] = arcs;
  const body = [first * 40 + second];
  for (const arc of others) {
    const groups: number[] = [];
    let rest = arc;
    do {
      groups.unshift((rest & 0x7f) | (groups.length === 0 ? 0 : 0x80));
      rest >>= 7;
    } while (rest > 0);
    body.push(...groups);
  }
  return tagged(0x06, Buffer.from(body));
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
function time(seconds: number): Buffer {
  const digits = new Date(seconds * 1000).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return digits < "2050" ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
