/** RDATA of a DS record as people and registrars write it: `12345 13 2 49FD46E6…`. */
export const dsText = ({
  keyTag,
  algorithm,
  digestType,
  digest,
}: {
  keyTag: number;
  algorithm: number;
  digestType: number;
  digest: Uint8Array;
}): string => `${keyTag} ${algorithm} ${digestType} ${Buffer.from(digest).toString("hex").toUpperCase()}`;

/** The RDATA that such a text stands for, which is that of a CDS record as well (RFC 7344 §3.1). */
export function dsData(text: string): Uint8Array {
  const [keyTag, algorithm, digestType, digest] = text.split(" ");
  const head = Buffer.alloc(4);
  head.writeUInt16BE(Number(keyTag));
  head.writeUInt8(Number(algorithm), 2);
  head.writeUInt8(Number(digestType), 3);
  return Uint8Array.from(Buffer.concat([head, Buffer.from(digest ?? "", "hex")]));
}
