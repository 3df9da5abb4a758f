import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { appendKeyFact } from "../../engine/database/key-facts.ts";
import { takeOver } from "../../engine/database/lease.ts";
import type { DomainRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { type KeyFinding, latest } from "../../model/key/key-fact.ts";
import { isUpcoming } from "../../model/key/key-phase.ts";
import { broughtAs, type ManagedKey, phaseOfKey } from "../../model/rotation/rotation-state.ts";
import type { Seconds } from "../../model/seconds.ts";
import { drainWaitSeconds, type TimingPolicy } from "../../model/rotation/timing-policy.ts";
import { Refusal } from "../refusal.ts";
import { type KeyListing, listKeys, lookInto, type Onlooker } from "./key-list.ts";
import type { UseElsewhere } from "../../model/key/use-elsewhere.ts";
import { usesElsewhere, type UsesHere, usesHere } from "./last-use.ts";
import type { LoadedDomain } from "./load-domain.ts";

/** Whether and when a key was used last, as far as is known: here, by what our signers have told, and elsewhere. */
export type LastUse = UsesHere & {
  /** Here: when we stopped signing with it. Null: it never signed here, or signs still. */
  stoppedHereAt: Seconds | null;
  /** By whoever else has the key, as reports and mail show it. */
  elsewhere: UseElsewhere;
};

export type Withdrawal = { key: KeyListing; lastUse: LastUse; declared: boolean };

type Request = { tenantId: string; domainId: string; selector: string; yes: boolean; requestedBy: string };

/** A controller may be at work on the domain: then it is read again. */
const triesMax = 5;

/**
 * The customer's word that nobody signs with a key it brought any more. From then on D runs, and a week more; then the record is withdrawn.
 * Without `yes` it only answers what is known of the key's last use. Refuses keys that were made here, which rotations withdraw, and one
 * that signs.
 */
export async function withdrawKey(deps: Onlooker, request: Request): Promise<Withdrawal> {
  const { tenantId, domainId, selector, yes } = request;
  for (let tries = 0; tries < triesMax; tries++) {
    const { domain, policy } = await lookInto(deps, tenantId, domainId);
    const key = broughtKey(domain, selector);
    const isDeclared = latest(key.facts, "declared") !== undefined;
    if (yes && !isDeclared && !(await declare(deps, request, { key, policy, row: domain.row }))) continue;
    const { keys } = await listKeys(deps, tenantId, domainId);
    const listed = keys.find(({ id }) => id === key.id);
    if (listed === undefined) throw new Error("a key that is there is listed");
    const stopped = latest(key.facts, "activated") && latest(key.facts, "deactivated");
    const now = Math.floor(deps.nowMs() / 1000);
    const here = await usesHere(deps.db, request, key.id, now);
    const elsewhere = await usesElsewhere(deps.db, tenantId, listed, now);
    const lastUse: LastUse = { ...here, stoppedHereAt: stopped?.at ?? null, elsewhere };
    return { key: listed, lastUse, declared: yes || isDeclared };
  }
  throw new Refusal("temporarily-unavailable", "the domain is at work; try again", { retryAfterSeconds: 5 });
}

function broughtKey({ row, keys }: LoadedDomain, selector: string): ManagedKey {
  const key = keys.findLast((one) => one.selector === selector.toLowerCase());
  if (key === undefined) throw new Refusal("not-found", `${row.name} has no key under the selector ${selector}`);
  if (broughtAs(key) === undefined)
    throw new Refusal(
      "invalid-input",
      `${key.selector} was made here: rotations withdraw it when no mail needs it any more`,
    );
  if (phaseOfKey(key) === "active")
    throw new Refusal(
      "not-ready",
      `${key.selector} signs now: bring its successor first, with "chancery key import ${row.name} --selector NEW --key FILE"`,
    );
  return key;
}

/** False: the domain changed meanwhile. */
async function declare(
  deps: Onlooker,
  { tenantId, domainId, requestedBy }: Request,
  { key, policy, row }: { key: ManagedKey; policy: TimingPolicy; row: DomainRow },
): Promise<boolean> {
  const now = Math.floor(deps.nowMs() / 1000);
  const trustedMs = await deps.trustedTime.readMs();
  const drainSeconds = drainWaitSeconds(policy) + policy.otherSignersSeconds;
  const evidence = { lastUseTrustedMs: trustedMs, drainSeconds };
  const declared: KeyFinding = { kind: "declared", evidence };
  // A key that never signed here has nothing to stop; from here on it drains like one that did.
  const findings = isUpcoming(phaseOfKey(key)) ? [{ kind: "deactivated", evidence } as const, declared] : [declared];
  return transact(deps.db, async (trx) => {
    if (!(await takeOver(trx, domainId, row.rev, now))) return false;
    for (const { kind, evidence: proof } of findings)
      await appendKeyFact(trx, { keyId: key.id, kind, evidence: proof, at: now, trustedMs });
    const detail = { id: key.id, selector: key.selector };
    const entry = { tenantId, at: now, actor: requestedBy, action: "key.withdraw", subject: row.name, detail };
    await appendAuditLog(trx, entry);
    return true;
  });
}
