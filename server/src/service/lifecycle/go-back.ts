import { abortRotation } from "../../engine/database/rotations.ts";
import { type KeyRole, roleOf } from "../../model/key/key-role.ts";
import { predecessorOf, recalledKey } from "../../model/rotation/rotation-recall.ts";
import { activeKey, pendingRotations } from "../../model/rotation/rotation-state.ts";
import { Refusal } from "../refusal.ts";
import { type Intervener, intervene, type Intervention } from "./intervene.ts";
import type { Onlooker } from "./key-list.ts";
import { isLive } from "./load-domain.ts";

/** Of one role: the key that stops, and the one before it that signs again once it was seen. */
export type Rollback = { role: KeyRole; from: string; to: string };

/**
 * Asks to sign again with the keys that drain, in every role that has one. It is carried out when their records were seen everywhere; the newer
 * keys drain from then on. Refuses where no key drains, or none that could sign.
 */
export async function rollBack(deps: Onlooker, who: Intervener, reason: string): Promise<Rollback[]> {
  return intervene(deps, who, async (intervention) => {
    const { state, domain, record, log } = intervention;
    refuseUnlessLive(intervention);
    const rollbacks: Rollback[] = [];
    for (const role of state.algorithms.map(roleOf)) {
      const [from, to] = [activeKey(state, role), predecessorOf(state, role)];
      if (from === undefined || to === undefined) continue;
      rollbacks.push({ role, from: from.selector, to: to.selector });
      if (recalledKey(state, role) === undefined) await record(to, { kind: "recalled", evidence: { reason } });
    }
    if (rollbacks.length === 0) {
      const why = "no key drains whose record stands and whose private half is here";
      throw new Refusal("not-ready", `${domain.row.name} has nothing to go back to: ${why}`);
    }
    await log("rotation.rollback", { rollbacks, reason });
    return rollbacks;
  });
}

/**
 * Calls off what was asked for and has not come to a switch: the keys made for it are withdrawn, and the ones that sign stay. A first key, or one
 * that an emergency needs, cannot be called off. Answers the ids of the rotations.
 */
export async function callOff(deps: Onlooker, who: Intervener): Promise<string[]> {
  return intervene(deps, who, async (intervention) => {
    const { trx, state, domain, trustedMs, log } = intervention;
    refuseUnlessLive(intervention);
    const pending = state.algorithms.flatMap((algorithm) => pendingRotations(state, roleOf(algorithm)));
    const ids = [...new Set(pending.filter(({ reason }) => reason === "requested" || reason === "scheduled"))].map(
      ({ id }) => id,
    );
    if (ids.length === 0) throw new Refusal("not-ready", `${domain.row.name} has no rotation before its switch`);
    for (const id of ids) await abortRotation(trx, id, trustedMs);
    await log("rotation.abort", { ids });
    return ids;
  });
}

function refuseUnlessLive({ domain }: Intervention): void {
  if (!isLive(domain.row)) throw new Refusal("not-ready", `the claim of ${domain.row.name} is not in force`);
}
