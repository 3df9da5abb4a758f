import { isIP } from "node:net";
import type { Lookup } from "../resolver/resolution.ts";
import { limits } from "./limits.ts";
import { budgetedResolve, type Resolve } from "./name-lookups.ts";

/** The words of RFC 7208 §2.6, which are those of RFC 8601 §2.7.2. */
const spfResults = ["none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"] as const;
export type SpfResult = (typeof spfResults)[number];

/** What the SMTP session said. */
export type SmtpFacts = {
  /** The client's address. */
  ip: string;
  /** MAIL FROM without its brackets; empty: the null reverse-path. Absent: not known, HELO is checked for itself. */
  mailFrom?: string;
  /** Absent: not known. */
  helo?: string;
};

export type SpfCheck = {
  result: SpfResult;
  /** The client's address, as given. */
  ip: string;
  /**
   * Which identity was checked. With a null reverse-path HELO stands for MAIL FROM (RFC 7208 §2.4) and the scope is `mfrom`;
   * `helo` is the HELO name checked for itself, which DMARC does not count.
   */
  scope: "mfrom" | "helo";
  /** Which of the two names was given for it: the property of RFC 8601 §2.7.2. */
  identity: "mailfrom" | "helo";
  /** The domain that was asked for its record: A-labels, lower case. As given, where it is no domain name. */
  domain: string;
  /** MAIL FROM with its local part, where the record made use of it: only then may it be told (RFC 8601 §2.7.2). */
  mailbox: string | undefined;
  /** Why there is no better answer, for people. May hold octets of the record or the envelope. */
  detail: string | undefined;
  /** What the domain's owner has to say on a fail (`exp=`, RFC 7208 §6.2). A stranger's text. */
  explanation: string | undefined;
  /** The record of `domain`, where there is one. */
  record: string | undefined;
  /** Terms that asked the DNS, and those of them that found nothing. */
  lookups: number;
  voidLookups: number;
};

/**
 * Checks SPF (RFC 7208) with mailauth, in its strict mode. All questions go through `lookup`; whatever the envelope and the
 * DNS say becomes a result, and nothing makes it reject.
 */
export async function checkSpf({ ip, mailFrom, helo = "" }: SmtpFacts, lookup: Lookup): Promise<SpfCheck> {
  const sender = mailFrom ?? "";
  const scope = mailFrom === undefined ? "helo" : "mfrom";
  const identity = sender === "" ? "helo" : "mailfrom";
  const asGiven = sender === "" ? helo : sender.slice(sender.lastIndexOf("@") + 1);
  const undecided = (result: SpfResult, detail: string): SpfCheck => ({
    result,
    ip,
    scope,
    identity,
    domain: asGiven,
    mailbox: undefined,
    detail,
    explanation: undefined,
    record: undefined,
    lookups: 0,
    voidLookups: 0,
  });
  if (isIP(ip) === 0) return undecided("permerror", "the client's address is no IP address");
  // Without an identity there is nobody whose record could be asked for (RFC 7208 §4.3).
  if (asGiven === "") return undecided("none", "there is neither a MAIL FROM nor a HELO domain");
  if (Math.max(sender.length, helo.length) > limits.identityCharactersMax)
    return undecided("none", `MAIL FROM or HELO is over ${limits.identityCharactersMax} characters`);
  const signal = AbortSignal.timeout(limits.spfSeconds * 1000);
  const { resolve, exceeded } = budgetedResolve(lookup, {
    queriesMax: limits.spfQueriesMax,
    textOctetsMax: limits.spfRecordOctetsMax,
    signal,
  });
  let answer: Answer;
  try {
    answer = await evaluate(sender, ip, helo, resolve);
  } catch (error) {
    return undecided("permerror", `the check came to no end: ${(error as Error).message}`);
  }
  const check = { ...answer, ip, scope, identity } as const;
  if (!exceeded()) return check;
  return {
    ...check,
    result: "permerror",
    detail: "the record asks for more than is looked up",
    explanation: undefined,
  };
}

type Answer = Omit<SpfCheck, "ip" | "scope" | "identity">;

async function evaluate(sender: string, ip: string, helo: string, resolver: Resolve): Promise<Answer> {
  // Loaded when it is wanted: most commands never check SPF.
  const { default: mailauth } = await import("mailauth/lib/spf/index.js");
  const answer = await mailauth.spf({
    sender,
    ip,
    helo,
    // For `%{r}` in explanations: nobody has to know who checks (RFC 7208 §7.3).
    mta: "unknown",
    maxResolveCount: limits.spfLookupsMax,
    maxVoidCount: limits.spfVoidLookupsMax,
    maxElapsedTime: limits.spfSeconds * 1000,
    strict: true,
    resolver: withHyphensLast(resolver) as NonNullable<Parameters<typeof mailauth.spf>[0]["resolver"]>,
  });
  const { status, domain, explanation, rr, lookups } = answer;
  const result = spfResults.find((word) => word === status.result) ?? "permerror";
  const reported = status.smtp?.mailfrom;
  return {
    result,
    domain,
    mailbox: reported?.includes("@") === true ? reported : undefined,
    detail: detailOf(result, status.comment, answer["envelope-from"]),
    explanation,
    record: rr,
    lookups: Math.min(lookups?.count ?? 0, limits.spfLookupsMax + 1),
    voidLookups: lookups?.void ?? 0,
  };
}

/**
 * Macros say at which characters a value is split, in any order (RFC 7208 §7.1). mailauth takes a hyphen between two others for
 * a range, so hyphens are put last, which says the same.
 */
const withHyphensLast =
  (resolve: Resolve): Resolve =>
  async (name, type) => {
    const records = await resolve(name, type);
    if (type !== "TXT") return records;
    return (records as string[][]).map((strings) => [
      strings
        .join("")
        .replace(/(%\{[a-z][0-9]*r?)([.+,/_=-]+)\}/gi, (macro, head: string, delimiters: string) =>
          delimiters.includes("-") ? `${head}${delimiters.replaceAll("-", "")}-}` : macro,
        ),
    ]);
  };

/** What mailauth adds to its sentence about an error. */
function detailOf(result: SpfResult, comment: string | undefined, sender: string | undefined): string | undefined {
  if (result !== "permerror" && result !== "temperror") return undefined;
  const marker = ` lookup of ${sender}: `;
  const at = comment?.indexOf(marker) ?? -1;
  return at < 0 ? "the check came to no end" : comment!.slice(at + marker.length);
}
