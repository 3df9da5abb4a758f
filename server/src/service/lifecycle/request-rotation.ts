import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { newId } from "../../engine/database/id.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import { insertRotation } from "../../engine/database/rotations.ts";
import { transact } from "../../engine/database/transact.ts";
import { roleOf } from "../../model/key/key-role.ts";
import type { RotationPolicy } from "../../model/rotation/rotation-policy.ts";
import { waitsItsTurn } from "../../model/rotation/rotation-view.ts";
import { activeKey } from "../../model/rotation/rotation-state.ts";
import { Refusal } from "../refusal.ts";
import { listKeys, lookInto, type Onlooker, type RotationListing, type WaitListing } from "./key-list.ts";
import { isLive, type LoadedDomain } from "./load-domain.ts";

/** The rotation asked for, and what it waits for now. */
export type RequestedRotation = RotationListing & { waits: WaitListing[] };

/** `dual`: an Ed25519 key signs beside the others from before the switch until the old key has drained. */
export type RotationWish = {
  tenantId: string;
  domainId: string;
  /** Absent: the default stream. */
  stream?: string;
  requestedBy: string;
  dual?: boolean;
};

/**
 * Asks for a successor of the active keys of a domain's stream. It is carried out by the controller when it is safe: at once where a
 * stand-by is ready, else when a name is free. A request that waits already is answered again. Refuses a claim that is not in force, and a domain that does not sign yet.
 */
export async function requestRotation(
  deps: Onlooker,
  { tenantId, domainId, stream = "", requestedBy, dual = false }: RotationWish,
): Promise<RequestedRotation> {
  const { domain, state, policy, effective, removed } = await lookInto(deps, tenantId, domainId, stream);
  const subject = domain.row.name;
  if (removed)
    throw new Refusal("not-ready", `the stream ${stream} of ${subject} was removed: its keys are on their way out`);
  if (state.method.maker === "customer")
    throw new Refusal(
      "invalid-input",
      `the keys of ${domain.row.name} come from its owner: bring the next one under a new selector, with "chancery key import ${domain.row.name} --selector NEW --key FILE", and it takes over when that is safe`,
    );
  if (!isLive(domain.row))
    throw new Refusal(
      "not-ready",
      `the claim of ${domain.row.name} is not in force: "chancery domain verify ${domain.row.name}" says why`,
    );
  if (domain.method.keeper === "upstream")
    throw new Refusal(
      "not-ready",
      `the keys of ${domain.row.name} are the upstream's, which rotates them by itself; "chancery domain alias ${domain.row.name} SELECTOR" shows where they are, and moves our alias`,
    );
  if (dual) checkDual(domain, effective.policy);
  const roles = state.algorithms.map(roleOf);
  if (!roles.some((role) => activeKey(state, role) !== undefined)) {
    const whose = stream === "" ? subject : `the stream ${stream} of ${subject}`;
    throw new Refusal("not-ready", `${whose} has no active key yet: its first one is on its way`);
  }
  // One that has not begun is what is asked for: a second request of it would only be worked off for weeks.
  const waiting = state.rotations.findLast((rotation) =>
    roles.some((role) => waitsItsTurn(state, role, policy, rotation)),
  );
  if (waiting !== undefined) return asListed(deps, tenantId, domainId, waiting.id);
  const now = Math.floor(deps.nowMs() / 1000);
  const id = newId("rot");
  await transact(deps.db, async (trx) => {
    await insertRotation(trx, {
      id,
      tenantId,
      domainId,
      stream,
      reason: "requested",
      requestedAt: now,
      requestedBy,
      dual: dual ? 1 : 0,
    });
    await appendAuditLog(trx, {
      tenantId,
      at: now,
      actor: requestedBy,
      action: "rotation.request",
      subject,
      detail: { id, dual, ...(stream !== "" && { stream }) },
    });
  });
  await wakeDomain(deps.db, domainId, now);
  return asListed(deps, tenantId, domainId, id);
}

async function asListed(deps: Onlooker, tenantId: string, domainId: string, id: string): Promise<RequestedRotation> {
  const { rotations, keys, waits } = await listKeys(deps, tenantId, domainId);
  const rotation = rotations.find((listed) => listed.id === id);
  if (rotation === undefined) throw new Error("a rotation that was recorded is listed");
  const forRotation = keys.flatMap((key) => key.waits).filter((wait) => wait.for === "rotation" || wait.for === "name");
  return { ...rotation, waits: [...forRotation, ...waits] };
}

function checkDual({ row, method }: LoadedDomain, { dualSigning }: RotationPolicy): void {
  if (row.algorithms.includes("ed25519-sha256")) return;
  if (method.slots("second") !== undefined)
    throw new Refusal(
      "invalid-input",
      `${row.name} has no names for a second key: the customer publishes them; add it with --ed25519`,
    );
  if (dualSigning === "never")
    throw new Refusal("invalid-input", `the policy of ${row.name} excludes a second key (dual signing: never)`);
}
