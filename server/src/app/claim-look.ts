import { rdataText, readName, readTxt, TYPE, typeName } from "chancery/dns";
import { observeAtAuthorities } from "../engine/resolver/authorities/authorities.ts";
import { delegationsOfOneLook } from "../engine/resolver/delegation-cache.ts";
import { createIterativeResolver } from "../engine/resolver/iterative.ts";
import type { Lookup } from "../engine/resolver/resolution.ts";
import { createStubResolver } from "../engine/resolver/stub.ts";
import type { ServerAnswer } from "../model/rotation/chain-observation.ts";
import { lookUpChain } from "../service/audit/chain.ts";
import { limitedLookup } from "../service/audit/limited-lookup.ts";
import { openNames } from "../service/lifecycle/open-names.ts";
import type { ObserveDeps } from "../service/onboarding/observe.ts";
import type { TrustedTime } from "../service/lifecycle/trusted-time.ts";
import type { Config } from "./config-keys.ts";
import { iterativeOptions, observerOf } from "./observer.ts";
import { timingPolicy } from "./onboarding-settings.ts";

const vantageMs = 5000;

/** What one look at a claim may ask beside its own records. */
const beside = { queriesMax: 200, questionMs: 3000, totalMs: 4500 };

/** How a claim is looked at with these settings. What it is given lasts for one look. */
export const claimLookOf = (config: Config, now: () => number, trustedTime: TrustedTime): ObserveDeps => ({
  observe: observerOf(config),
  ...followerOf(config),
  openDomains: openDomainsOf(config),
  elsewhere: (name) => askVantagePoints(config, name),
  now,
  trustedMs: () => trustedTime.readMs(),
  policy: timingPolicy(config),
});

/** The time runs from the first question on. */
function followerOf(config: Config): Pick<ObserveDeps, "follow" | "addresses"> {
  const delegations = delegationsOfOneLook();
  let limited: Lookup | undefined;
  const lookup = (): Lookup =>
    (limited ??= limitedLookup(createIterativeResolver({ ...iterativeOptions(config), delegations }), beside));
  return {
    follow: (name) => lookUpChain(lookup(), name),
    addresses: async (name) => {
      const answers = await Promise.all([TYPE.A, TYPE.AAAA].map((type) => lookup().lookup(name, type)));
      return answers.flatMap(({ records }) =>
        records.map(({ type, data }) => `${typeName(type)} ${rdataText(type, data)}`),
      );
    },
  };
}

/** Nothing is open that was not seen to be before the time is over, which runs from the first question on. */
function openDomainsOf(config: Config): ObserveDeps["openDomains"] {
  let deadline: AbortSignal | undefined;
  return (names) => {
    const signal = (deadline ??= AbortSignal.timeout(beside.totalMs));
    return openNames(
      { observe: (name) => observeAtAuthorities(name, TYPE.TXT, iterativeOptions(config), signal) },
      names,
    );
  };
}

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
