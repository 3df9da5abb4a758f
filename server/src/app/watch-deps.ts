import { TtlCache } from "../engine/resolver/cache.ts";
import { createIterativeResolver } from "../engine/resolver/iterative.ts";
import type { Delegation } from "../engine/resolver/resolution.ts";
import type { DelegationStore, QueryBudget } from "../engine/resolver/session.ts";
import type { Database } from "../engine/database/schema.ts";
import { defaultAuditPolicy } from "../model/audit/check.ts";
import { nothingExpected } from "../model/audit/expectations.ts";
import { auditDomain } from "../service/audit/audit-domain.ts";
import type { WatchDeps, WatchSettings } from "../service/watch/deps.ts";
import { weakKeysOf } from "./cli/weak-keys.ts";
import type { Config } from "./config-keys.ts";
import type { LoadedConfig } from "./config.ts";
import { iterativeOptions, observerOf } from "./observer.ts";
import { shippedCatalogue } from "./provider-catalogue.ts";
import { configWithSettings } from "./settings.ts";

/** Of one audit. */
const queriesMax = 200;
const delegationsMax = 10_000;
const delegationOctetsMax = 16 * 1024 * 1024;
const delegationSecondsMax = 3600;

export const watchSettings = (config: Config): WatchSettings => ({
  intervalSeconds: config["watch.interval"],
  budget: {
    looks: config["watch.looks_per_day"],
    unprovenLooks: config["watch.unproven_looks_per_day"],
    queries: config["watch.queries_per_day"],
  },
});

/** The auditor and the observer as watching uses them: they ask authoritative servers, since a cache would repeat itself. */
export function watchDeps({ db, loaded, owner }: { db: Database; loaded: LoadedConfig; owner: string }): WatchDeps {
  const config = async (): Promise<Config> => (await configWithSettings(db, loaded)).config;
  const delegations = delegationStore();
  const isKnownWeak = weakKeysOf({});
  return {
    db,
    owner,
    now: () => Math.floor(Date.now() / 1000),
    settings: async () => watchSettings(await config()),
    observe: async (name) => observerOf(await config())(name, "TXT"),
    audit: async ({ domain, now, expected, remembered, history }) => {
      const budget: QueryBudget = { queriesLeft: queriesMax };
      const { evidence, audit } = await auditDomain({
        domain,
        now,
        lookup: createIterativeResolver({ ...iterativeOptions(await config()), delegations, budget }),
        dns: "network",
        expectations: { ...nothingExpected, selectors: expected },
        named: { history: remembered },
        history,
        context: { policy: defaultAuditPolicy, isKnownWeak, catalogue: shippedCatalogue() },
      });
      return { evidence, audit, queries: queriesMax - Math.max(0, budget.queriesLeft) };
    },
  };
}

/** Many watched domains lie in few zones: who serves `com` is asked once an hour, and not for each of them. */
function delegationStore(): DelegationStore {
  const kept = new TtlCache<Delegation>({
    entriesMax: delegationsMax,
    octetsMax: delegationOctetsMax,
    octetsOf: (delegation) => JSON.stringify(delegation).length,
  });
  return {
    get: (apex) => kept.get(apex)?.value,
    keep: (delegation) => kept.set(delegation.apex, delegation, Math.min(delegation.ttl, delegationSecondsMax)),
  };
}
