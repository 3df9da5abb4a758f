/** What one message may cost. Past a limit there is a verdict, never a longer wait. */
export const limits = {
  /** Terms of SPF records that ask the DNS (RFC 7208 §4.6.4). */
  spfLookupsMax: 10,
  /** Of these, how many may find nothing (RFC 7208 §4.6.4). */
  spfVoidLookupsMax: 2,
  /** Questions to the DNS for one SPF check: ten terms, up to ten addresses each for mx and ptr, and an explanation. */
  spfQueriesMax: 120,
  /** For one SPF check; the standard asks for 20 at least (RFC 7208 §4.6.4). */
  spfSeconds: 20,
  /** A longer record is not evaluated. Real ones stay below 512 octets, so that they fit in a datagram (RFC 7208 §3.4). */
  spfRecordOctetsMax: 8192,
  /** MAIL FROM and HELO each. SMTP allows 256 (RFC 5321 §4.5.3.1.3). */
  identityCharactersMax: 1000,
  /** Sets of a chain (RFC 8617 §4.2.1). */
  arcSetsMax: 50,
  /** The three fields of all sets: each seal is computed over the fields of all sets before it. */
  arcOctetsMax: 128 * 1024,
  /** One field of a set, and one of those that mailauth takes apart on its way. */
  arcFieldOctetsMax: 16 * 1024,
  /** Lines of mail have 998 octets (RFC 5322 §2.1.1); what comes in one line costs the square of its length. */
  arcLineOctetsMax: 1024 * 1024,
  /** A larger header is not looked at for ARC. */
  arcHeaderOctetsMax: 256 * 1024,
  arcHeaderLinesMax: 5000,
  /** For all keys of one chain. */
  arcSeconds: 20,
  /** Larger ones cost milliseconds each. RFC 8301 §3.2 asks verifiers for 4096 at least. */
  arcKeyBitsMax: 8192,
} as const;
