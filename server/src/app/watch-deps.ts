import { createIterativeResolver } from "../engine/resolver/iterative.ts";
import type { Lookup } from "../engine/resolver/resolution.ts";
import type { QueryBudget } from "../engine/resolver/session.ts";
import { createStubResolver, systemServers } from "../engine/resolver/stub.ts";
import type { ServerAddress } from "../engine/resolver/transport/datagram.ts";
import type { Database } from "../engine/database/schema.ts";
import { auditContextOf } from "../model/audit/context.ts";
import { nothingExpected } from "../model/audit/expectations.ts";
import { auditDomain } from "../service/audit/audit-domain.ts";
import { auditQueriesMax } from "../service/audit/budget.ts";
import type { WatchDeps, WatchSettings } from "../service/watch/deps.ts";
import { weakKeysOf } from "./cli/weak-keys.ts";
import type { Config } from "./config-keys.ts";
import type { LoadedConfig } from "./config.ts";
import { dnssecSourceOf, iterativeOptions, observerOf } from "./observer.ts";
import { shippedCatalogue } from "./provider-catalogue.ts";
import { configWithSettings } from "./settings.ts";

/** Of one audit, for the validation of DNSSEC. */
const validationQueriesMax = 60;

export const watchSettings = (config: Config): WatchSettings => ({
  intervalSeconds: config["watch.interval"],
  budget: {
    looks: config["watch.looks_per_day"],
    unprovenLooks: config["watch.unproven_looks_per_day"],
    queries: config["watch.queries_per_day"],
  },
});

/** The auditor and the observer as watching uses them. */
export function watchDeps({ db, loaded, owner }: { db: Database; loaded: LoadedConfig; owner: string }): WatchDeps {
  const config = async (): Promise<Config> => (await configWithSettings(db, loaded)).config;
  const isKnownWeak = weakKeysOf({});
  return {
    db,
    owner,
    now: () => Math.floor(Date.now() / 1000),
    settings: async () => watchSettings(await config()),
    observe: async (name) => observerOf(await config())(name, "TXT"),
    audit: async ({ domain, now, expected, remembered, history }) => {
      const current = await config();
      const resolvers = resolversOf(current);
      const asked = counted(
        resolvers.length === 0
          ? createIterativeResolver(iterativeOptions(current))
          : createStubResolver({ dnssecOk: true, servers: resolvers }),
      );
      const dnssec = dnssecSourceOf(current);
      const [survey, validation] = [budgetOf(auditQueriesMax), budgetOf(validationQueriesMax)];
      const { evidence, audit } = await auditDomain({
        domain,
        now,
        lookup: asked,
        dns: "network",
        vantage: { resolvers, iterative: { ...iterativeOptions(current), budget: survey.budget } },
        ...(dnssec && { dnssec: { ...dnssec, iterative: { ...dnssec.iterative, budget: validation.budget } } }),
        expectations: { ...nothingExpected, selectors: expected },
        named: { history: remembered },
        history,
        context: auditContextOf(shippedCatalogue(), { isKnownWeak }),
      });
      const { score } = audit.score;
      const queries = asked.questions() + survey.spent() + validation.spent();
      return { evidence, audit, queries, ...(score !== undefined && { score }) };
    },
  };
}

/**
 * The resolvers that the settings name, else those of the system; none where there is a private root alone, which is asked
 * itself. Nobody's public resolver is asked on a schedule.
 */
export function resolversOf(config: Config): ServerAddress[] {
  const named = config["resolver.servers"]?.map(({ host, port }) => ({ address: host, port }));
  return named ?? (config["resolver.root"] === undefined ? systemServers() : []);
}

function budgetOf(queries: number): { budget: QueryBudget; spent: () => number } {
  const budget: QueryBudget = { queriesLeft: queries };
  return { budget, spent: () => queries - Math.max(0, budget.queriesLeft) };
}

/** Counts what one audit asks. */
function counted(lookup: Lookup): Lookup & { questions: () => number } {
  let questions = 0;
  return {
    questions: () => questions,
    lookup: (name, type, signal) => {
      questions++;
      return lookup.lookup(name, type, signal);
    },
  };
}
