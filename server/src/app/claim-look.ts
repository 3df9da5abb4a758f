import { readName, readTxt, TYPE } from "chancery/dns";
import { createStubResolver } from "../engine/resolver/stub.ts";
import type { ServerAnswer } from "../model/rotation/chain-observation.ts";
import type { ObserveDeps } from "../service/onboarding/observe.ts";
import type { TrustedTime } from "../service/lifecycle/trusted-time.ts";
import type { Config } from "./config-keys.ts";
import { observerOf } from "./observer.ts";
import { timingPolicy } from "./onboarding-settings.ts";

const vantageMs = 5000;

/** How claims are looked at with these settings. */
export const claimLookOf = (config: Config, now: () => number, trustedTime: TrustedTime): ObserveDeps => ({
  observe: observerOf(config),
  elsewhere: (name) => askVantagePoints(config, name),
  now,
  trustedMs: () => trustedTime.readMs(),
  policy: timingPolicy(config),
});

/** What each resolver of `resolver.vantage_points` says of a TXT, over its own way to the authoritative servers. */
function askVantagePoints(config: Config, name: string): Promise<ServerAnswer[]> {
  return Promise.all(
    (config["resolver.vantage_points"] ?? []).map(async ({ host, port }): Promise<ServerAnswer> => {
      const resolver = createStubResolver({ servers: [{ address: host, port }] });
      const seen = await resolver.lookup(name, TYPE.TXT, AbortSignal.timeout(vantageMs));
      const at = { address: `resolver ${host}`, transport: "udp" } as const;
      if (seen.outcome === "unknown") return { ...at, said: { kind: "unknown", reason: seen.reason } };
      const aliases = seen.aliases.map(({ target, ttl }) => ({
        type: "CNAME" as const,
        ttlSeconds: ttl,
        data: target,
      }));
      const texts = seen.records.map(({ type, data, ttl }) =>
        type === TYPE.TXT
          ? { type: "TXT" as const, ttlSeconds: ttl, data: readTxt(data).join("") }
          : { type: "CNAME" as const, ttlSeconds: ttl, data: readName(data) },
      );
      return { ...at, said: { kind: "answer", authoritative: false, records: [...aliases, ...texts] } };
    }),
  );
}
