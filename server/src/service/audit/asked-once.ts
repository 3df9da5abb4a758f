import type { ResolveTxt } from "chancery/dkim";
import { checkSpf, type SmtpFacts, type SpfCheck } from "../../engine/mail-authentication/spf.ts";
import type { Lookup } from "../../engine/resolver/resolution.ts";

/** So many keys and records no domain's mail needs; whoever signs with more of them would have us ask the world for each. */
const namesMax = 200;
/** Each asks for up to ten names and more. */
const spfChecksMax = 20;

/** Messages of one domain ask for the same names again and again; nothing changes within an audit. Past the limit nothing is known. */
export function askedOnce(resolveTxt: ResolveTxt): ResolveTxt {
  const answers = new Map<string, Promise<string[][]>>();
  return (name) => {
    const known = answers.get(name);
    if (known !== undefined) return known;
    if (answers.size >= namesMax)
      return Promise.reject(Object.assign(new Error("too many names are asked for"), { code: "ECANCELLED" }));
    const answer = resolveTxt(name);
    answers.set(name, answer);
    return answer;
  };
}

/** SPF of one client for one sender is checked once. Undefined: past the limit, and nothing is known. */
export type CheckSpfOnce = (smtp: SmtpFacts) => Promise<SpfCheck | undefined>;

export function spfOnce(lookup: Lookup): CheckSpfOnce {
  const checks = new Map<string, Promise<SpfCheck>>();
  return (smtp) => {
    const { ip, mailFrom = "", helo = "" } = smtp;
    const sender = mailFrom.slice(mailFrom.lastIndexOf("@") + 1) || helo;
    const key = `${ip} ${sender.toLowerCase()}`;
    const known = checks.get(key);
    if (known !== undefined) return known;
    if (checks.size >= spfChecksMax) return Promise.resolve(undefined);
    const check = checkSpf(smtp, lookup);
    checks.set(key, check);
    return check;
  };
}
