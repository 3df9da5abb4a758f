import type { AuditEvidence } from "./evidence.ts";
import type { SeenSelector } from "./evidence/seen-selector.ts";

/** What mail and reports together show of one selector; undefined: neither shows it. */
export function seenAnywhere({ mail, reports }: AuditEvidence, keyName: string): SeenSelector | undefined {
  const seen = [...(mail?.selectors ?? []), ...(reports?.selectors ?? [])].filter(
    ({ selector, signingDomain }) => `${selector}._domainkey.${signingDomain}` === keyName,
  );
  const [first, ...others] = seen;
  return first && others.reduce(together, first);
}

function together(one: SeenSelector, other: SeenSelector): SeenSelector {
  const either = (choose: (a: number, b: number) => number, a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined ? (a ?? b) : choose(a, b);
  return {
    ...one,
    firstSeen: either(Math.min, one.firstSeen, other.firstSeen),
    lastSeen: either(Math.max, one.lastSeen, other.lastSeen),
    messages: one.messages + other.messages,
    passed: one.passed + other.passed,
    authenticated: one.authenticated + other.authenticated,
  };
}

/** Up to when mail and reports have something to say, epoch seconds; undefined: nothing in them has a date. */
export function evidenceEnd({ mail, reports, at }: AuditEvidence): number | undefined {
  const times = [reports?.end, ...(mail?.messages ?? []).map((message) => message.at)].filter(
    (time) => time !== undefined,
  );
  return times.length === 0
    ? undefined
    : Math.min(
        at,
        times.reduce((latest, time) => Math.max(latest, time)),
      );
}

/** Whether there is any mail From the domain to go by. */
export const hasMailToGoBy = ({ mail, reports }: AuditEvidence): boolean =>
  (mail?.messages.length ?? 0) > 0 || (reports?.messages ?? 0) > 0;
