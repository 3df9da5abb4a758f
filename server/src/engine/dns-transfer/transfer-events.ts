/** What happened between us and a secondary, for logs and counters. Names and addresses only: never a secret. */
export type TransferEvent =
  | { event: "denied"; from: string; origin: string | undefined; keyName: string | undefined; reason: DenialReason }
  | {
      event: "sent";
      secondary: string;
      from: string;
      origin: string;
      sent: TransferKind;
      serial: number;
      messages: number;
      octets: number;
    }
  | {
      event: "broken-off";
      secondary: string;
      from: string;
      origin: string;
      sent: TransferKind;
      serial: number;
      messages: number;
    };

/** `current`: the SOA alone, since there is nothing newer, or too much for UDP. */
export type TransferKind = "axfr" | "ixfr" | "current";

export type DenialReason =
  /** Asked without a signature. */
  | "not-signed"
  /** The signature is in order, and no secondary with that key is at this address. */
  | "not-a-secondary"
  /** No zone of ours, or one that cannot be served now. */
  | "not-served"
  /** Signed as it is asked: a copy of it would be without signatures, and bogus. */
  | "signed-here"
  | "too-many-transfers"
  | "malformed"
  /** TSIG's own (RFC 8945 §5.2). */
  | "BADKEY"
  | "BADSIG"
  | "BADTIME"
  | "BADTRUNC";
