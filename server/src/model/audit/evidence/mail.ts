import type { Alignment } from "chancery/dmarc";
import type { SeenSelector } from "./seen-selector.ts";

/** What messages at hand show. */
export type MailEvidence = {
  /** Of the domain audited; undefined where DNS did not answer. */
  organizationalDomain: string | undefined;
  /** Those From the domain audited, or from below it, in the order in which they were given. */
  messages: readonly SeenMessage[];
  /** Messages From other domains, which say nothing about this one, and those that name no author. */
  otherMessages: number;
  /** Every selector that they are signed with, in whatever domain. */
  selectors: readonly SeenSelector[];
  /** What could not be read, and why. */
  unread: readonly Unread[];
};

/** A file, a message in it or a report that could not be read. */
export type Unread = { file: string; problem: string };

/** One message, as its last receiver stored it. */
export type SeenMessage = {
  /** The file, and which message in it. */
  file: string;
  /** When it was received, else when it says that it was written: epoch seconds. Undefined: it does not say. */
  at: number | undefined;
  authorDomain: string;
  /** In order from the top. */
  signatures: readonly SeenSignature[];
  spf: SeenSpf | undefined;
  /** Whose Authentication-Results are believed here; undefined: there are none. */
  receiver: string | undefined;
  path: SeenPath;
  /** Microsoft 365 does not sign what stays within one organization. */
  withinOrganization: boolean;
  /** Fields of this message that mislead when they are changed or added, lower case: those that it has. */
  presentFields: readonly string[];
  unsubscribe: SeenUnsubscribe;
  /** It says of itself that it goes to many (List-Id, Precedence, Feedback-ID and the like). */
  bulk: boolean;
};

/**
 * How a message stands at the time of the audit, and what its receiver wrote at the time: keys are removed, and files are
 * changed by who saves them, so a signature that fails now may have passed then.
 */
export type SeenSignature = {
  signingDomain: string | undefined;
  selector: string | undefined;
  algorithm: string | undefined;
  identity: string | undefined;
  /** How `d=` stands to the author domain, and whether the published policy counts that. */
  alignment: Alignment;
  aligned: "yes" | "no" | "unknown";
  /** Pass where it passes now or passed then; unknown where DNS does not answer. */
  standing: "pass" | "fail" | "unknown";
  /** A word of RFC 8601 §2.7.1, why it is not `pass`, and a sentence for people. */
  now: { result: string; reason: string | undefined; detail: string | undefined };
  /** What the receiver says of it; undefined: nothing. */
  told: string | undefined;
  /** The key record says `t=y`: receivers may take the message for unsigned. */
  testing: boolean;
  /** `l=`, and how many octets of the body it leaves to whoever likes to add some. */
  bodyLength: number | undefined;
  uncoveredOctets: number;
  /** `t=` and `x=`, epoch seconds. */
  timestamp: number | undefined;
  expiration: number | undefined;
  /** `h=`, lower case, as often as each name stands there. */
  signedFields: readonly string[];
};

export type SeenSpf = {
  /** A word of RFC 8601 §2.7.2. */
  result: string;
  /** The domain of MAIL FROM. */
  domain: string | undefined;
  aligned: "yes" | "no" | "unknown";
  /** Checked for the audit with what the Received field says, or told by the receiver. */
  source: "now" | "told";
};

/** Which way a message came. Strangers' words, apart from what the last receiver wrote. */
export type SeenPath = {
  /** The domain of Return-Path; empty: the null reverse-path. Undefined: not known. */
  returnPath: string | undefined;
  /** The client of the outermost server that is known to be the receiver's: its name and address. */
  client: string | undefined;
  clientIp: string | undefined;
};

export type SeenUnsubscribe = {
  /** URIs of List-Unsubscribe by scheme; undefined: there is no such field. */
  uris: { https: number; mailto: number; other: number } | undefined;
  /** List-Unsubscribe-Post says exactly what RFC 8058 has it say; undefined: there is no such field. */
  oneClick: boolean | undefined;
};
