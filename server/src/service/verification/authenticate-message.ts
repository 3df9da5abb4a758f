import { format, type AuthenticationResults } from "chancery/authres";
import { authenticationResults, verify, type ResolveTxt, type Verification } from "chancery/dkim";
import {
  authenticationResult,
  compareWithRfc7489,
  evaluate,
  type Evaluation,
  type Rfc7489Difference,
  type Rfc7489Evaluation,
  type SpfOutcome,
} from "chancery/dmarc";
import { authorOf, authorshipOf, splitMessage, type Author, type Authorship } from "chancery/mail";
import { validateArc, type ArcValidation } from "../../engine/mail-authentication/arc.ts";
import { arcMethodResult, spfMethodResult } from "../../engine/mail-authentication/authentication-result.ts";
import { checkSpf, type SmtpFacts, type SpfCheck } from "../../engine/mail-authentication/spf.ts";
import type { Lookup } from "../../engine/resolver/resolution.ts";
import { txtResolver } from "../../engine/resolver/resolve-txt.ts";
import { publicSuffixOf } from "./public-suffix.ts";

export type AuthenticateOptions = {
  lookup: Lookup;
  /** Epoch seconds to compare `x=` and `t=` with. */
  now: number;
  /** What the SMTP session said. Absent: not known, and SPF is not checked. */
  smtp?: SmtpFacts;
  /** Who checks: the name in the Authentication-Results field (RFC 8601 §2.5). */
  authservId: string;
};

/** Everything that can be said of who sent a message, one part for each standard. */
export type MessageAuthentication = {
  author: Authorship;
  dkim: Verification[];
  /** Undefined: not checked. */
  spf: SpfCheck | undefined;
  arc: ArcValidation;
  dmarc: Evaluation;
  /** What a receiver says that still goes by RFC 7489; undefined where the message has no author domain. */
  rfc7489: { evaluation: Rfc7489Evaluation; differences: Rfc7489Difference[] } | undefined;
  /** The Authentication-Results field that says all this, with its name, its folds and its CRLF. */
  authenticationResults: string;
};

/**
 * Verifies a message by DKIM, SPF, ARC and DMARC. DMARC is given the first two alone: a chain that passes says who changed a
 * message, not who wrote it (RFC 9989 §5.4). Whatever message and DNS say becomes a result.
 */
export async function authenticateMessage(
  message: Uint8Array,
  { lookup, now, smtp, authservId }: AuthenticateOptions,
): Promise<MessageAuthentication> {
  const resolveTxt = askedOnce(txtResolver(lookup));
  const split = splitMessage(message);
  const header = split.ok ? split.value.header : [];
  const author: Author = split.ok ? authorOf(header) : { ok: false, reason: "unparsable", addresses: [] };
  // Asked for now, it is there when the signatures are done.
  if (author.ok) resolveTxt(`_dmarc.${author.domain}`).catch(() => undefined);
  const [dkim, spf, arc] = await Promise.all([
    verify(message, { resolveTxt, now }),
    smtp && checkSpf(smtp, lookup),
    validateArc(message, lookup, now),
  ]);
  const identifiers = { author, dkim, resolveTxt, ...(spf && { spf: outcomeOf(spf) }) };
  const dmarc = await evaluate(identifiers);
  const rfc7489 = await compareWithRfc7489({ ...identifiers, publicSuffixOf }, dmarc);
  const results: AuthenticationResults["results"] = [
    ...authenticationResults(dkim),
    ...(spf ? [spfMethodResult(spf)] : []),
    arcMethodResult(arc, smtp?.ip),
    authenticationResult(dmarc),
  ];
  return {
    author: split.ok ? authorshipOf(header) : { fromFields: 0, authorDomain: undefined, problem: "unparsable" },
    dkim,
    spf,
    arc,
    dmarc,
    rfc7489,
    authenticationResults: format({ authservId, version: null, results }),
  };
}

const outcomeOf = ({ result, domain, scope }: SpfCheck): SpfOutcome => ({
  result,
  domain,
  identity: scope === "mfrom" ? "mailfrom" : "helo",
});

/** DKIM, DMARC and the comparison with its predecessor ask for the same names. */
function askedOnce(resolveTxt: ResolveTxt): ResolveTxt {
  const answers = new Map<string, Promise<string[][]>>();
  return (name) => {
    const answer = answers.get(name) ?? resolveTxt(name);
    answers.set(name, answer);
    return answer;
  };
}
