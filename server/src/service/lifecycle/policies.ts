import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { insertRotation } from "../../engine/database/rotations.ts";
import { newId } from "../../engine/database/id.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import type { Page, PageRequest } from "../../engine/database/page.ts";
import {
  listRotationPolicies,
  putRotationPolicy,
  removeRotationPolicy,
  rotationPoliciesOf,
} from "../../engine/database/rotation-policies.ts";
import { changeStream, listStreams } from "../../engine/database/streams.ts";
import type { Database, RotationPolicyRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { isTimeZone, windowStepMinutes } from "../../model/rotation/change-window.ts";
import { activeKey } from "../../model/rotation/rotation-state.ts";
import {
  type EffectivePolicy,
  type PolicyPreset,
  policyPresets,
  type RotationPolicy,
} from "../../model/rotation/rotation-policy.ts";
import { durationText } from "../../model/seconds.ts";
import { plannedShortestInterval, type RotationWaits, rotationWaits } from "../../model/rotation/rotation-waits.ts";
import { Refusal } from "../refusal.ts";
import { policyInForce } from "./governed-domain.ts";
import { lookInto, type Onlooker } from "./key-list.ts";
import { isLive } from "./load-domain.ts";

/** Whose policy is meant: a tenant's, with `domainId` one domain's, and with `stream` that of one of its streams. */
export type PolicyPlace = { tenantId: string; domainId?: string; stream?: string };

/** `own`: what was decided in this very place. `waits`: of a domain alone; a tenant's domains differ. */
export type PolicyView = {
  effective: EffectivePolicy;
  own: Partial<RotationPolicy>;
  waits: RotationWaits | undefined;
  warnings: string[];
};

export type PolicyChange = { preset?: PolicyPreset; fields: Partial<RotationPolicy> };

export async function showPolicy(deps: Onlooker, place: PolicyPlace): Promise<PolicyView> {
  const { tenantId, domainId, stream } = place;
  const fields = await ownFields(deps.db, place);
  const settings = await deps.settings();
  const { policy, dns } = settings;
  if (domainId === undefined) {
    const effective = await policyInForce(deps.db, tenantId, "", settings);
    const shortest = plannedShortestInterval(effective.policy.ringSize, policy);
    const asked = effective.policy.intervalSeconds;
    const warning = `a ring of ${effective.policy.ringSize} names turns no faster than every ${durationText(shortest)}: its rotations will be late`;
    return { effective, own: fields, waits: undefined, warnings: asked < shortest ? [warning] : [] };
  }
  if (dns === undefined) {
    const effective = await policyInForce(deps.db, tenantId, domainId, settings);
    return { effective, own: fields, waits: undefined, warnings: [] };
  }
  const { state, effective, policy: timing } = await lookInto(deps, tenantId, domainId, stream);
  const waits = state.method.keeper === "upstream" ? undefined : rotationWaits(state, timing); // not ours to rotate
  return { effective, own: fields, waits, warnings: [] };
}

/** What was decided in this very place. */
async function ownFields(
  db: Database,
  { tenantId, domainId = "", stream }: PolicyPlace,
): Promise<Partial<RotationPolicy>> {
  if (stream !== undefined)
    return (await listStreams(db, tenantId, domainId)).find(({ name }) => name === stream)?.policy ?? {};
  return (await rotationPoliciesOf(db, tenantId, domainId)).find((row) => row.domainId === domainId)?.fields ?? {};
}

/**
 * Decides parts of the policy of a tenant, a domain or a stream; what is not named stays as it was. Refuses an interval for a domain that its
 * waits do not allow. Waits that run are in the facts and stay as they are (I-21). `now` also asks for a rotation.
 */
export async function setPolicy(
  deps: Onlooker,
  place: PolicyPlace,
  { preset, fields: named }: PolicyChange,
  actor: string,
): Promise<PolicyView> {
  const { tenantId, domainId, stream } = place;
  const before = await showPolicy(deps, place);
  const fields = { ...before.own, ...(preset !== undefined && policyPresets[preset]), ...named };
  checkFields(fields);
  if (domainId !== undefined) checkForDomain(named, fields, before);
  const now = Math.floor(deps.nowMs() / 1000);
  const rotates =
    preset === "now" && domainId !== undefined ? await canRotate(deps, tenantId, domainId, stream) : false;
  await transact(deps.db, async (trx) => {
    if (domainId !== undefined && stream !== undefined)
      await changeStream(trx, { domainId, name: stream }, { policy: fields });
    else await putRotationPolicy(trx, { tenantId, domainId: domainId ?? "", fields, updatedAt: now, updatedBy: actor });
    if (rotates && domainId !== undefined) {
      const id = newId("rot");
      const asked = { reason: "requested", requestedAt: now, requestedBy: actor };
      await insertRotation(trx, { id, tenantId, domainId, ...(stream !== undefined && { stream }), ...asked });
    }
    const subject = domainId ?? tenantId;
    const detail = { preset, fields, stream };
    await appendAuditLog(trx, { tenantId, at: now, actor, action: "policy.set", subject, detail });
    if (domainId !== undefined) await wakeDomain(trx, domainId, now);
  });
  return showPolicy(deps, place);
}

export async function removePolicy(deps: Onlooker, place: PolicyPlace, actor: string): Promise<PolicyView> {
  const { tenantId, domainId, stream } = place;
  const now = Math.floor(deps.nowMs() / 1000);
  await transact(deps.db, async (trx) => {
    const isStream = domainId !== undefined && stream !== undefined;
    const decided = !isStream || Object.keys(await ownFields(trx, place)).length > 0;
    if (isStream) await changeStream(trx, { domainId, name: stream }, { policy: null });
    if (!decided || (!isStream && !(await removeRotationPolicy(trx, tenantId, domainId ?? ""))))
      throw new Refusal("not-found", 'nothing was decided there; "chancery policy list" shows where something was');
    const subject = domainId ?? tenantId;
    await appendAuditLog(trx, { tenantId, at: now, actor, action: "policy.remove", subject, detail: { stream } });
    if (domainId !== undefined) await wakeDomain(trx, domainId, now);
  });
  return showPolicy(deps, place);
}

export const listPolicies = (
  db: Database,
  tenantId: string,
  page: PageRequest,
): Promise<Page<RotationPolicyRow & { domain: string | null }>> => listRotationPolicies(db, tenantId, page);

function checkFields({ changeWindows = [], intervalSeconds }: Partial<RotationPolicy>): void {
  if (intervalSeconds !== undefined && intervalSeconds < 1)
    throw new Refusal("invalid-input", "an interval is at least one second");
  for (const { days, fromMinute, toMinute, timeZone } of changeWindows) {
    if (!isTimeZone(timeZone))
      throw new Refusal("invalid-input", `${timeZone} is not a time zone; write one like Europe/Berlin or UTC`);
    if (days.length === 0 || fromMinute >= toMinute || toMinute > 24 * 60)
      throw new Refusal("invalid-input", "a change window has days, and begins before it ends on the same day");
    if (fromMinute % windowStepMinutes !== 0 || toMinute % windowStepMinutes !== 0)
      throw new Refusal("invalid-input", `change windows begin and end on a quarter of an hour`);
  }
}

/** What no tenant's policy can be held against: the names and the waits of the one domain. */
function checkForDomain(
  named: Partial<RotationPolicy>,
  fields: Partial<RotationPolicy>,
  { waits, effective }: PolicyView,
): void {
  if (named.ringSize !== undefined)
    throw new Refusal(
      "invalid-input",
      "the size of a ring is agreed when the domain is added, because its names are published then: chancery domain add DOMAIN --ring-size N",
    );
  const shortest = waits?.shortestIntervalSeconds;
  const asked = fields.intervalSeconds ?? effective.policy.intervalSeconds;
  if (shortest !== undefined && named.intervalSeconds !== undefined && asked < shortest)
    throw new Refusal(
      "invalid-input",
      `its waits allow no shorter interval than ${durationText(shortest)}: (W + D) / (names - 1); a ring with more names, or a method with a new name for every key, turns faster`,
    );
  if (named.dualSigning === "always" && waits?.names !== undefined)
    throw new Refusal(
      "invalid-input",
      "a second key needs names that the customer publishes: add the domain with --ed25519",
    );
}

async function canRotate(deps: Onlooker, tenantId: string, domainId: string, stream?: string): Promise<boolean> {
  const { domain, state } = await lookInto(deps, tenantId, domainId, stream);
  if (isLive(domain.row) && activeKey(state, "primary") !== undefined) return true;
  throw new Refusal("not-ready", `${domain.row.name} has no active key yet: there is nothing to rotate now`);
}
