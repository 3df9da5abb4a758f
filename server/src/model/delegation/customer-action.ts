import { openRequest, urgencyOf } from "./customer-request.ts";
import type { Finding } from "../finding.ts";
import type { KeyFact } from "../key/key-fact.ts";
import { type Seconds, utcText } from "../seconds.ts";

const summaries = {
  publish: "the record of the key to come is waited for; until it is there the old key signs on, if there is one",
  remove: "the record can go: nothing is signed with its key any more, and no mail needs it",
};

/**
 * What a customer who keeps the record of a key has yet to do, since when, and how pressing it is by now. Undefined: nothing, or to take
 * a revoked key away, which is an alarm of its own. The old key signs on, however long it takes. `isGivenUp`: the claim, or the move to
 * the key's method; nothing more is to be published then.
 */
export function customerActionDue(
  key: { keyName: string; record: string; facts: readonly KeyFact[] },
  now: Seconds,
  isGivenUp: boolean,
): Finding | undefined {
  const open = openRequest(key);
  if (open === undefined) return undefined;
  const { request, at, actionSeconds, reminders } = open;
  if (request === "revoke" || (request === "publish" && isGivenUp)) return undefined;
  const since = `asked on ${utcText(at)}${reminders === 0 ? "" : `, reminded ${reminders === 1 ? "once" : `${reminders} times`}`}`;
  return {
    code: "CustomerActionDue",
    severity: urgencyOf(request, actionSeconds, now - at),
    subject: key.keyName,
    summary: summaries[request],
    evidence: [since],
    remedy:
      request === "publish"
        ? `publish ${key.keyName} TXT "${key.record}"`
        : `remove the TXT record at ${key.keyName}, and leave the others`,
  };
}
