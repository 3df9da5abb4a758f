import type { AnswerFacts } from "./answer-facts.ts";
import type { SigningBudget } from "./proof/rrset-signer.ts";
import type { CookieSecrets } from "../cookie/cookie.ts";

/** What it takes to judge a cookie; read only for a query that has one. */
export type CookieOptions = {
  readonly secrets: CookieSecrets;
  /** The client's address, 4 or 16 octets. */
  readonly client: Uint8Array;
  /** Epoch seconds. */
  readonly now: number;
  /** Whether a query whose cookie is not valid is answered BADCOOKIE, with a valid one in it (RFC 7873 §5.2.3). */
  readonly demand: "none" | "valid";
};

/** How a query is answered, and what is told of it. */
export type AnswerOptions = {
  /** Names this server to those who ask, by NSID (RFC 5001) or by `id.server` in class CH (RFC 4892); up to 128 octets. Absent: nobody is told. */
  nsid?: Uint8Array;
  /** Absent: cookies are passed over, and a query that is nothing but a cookie is FORMERR. */
  cookies?: CookieOptions;
  /** What ANY gets over TCP (RFC 8482 §4); over UDP always one RRset. Absent: the same. */
  anyOverTcp?: "one-rrset" | "all";
  /** Filled with what the answer was, for those who count and limit. */
  facts?: AnswerFacts;
  /** "copied": the octets of the reply are used again for the next one. Absent: they stay. */
  reply?: "copied" | undefined;
  /** Whether transfers, NOTIFY and signed queries are left to somebody else: no answer then, and `facts.kind` is "transfer". */
  transfers?: "refused" | "left";
  /** Epoch seconds; read only for a zone with `signing`. Absent: such a zone is answered as if it had none. */
  readonly now?: number | undefined;
  /**
   * Of signatures made for an answer, by whether the client is known to be where it says it is (TCP, or a valid cookie). Over it anyone gets TC, to come
   * back over TCP; who is proven gets SERVFAIL. Absent: as many are made as are asked for.
   */
  signingBudgets?: Readonly<Record<"anyone" | "proven", SigningBudget>>;
  /** Who asks, as far as a signature shows. Zones that are for secondaries are nobody's for all others. Absent: everyone. */
  asker?: "everyone" | "secondary";
};
