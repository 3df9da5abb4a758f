import { isUpcoming, type KeyPhase } from "../../model/key/key-phase.ts";
import { residualWindow } from "../../model/key/key-revocation.ts";
import type { KeyRole } from "../../model/key/key-role.ts";
import { standInFor, type StandIn } from "../../model/rotation/rotation-recall.ts";
import { isKeptByCustomer, type ManagedKey, phaseOfKey } from "../../model/rotation/rotation-state.ts";
import type { Seconds } from "../../model/seconds.ts";
import { Refusal } from "../refusal.ts";
import { type Intervener, type Intervention, intervene } from "./intervene.ts";
import { type UsesHere, usesHere } from "./last-use.ts";
import type { Onlooker } from "./key-list.ts";

/** What was revoked, who signs instead, and how long signatures made with it may still verify, counted from now at the least. */
export type Revocation = {
  keyId: string;
  selector: string;
  role: KeyRole;
  uses: UsesHere;
  /** Who signs from now on; undefined: it did not sign. */
  standIn: StandIn | undefined;
  residual: { cacheSeconds: Seconds; staleServingSeconds: Seconds; until: Seconds };
  /** The record that the customer has to take away, where the customer keeps it. */
  remove: { name: string; text: string } | undefined;
};

/**
 * Revokes a key for ever: from here on nobody signs with it, and the controller puts an empty `p=` in place of its record. Refuses a key that is
 * not there, and one whose record is gone anyway. A key that is revoked already is answered as it stands.
 */
export async function revokeKey(
  deps: Onlooker,
  who: Intervener,
  { keyId, reason }: { keyId: string; reason: string },
): Promise<Revocation> {
  return intervene(deps, who, async (intervention) => {
    const key = intervention.domain.keys.find(({ id }) => id === keyId);
    if (key === undefined) throw new Refusal("not-found", "the domain has no such key");
    const phase = phaseOfKey(key);
    if (!isRevocable(phase) && phase !== "revoking" && phase !== "revoked") {
      throw new Refusal("not-ready", `${key.selector} is ${phase}: there is nothing left to revoke`);
    }
    const signed = phase === "active";
    if (isRevocable(phase)) {
      await intervention.record(key, { kind: "revoking", evidence: { reason } });
      await intervention.log("key.revoke", { keyId, selector: key.selector, reason });
    }
    const uses = await usesHere(intervention.trx, who, keyId, intervention.now);
    return { ...revocationOf(intervention, key, signed), uses };
  });
}

/** Every key of the domain that could be verified with, stand-bys as well: for when what protects them all is lost. Answers how many. */
export async function revokeAllKeys(deps: Onlooker, who: Intervener, reason: string): Promise<number> {
  return intervene(deps, who, async ({ domain, record, log }) => {
    const keys = domain.keys.filter((key) => isRevocable(phaseOfKey(key)));
    for (const key of keys) await record(key, { kind: "revoking", evidence: { reason } });
    if (keys.length > 0) await log("key.revoke", { keyIds: keys.map(({ id }) => id), reason });
    return keys.length;
  });
}

const isRevocable = (phase: KeyPhase): boolean => isUpcoming(phase) || phase === "active" || phase === "draining";

function revocationOf(
  { stateOf, policy, now }: Intervention,
  key: ManagedKey,
  signed: boolean,
): Omit<Revocation, "uses"> {
  const state = stateOf(key.stream ?? "");
  const { cacheSeconds, staleServingSeconds, endsMs } = residualWindow(key, policy);
  const leftMs = endsMs === undefined ? (cacheSeconds + staleServingSeconds) * 1000 : endsMs - state.trustedMs;
  const { name, text } = key.chain.record;
  const others = { ...state, keys: state.keys.filter((other) => other !== key) };
  return {
    keyId: key.id,
    selector: key.selector,
    role: key.role,
    standIn: signed ? standInFor(others, key.role) : undefined,
    residual: { cacheSeconds, staleServingSeconds, until: now + Math.ceil(Math.max(0, leftMs) / 1000) },
    remove: isKeptByCustomer(key) ? { name, text } : undefined,
  };
}
