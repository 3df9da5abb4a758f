import { day, type Seconds } from "../seconds.ts";
import type { TimingPolicy } from "../rotation/timing-policy.ts";
import type { KeyTrace } from "./zone-key-fact.ts";
import { dsTtlSeen, type ZoneLook } from "./zone-look.ts";
import type { ZoneKey, ZoneTtls } from "./zone-key.ts";

/** Every duration that the life of a zone's keys depends on. */
export type ZoneKeyPolicy = {
  /** What resolvers add on their own to a TTL. */
  resolverSlackSeconds: Seconds;
  /** How soon servers are asked again while something is waited for that they have to show. */
  observeIntervalSeconds: Seconds;
  /** How often they are asked when nothing is under way. */
  watchIntervalSeconds: Seconds;
  /** How old a look may be at the instant of a change. */
  freshnessSeconds: Seconds;
  /** How long a ZSK signs before its successor is due. KSKs are replaced on request alone: the parent has a part in it. */
  zskLifetimeSeconds: Seconds;
  /** What is assumed of a DS record whose TTL was never seen: more than registries give. */
  unmeasuredDsTtlSeconds: Seconds;
  /** The private half is destroyed this long after nobody has anything of the key. */
  destroyAfterSeconds: Seconds;
};

/** The same policy as that of the DKIM keys, read for the keys of zones. */
export const zoneKeyPolicyOf = (timing: TimingPolicy): ZoneKeyPolicy => ({
  resolverSlackSeconds: timing.resolverSlackSeconds,
  observeIntervalSeconds: timing.observeIntervalSeconds,
  watchIntervalSeconds: timing.watchIntervalSeconds,
  freshnessSeconds: timing.freshnessSeconds,
  zskLifetimeSeconds: timing.rotateAfterSeconds,
  unmeasuredDsTtlSeconds: Math.max(timing.recordTtlSeconds, Math.min(2 * day, 48 * timing.recordTtlSeconds)),
  destroyAfterSeconds: timing.destroyAfterSeconds,
});

/** How long after every server was seen with (or without) a trace anybody can still believe the opposite (RFC 7583 §3.2, §3.3). */
export function cacheWaitSeconds(
  trace: KeyTrace,
  look: ZoneLook | undefined,
  ttls: ZoneTtls,
  keys: readonly ZoneKey[],
  policy: ZoneKeyPolicy,
): Seconds {
  const slack = policy.resolverSlackSeconds;
  if (trace === "signatures") return Math.max(ttls.longest, ttls.negative) + slack;
  if (trace === "dnskey") {
    const seen = look?.servers.map((server) => (server.state === "answered" ? server.dnskeyTtl : 0)) ?? [];
    return Math.max(ttls.dnskey, ttls.negative, ...seen) + slack;
  }
  // The old DS set may have had a longer TTL than what stands there now; what it was seen with is in the facts.
  const before = keys.flatMap(({ facts }) =>
    facts.flatMap((fact) =>
      fact.kind === "seen" && fact.evidence.trace === "ds" ? [fact.evidence.waitSeconds - slack] : [],
    ),
  );
  const floor = before.length === 0 ? policy.unmeasuredDsTtlSeconds : 0;
  return Math.max(floor, (look && dsTtlSeen(look)) ?? 0, ...before) + slack;
}
