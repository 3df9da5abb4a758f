import { type TimingPolicy } from "../model/timing-policy.ts";
import { parseTimingPolicy } from "../model/timing-policy-parse.ts";
import type { DnsSettings } from "../model/delegation.ts";
import type { OnboardingSettings } from "../service/onboarding/claim.ts";
import type { Config } from "./config-keys.ts";
import { ConfigError } from "./config.ts";

/** Where we answer, or undefined until `dns.zone` is set. */
export const dnsSettings = (config: Config): DnsSettings | undefined =>
  config["dns.zone"] === undefined ? undefined : { zone: config["dns.zone"], nameservers: config["dns.nameservers"] };

/** The durations that rotations depend on. Throws ConfigError that names what is wrong. */
export function timingPolicy(config: Config): TimingPolicy {
  const policy = parseTimingPolicy(config["rotation.policy"]);
  if (!policy.ok) throw new ConfigError(`rotation.policy: ${policy.problems.join("; ")}`);
  return policy.value;
}

export function onboardingSettings(config: Config): OnboardingSettings {
  const { recordTtlSeconds, rotateAfterSeconds } = timingPolicy(config);
  return { dns: dnsSettings(config), label: config["delegation.label"], recordTtlSeconds, rotateAfterSeconds };
}
