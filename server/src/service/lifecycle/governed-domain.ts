import { rotationPoliciesOf } from "../../engine/database/rotation-policies.ts";
import type { Database } from "../../engine/database/schema.ts";
import { opensAt } from "../../model/change-window.ts";
import type { DnsSettings } from "../../model/delegation.ts";
import type { ChainObservation } from "../../model/chain-observation.ts";
import type { TrustedMs } from "../../model/key-fact.ts";
import { type EffectivePolicy, effectivePolicy, signingAlgorithms, timingUnder } from "../../model/rotation-policy.ts";
import { type DomainState, runsDual } from "../../model/rotation-state.ts";
import type { TimingPolicy } from "../../model/timing-policy.ts";
import { type LoadedDomain, loadDomain, stateOfLoaded } from "./load-domain.ts";

/** A domain with the policy that holds for it. `timing`: the durations of the configuration under that policy. */
export type GovernedDomain = {
  domain: LoadedDomain;
  effective: EffectivePolicy;
  timing: TimingPolicy;
  /** Whether private halves are made public after their time. */
  disclose: boolean;
};

/** Undefined where `loadDomain` has none. */
export async function governedDomain(
  db: Database,
  tenantId: string,
  domainId: string,
  settings: { policy: TimingPolicy; dns: DnsSettings; disclose: boolean },
): Promise<GovernedDomain | undefined> {
  const domain = await loadDomain(db, tenantId, domainId, settings.dns);
  if (domain === undefined) return undefined;
  const effective = await policyInForce(db, tenantId, domainId, settings.policy);
  const disclose = domain.claim.options.disclose ?? settings.disclose;
  return { domain, effective, timing: timingUnder(settings.policy, effective.policy), disclose };
}

/** What holds for a domain, or with `domainId` empty for every domain of the tenant for which nothing else was decided. */
export async function policyInForce(
  db: Database,
  tenantId: string,
  domainId: string,
  timing: TimingPolicy,
): Promise<EffectivePolicy> {
  const rows = await rotationPoliciesOf(db, tenantId, domainId);
  return effectivePolicy(
    timing,
    rows.map((row) => ({ scope: row.domainId === "" ? "tenant" : "domain", fields: row.fields })),
  );
}

/** Everything that the next step depends on, as the database has it and the policy wants it. */
export function stateUnderPolicy(
  { domain, effective: { policy }, disclose }: GovernedDomain,
  rounds: ReadonlyMap<string, readonly ChainObservation[]>,
  now: { trustedMs: TrustedMs; wallMs: number },
): DomainState {
  const { method, keys, rotations, row } = domain;
  const namesAreFixed = method.slots("second") !== undefined;
  const dualRotationRuns = runsDual({ keys, rotations });
  const opens = opensAt(policy.changeWindows, Math.floor(now.wallMs / 1000));
  return {
    ...stateOfLoaded(domain),
    method: { ...method, standby: method.standby && policy.standby },
    algorithms: signingAlgorithms(row.algorithms, policy, { namesAreFixed, dualRotationRuns }),
    disclose,
    rounds,
    ...now,
    ...(opens !== undefined && { closedUntilWallMs: opens * 1000 }),
  };
}
