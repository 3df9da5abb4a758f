/* Tables of the keys that zones are signed with; the words at the top of `schema.ts` hold here too. */

/** How a zone is signed, or gives it up. A zone without a row was never signed. */
export type ZoneSigningTable = {
  zoneId: string;
  goal: "signed" | "unsigned";
  mode: "online" | "presigned";
  algorithm: 13 | 15;
  requestedAt: number;
  requestedBy: string;
  /** The longest TTL that any record of the zone had while it was signed. */
  longestTtl: number;
  /**
   * Pre-signed: the serial whose records all have their signatures. No other version of the zone may be served. 0: there was none yet. Null: so far it
   * is signed as it is asked, and stays so until there is one.
   */
  signedSerial: number | null;
  /** Pre-signed: when the first signature is to be made anew. */
  resignAt: number | null;
  /** Rises with everything written about the zone's keys: whoever decided on an older state writes nothing. */
  rev: number;
  dueAt: number;
  /** JSON: the latest look at all servers, with what is waited for. For people alone. */
  sight: string | null;
};

/** A key of a zone. */
export type ZoneKeyTable = {
  id: string;
  zoneId: string;
  role: "ksk" | "zsk";
  algorithm: 13 | 15;
  keyTag: number;
  /** DNSKEY RDATA, base64. */
  dnskey: string;
  spkiSha256: string;
  /** The private half, sealed under the zone KEK (JSON envelope); null once it is destroyed. */
  sealed: string | null;
  version: number;
  createdAt: number;
};

/** What is known to have happened to a key of a zone, in order. Only ever appended to. */
export type ZoneKeyFactTable = {
  keyId: string;
  seq: number;
  kind: string;
  at: number;
  trustedMs: number;
  evidence: string;
};
