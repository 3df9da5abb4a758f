import type { Canonicalization } from "chancery/dkim";

export type PeerName = "dkimpy" | "Mail::DKIM" | "OpenDKIM" | "rspamd" | "mailauth";

/** The keys of the matrix; each is its own selector. */
export const selectors = ["rsa1024", "rsa2048", "rsa4096", "ed25519"] as const;
export type Selector = (typeof selectors)[number];
export const signingDomain = "example.com";

/**
 * What a verifier says of one message: `fail` is what mathematics says, `unusable` all else that is no pass (a signature that is
 * malformed, expired or not understood, a message that is not taken). `detail` is in the verifier's words.
 */
export type Answer = { verdict: "pass" | "fail" | "unusable"; detail: string };

/** What a signer is asked for. */
export type SigningOrder = {
  message: Buffer;
  selector: Selector;
  canonicalization: Canonicalization;
  /** Names for `h=`, From among them, each once. What a peer makes of them is its own. */
  headers: readonly string[];
  /** Each name once more than the message has such fields. */
  oversigned: boolean;
  identity: string | undefined;
  lifetimeSeconds: number | undefined;
  /** Whether `l=` says how long the body is. */
  bodyLength: boolean;
  /** Whether `z=` repeats the fields. */
  copiedFields: boolean;
};

/** The DKIM-Signature field with its CRLF, or why there is none. */
export type Signed = { field: Buffer } | { refused: string };

/** What a peer's signer can be asked for. */
export type SigningRange = {
  selectors: readonly Selector[];
  canonicalizations: readonly Canonicalization[];
  oversigned: boolean;
  identity: boolean;
  lifetime: boolean;
  bodyLength: boolean;
  copiedFields: boolean;
  /** The field names that it can be told to sign. */
  fieldNames: RegExp;
};

export const anyFieldName = /^[!-9<-~]+$/;

/** Another implementation of DKIM, asked about many messages in one run. */
export type DkimPeer = {
  name: PeerName;
  /** Judges the topmost signature of each message. */
  verify(messages: readonly Buffer[]): Promise<Answer[]>;
  range: SigningRange;
  sign(orders: readonly SigningOrder[]): Promise<Signed[]>;
  close(): Promise<void>;
};

export const allCanonicalizations: readonly Canonicalization[] = [
  "simple/simple",
  "simple/relaxed",
  "relaxed/simple",
  "relaxed/relaxed",
];
