import type { ChangeWindow } from "./change-window.ts";
import type { KeyAlgorithm } from "../key/key-role.ts";
import { day, type Seconds } from "../seconds.ts";
import type { TimingPolicy } from "./timing-policy.ts";

export const keyTypes = ["rsa2048", "rsa3072", "rsa4096"] as const;
export type KeyType = (typeof keyTypes)[number];

/** Bits of the primary key: every verifier knows RSA. Ed25519 is the second key, see `DualSigning`. */
export const rsaBits: Record<KeyType, 2048 | 3072 | 4096> = { rsa2048: 2048, rsa3072: 3072, rsa4096: 4096 };

/** When an Ed25519 key signs beside the RSA key, under a selector of its own. `on-request`: while a rotation runs that asks for it. */
export const dualSignings = ["never", "on-request", "always"] as const;
export type DualSigning = (typeof dualSignings)[number];

export const ringSizes = [2, 3, 4, 5] as const;

/** What may be decided about rotations, for a tenant, a domain or a stream. */
export type RotationPolicy = {
  /** How long a key signs before its successor is due. */
  intervalSeconds: Seconds;
  keyType: KeyType;
  dualSigning: DualSigning;
  /** How many names a ring has; fixed when the domain is added, because the customer publishes them. */
  ringSize: (typeof ringSizes)[number];
  /** Whether a ready successor is kept beside the active key, where the method has room for one. */
  standby: boolean;
  /** A switch happens only inside one of these; none: at any time. */
  changeWindows: readonly ChangeWindow[];
  /** Whether the private half of a withdrawn key is made public after its time (I-19). It cannot be undone. */
  disclose: boolean;
};

/** `now` asks for a rotation at once, and is `standard` from then on. */
export const policyPresets = {
  "high-risk": { intervalSeconds: 90 * day },
  standard: { intervalSeconds: 180 * day },
  now: { intervalSeconds: 180 * day },
} as const satisfies Record<string, Partial<RotationPolicy>>;
export type PolicyPreset = keyof typeof policyPresets;

/** Where a part of a policy was decided, from the nearest to the farthest; `default`: by the configuration. */
export type PolicyScope = "stream" | "domain" | "tenant" | "default";

/** What was decided in one place. What is not decided there is left to the next. */
export type PolicyLayer = { scope: Exclude<PolicyScope, "default">; fields: Partial<RotationPolicy> };

export type EffectivePolicy = { policy: RotationPolicy; from: Record<keyof RotationPolicy, PolicyScope> };

const builtIn: Omit<RotationPolicy, "intervalSeconds" | "disclose"> = {
  keyType: "rsa2048",
  dualSigning: "on-request",
  ringSize: 3,
  standby: true,
  changeWindows: [],
};

const nearestFirst: readonly PolicyLayer["scope"][] = ["stream", "domain", "tenant"];

/** The policy that holds: each part by the nearest place where it was decided, and beneath all the configuration. */
export function effectivePolicy(
  { policy: timing, disclose = false }: { policy: TimingPolicy; disclose?: boolean },
  layers: readonly PolicyLayer[],
): EffectivePolicy {
  const policy: RotationPolicy = { ...builtIn, intervalSeconds: timing.rotateAfterSeconds, disclose };
  const from: Record<keyof RotationPolicy, PolicyScope> = {
    intervalSeconds: "default",
    keyType: "default",
    dualSigning: "default",
    ringSize: "default",
    standby: "default",
    changeWindows: "default",
    disclose: "default",
  };
  for (const scope of nearestFirst.toReversed())
    for (const { fields } of layers.filter((layer) => layer.scope === scope)) {
      Object.assign(policy, fields);
      for (const field of Object.keys(fields) as (keyof RotationPolicy)[]) from[field] = scope;
    }
  return { policy, from };
}

/** The durations of a domain: those of the configuration, with the interval that was decided for it. */
export const timingUnder = (timing: TimingPolicy, { intervalSeconds }: RotationPolicy): TimingPolicy => ({
  ...timing,
  rotateAfterSeconds: intervalSeconds,
});

/**
 * The algorithms that a domain signs with: those agreed when it was added, and Ed25519 where the policy adds it.
 * `namesAreFixed`: the customer published a name for each key in advance, so what was agreed is all there is room for.
 */
export function signingAlgorithms(
  agreed: readonly KeyAlgorithm[],
  { dualSigning }: RotationPolicy,
  { namesAreFixed, dualRotationRuns }: { namesAreFixed: boolean; dualRotationRuns: boolean },
): KeyAlgorithm[] {
  const added = dualSigning === "always" || (dualSigning === "on-request" && dualRotationRuns);
  return added && !namesAreFixed ? [...new Set([...agreed, "ed25519-sha256" as const])] : [...agreed];
}
