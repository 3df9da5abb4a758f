/** One element of DER (X.690): its tag and where its content lies. */
type Element = { tag: number; content: Uint8Array; next: number };

const rsaEncryption = Buffer.from("2a864886f70d010101", "hex");

/**
 * The two numbers of an RSA public key, from SubjectPublicKeyInfo or a bare RSAPublicKey (RFC 6376 §3.6.1 with erratum 3017,
 * RFC 8017 §A.1.1), as unsigned octets without leading zeros. Undefined when it is neither, or octets follow it.
 */
export function readRsaPublicKey(der: Uint8Array): { modulus: Uint8Array; exponent: Uint8Array } | undefined {
  const outer = readOnly(der, 0x30);
  if (outer === undefined) return undefined;
  const first = readElement(outer, 0);
  if (first?.tag === 0x02) return readTwoIntegers(outer);
  if (first?.tag !== 0x30) return undefined;
  const algorithm = readElement(first.content, 0);
  if (algorithm?.tag !== 0x06 || !rsaEncryption.equals(algorithm.content)) return undefined;
  const bits = readOnly(outer.subarray(first.next), 0x03);
  if (bits?.[0] !== 0) return undefined;
  const inner = readOnly(bits.subarray(1), 0x30);
  return inner && readTwoIntegers(inner);
}

function readTwoIntegers(octets: Uint8Array): { modulus: Uint8Array; exponent: Uint8Array } | undefined {
  const modulus = readElement(octets, 0);
  const exponent = modulus && readElement(octets, modulus.next);
  if (modulus?.tag !== 0x02 || exponent?.tag !== 0x02 || exponent.next !== octets.length) return undefined;
  const n = unsigned(modulus.content);
  const e = unsigned(exponent.content);
  return n && e && { modulus: n, exponent: e };
}

/** An INTEGER above zero, sign octet dropped. */
function unsigned(content: Uint8Array): Uint8Array | undefined {
  if (content.length === 0 || content[0]! >= 0x80) return undefined;
  const start = content.findIndex((octet) => octet !== 0);
  return start < 0 ? undefined : content.subarray(start);
}

/** The content of the element that fills `octets` to the end. */
function readOnly(octets: Uint8Array, tag: number): Uint8Array | undefined {
  const element = readElement(octets, 0);
  return element?.tag === tag && element.next === octets.length ? element.content : undefined;
}

function readElement(octets: Uint8Array, at: number): Element | undefined {
  const tag = octets[at];
  let length = octets[at + 1];
  if (tag === undefined || length === undefined) return undefined;
  let start = at + 2;
  if (length >= 0x80) {
    const count = length - 0x80;
    if (count < 1 || count > 3) return undefined;
    length = 0;
    for (const octet of octets.subarray(start, start + count)) length = length * 256 + octet;
    start += count;
  }
  const next = start + length;
  return next > octets.length ? undefined : { tag, content: octets.subarray(start, next), next };
}
