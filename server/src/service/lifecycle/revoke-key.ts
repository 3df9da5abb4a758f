import { isUpcoming, type KeyPhase } from "../../model/key/key-phase.ts";
import { residualWindow } from "../../model/key/key-revocation.ts";
import type { KeyRole } from "../../model/key/key-role.ts";
import { standInFor, type StandIn } from "../../model/rotation/rotation-recall.ts";
import { broughtAs, isKeptByCustomer, type ManagedKey, phaseOfKey } from "../../model/rotation/rotation-state.ts";
import type { Seconds } from "../../model/seconds.ts";
import { Refusal } from "../refusal.ts";
import { type Intervener, type Intervention, intervene } from "./intervene.ts";
import type { UseElsewhere } from "../../model/key/use-elsewhere.ts";
import { usesElsewhere, type UsesHere, usesHere } from "./last-use.ts";
import type { Onlooker } from "./key-list.ts";

/** What was revoked, who signs instead, and how long signatures made with it may still verify, counted from now at the least. */
export type Revocation = {
  keyId: string;
  selector: string;
  role: KeyRole;
  /** False: others may sign with it, and nobody said that it is meant all the same. */
  revoked: boolean;
  uses: UsesHere;
  /** By whoever else has the key, as reports and mail show it. */
  elsewhere: UseElsewhere;
  /** Who signs from now on; undefined: it did not sign. */
  standIn: StandIn | undefined;
  residual: { cacheSeconds: Seconds; staleServingSeconds: Seconds; until: Seconds };
  /** The record that the customer has to take away, where the customer keeps it. */
  remove: { name: string; text: string } | undefined;
};

/**
 * Revokes a key for ever: from here on nobody signs with it, and the controller puts an empty `p=` in place of its record. Refuses a key that is
 * not there, and one whose record is gone anyway. A key that is revoked already is answered as it stands; one that the customer brought, so that
 * others may sign with it, is revoked with `yes` alone: without it only what is known of its use is answered.
 */
export async function revokeKey(
  deps: Onlooker,
  who: Intervener,
  { keyId, reason, yes = false }: { keyId: string; reason: string; yes?: boolean },
): Promise<Revocation> {
  return intervene(deps, who, async (intervention) => {
    const key = intervention.domain.keys.find(({ id }) => id === keyId);
    if (key === undefined) throw new Refusal("not-found", "the domain has no such key");
    const phase = phaseOfKey(key);
    if (!isRevocable(phase) && phase !== "revoking" && phase !== "revoked") {
      throw new Refusal("not-ready", `${key.selector} is ${phase}: there is nothing left to revoke`);
    }
    const signed = phase === "active";
    const isMeant = yes || broughtAs(key) === undefined;
    if (isRevocable(phase) && isMeant) {
      await intervention.record(key, { kind: "revoking", evidence: { reason } });
      await intervention.log("key.revoke", { keyId, selector: key.selector, reason });
    }
    const { trx, now } = intervention;
    const uses = await usesHere(trx, who, keyId, now);
    const row = intervention.domain.keyRows.find(({ id }) => id === keyId);
    if (row === undefined) throw new Error("a key that is loaded has a row");
    const elsewhere = await usesElsewhere(trx, who.tenantId, row, now);
    return { ...revocationOf(intervention, key, signed), revoked: isMeant || !isRevocable(phase), uses, elsewhere };
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
): Omit<Revocation, "revoked" | "uses" | "elsewhere"> {
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
