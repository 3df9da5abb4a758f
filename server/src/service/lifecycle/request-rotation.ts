import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { newId } from "../../engine/database/id.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import { insertRotation } from "../../engine/database/rotations.ts";
import { transact } from "../../engine/database/transact.ts";
import { roleOf } from "../../model/key-role.ts";
import { activeKey, pendingRotation } from "../../model/rotation-state.ts";
import { Refusal } from "../refusal.ts";
import { listKeys, lookInto, type Onlooker, type RotationListing, type WaitListing } from "./key-list.ts";
import { isLive } from "./load-domain.ts";

/** The rotation asked for, and what it waits for now. */
export type RequestedRotation = RotationListing & { waits: WaitListing[] };

/** One rotation that is under way, and one behind it: more is a slip, and would be worked off for weeks. */
const pendingMax = 2;

/**
 * Asks for a successor of a domain's active keys. It is carried out by the controller when it is safe: at once where a
 * stand-by is ready, else when a name is free. Refuses a claim that is not in force, and a domain that does not sign yet.
 */
export async function requestRotation(
  deps: Onlooker,
  { tenantId, domainId, requestedBy }: { tenantId: string; domainId: string; requestedBy: string },
): Promise<RequestedRotation> {
  const { domain, state } = await lookInto(deps, tenantId, domainId);
  if (!isLive(domain.row)) throw new Refusal("not-ready", `the claim of ${domain.row.name} is not in force`);
  const roles = state.algorithms.map(roleOf);
  if (state.method.maker === "customer")
    throw new Refusal(
      "invalid-input",
      `the keys of ${domain.row.name} come from its owner: bring the next one under a new selector, with "chancery key import ${domain.row.name} --selector NEW --key FILE", and it takes over when that is safe`,
    );
  if (!roles.some((role) => activeKey(state, role) !== undefined)) {
    throw new Refusal("not-ready", `${domain.row.name} has no active key yet: its first one is on its way`);
  }
  const asked = state.rotations.filter(({ reason }) => reason === "requested" || reason === "scheduled");
  const pending = asked.filter((rotation) =>
    roles.some((role) => pendingRotation({ ...state, rotations: [rotation] }, role) !== undefined),
  );
  if (pending.length >= pendingMax) {
    throw new Refusal("rotation-queued", `${domain.row.name} has ${pending.length} rotations to carry out already`);
  }
  const now = Math.floor(deps.nowMs() / 1000);
  const id = newId("rot");
  await transact(deps.db, async (trx) => {
    await insertRotation(trx, { id, tenantId, domainId, reason: "requested", requestedAt: now, requestedBy });
    const subject = domain.row.name;
    await appendAuditLog(trx, {
      tenantId,
      at: now,
      actor: requestedBy,
      action: "rotation.request",
      subject,
      detail: { id },
    });
  });
  await wakeDomain(deps.db, domainId, now);
  const { rotations, keys, waits } = await listKeys(deps, tenantId, domainId);
  const rotation = rotations.find((listed) => listed.id === id);
  if (rotation === undefined) throw new Error("a rotation that was recorded is listed");
  const forRotation = keys.flatMap((key) => key.waits).filter((wait) => wait.for === "rotation" || wait.for === "name");
  return { ...rotation, waits: [...forRotation, ...waits] };
}
