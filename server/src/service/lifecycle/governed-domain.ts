import { rotationPoliciesOf } from "../../engine/database/rotation-policies.ts";
import type { Database } from "../../engine/database/schema.ts";
import { opensAt } from "../../model/rotation/change-window.ts";
import type { DnsSettings } from "../../model/delegation/delegation.ts";
import type { ChainObservation } from "../../model/rotation/chain-observation.ts";
import type { TrustedMs } from "../../model/key/key-fact.ts";
import {
  type EffectivePolicy,
  effectivePolicy,
  type PolicyLayer,
  signingAlgorithms,
  timingUnder,
} from "../../model/rotation/rotation-policy.ts";
import { type DomainState, runsDual } from "../../model/rotation/rotation-state.ts";
import type { TimingPolicy } from "../../model/rotation/timing-policy.ts";
import { type LoadedDomain, type LoadedStream, loadDomain, stateOfLoaded } from "./load-domain.ts";

/** A stream with the policy that holds for it. `timing`: the durations of the configuration under that policy. */
export type GovernedStream = LoadedStream & { effective: EffectivePolicy; timing: TimingPolicy };

export type GovernedDomain = {
  domain: LoadedDomain;
  /** The default stream first. */
  streams: readonly [GovernedStream, ...GovernedStream[]];
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
  const { disclose } = domain.claim.options;
  // Said of the claim before policies knew it; what was decided since counts.
  const earlier: PolicyLayer[] = disclose === undefined ? [] : [{ scope: "domain", fields: { disclose } }];
  const layers = [...earlier, ...(await layersOf(db, tenantId, domainId))];
  const governed = (stream: LoadedStream): GovernedStream => {
    const effective = effectivePolicy(settings, [...layers, { scope: "stream", fields: stream.ownPolicy }]);
    return { ...stream, effective, timing: timingUnder(settings.policy, effective.policy) };
  };
  const [first, ...others] = domain.streams;
  return { domain, streams: [governed(first), ...others.map(governed)] };
}

/** What holds for a domain, or with `domainId` empty for every domain of the tenant for which nothing else was decided. */
export async function policyInForce(
  db: Database,
  tenantId: string,
  domainId: string,
  settings: { policy: TimingPolicy; disclose?: boolean },
): Promise<EffectivePolicy> {
  return effectivePolicy(settings, await layersOf(db, tenantId, domainId));
}

async function layersOf(db: Database, tenantId: string, domainId: string): Promise<PolicyLayer[]> {
  const rows = await rotationPoliciesOf(db, tenantId, domainId);
  return rows.map((row) => ({ scope: row.domainId === "" ? "tenant" : "domain", fields: row.fields }));
}

/** Everything that the next step of a stream depends on, as the database has it and the policy wants it. */
export function stateUnderPolicy(
  { domain }: Pick<GovernedDomain, "domain">,
  stream: GovernedStream,
  rounds: ReadonlyMap<string, readonly ChainObservation[]>,
  now: { trustedMs: TrustedMs; wallMs: number },
): DomainState {
  const { policy } = stream.effective;
  const loaded = stateOfLoaded(domain, stream);
  const { method, keys, rotations, algorithms } = loaded;
  const namesAreFixed = method.slots("second") !== undefined;
  const dualRotationRuns = runsDual({ keys, rotations });
  const opens = opensAt(policy.changeWindows, Math.floor(now.wallMs / 1000));
  return {
    ...loaded,
    method: { ...method, standby: method.standby && policy.standby },
    algorithms: stream.removed ? [] : signingAlgorithms(algorithms, policy, { namesAreFixed, dualRotationRuns }),
    disclose: policy.disclose,
    rounds,
    ...now,
    ...(opens !== undefined && { closedUntilWallMs: opens * 1000 }),
  };
}
