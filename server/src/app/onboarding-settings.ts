import { type TimingPolicy } from "../model/rotation/timing-policy.ts";
import { parseTimingPolicy } from "../model/rotation/timing-policy-parse.ts";
import type { DnsSettings } from "../model/delegation/delegation.ts";
import type { OnboardingSettings } from "../service/onboarding/claim.ts";
import type { Config } from "./config-keys.ts";
import { ConfigError } from "./config.ts";

/** Where we answer, or undefined until `dns.zone` is set. */
export const dnsSettings = (config: Config): DnsSettings | undefined =>
  config["dns.zone"] === undefined
    ? undefined
    : {
        zone: config["dns.zone"],
        nameservers: config["dns.nameservers"],
        ...(config["delegation.held_zone"] !== undefined && { heldZone: config["delegation.held_zone"] }),
      };

/** The durations that rotations depend on. Throws ConfigError that names what is wrong. */
export function timingPolicy(config: Config): TimingPolicy {
  const policy = parseTimingPolicy(config["rotation.policy"]);
  if (!policy.ok) throw new ConfigError(`rotation.policy: ${policy.problems.join("; ")}`);
  return policy.value;
}

const epochSeconds = (date: string | undefined): number | undefined =>
  date === undefined ? undefined : Date.parse(date) / 1000;

export function onboardingSettings(config: Config): OnboardingSettings {
  const { recordTtlSeconds, rotateAfterSeconds } = timingPolicy(config);
  return {
    dns: dnsSettings(config),
    label: config["delegation.label"],
    recordTtlSeconds,
    rotateAfterSeconds,
    selectorTemplate: config["delegation.selector_template"],
    heldZoneUntil: epochSeconds(config["delegation.held_zone_registered_until"]),
  };
}
