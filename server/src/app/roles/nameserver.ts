import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { type Zone, zoneSet } from "chancery/dns";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { followChanges, type Change } from "../../engine/database/follow-changes.ts";
import type { Database } from "../../engine/database/schema.ts";
import { sampleQueries } from "../../engine/dns-server/query-log.ts";
import { QueryCounter, timedOf } from "../../engine/dns-server/query-statistics.ts";
import { createRateLimiter } from "../../engine/dns-server/rate-limit.ts";
import { createResponder, type QueryObserver } from "../../engine/dns-server/respond.ts";
import type { Served } from "../../engine/dns-server/served.ts";
import { startDnsServer } from "../../engine/dns-server/server.ts";
import { loadSnapshot, regressOf, saveSnapshot, type Snapshot } from "../../engine/dns-server/snapshot.ts";
import { type NameServerReport, putReport, reportEverySeconds, serialsMax } from "../../service/name-server/report.ts";
import { readZones } from "../../service/zone/follow.ts";
import { endpointText } from "../config-keys.ts";
import { cookieSecrets } from "../cookie-secrets.ts";
import type { DataDirectory } from "../data-directory.ts";
import type { Log } from "../log.ts";
import { openConfiguredDatabase, zoneKekFileOf } from "../prepare.ts";
import { version } from "../version.ts";
import type { RoleContext, RunningRole } from "../role-context.ts";
import { ZoneSignings } from "../zone-signings.ts";
import { startTransfers } from "../transfers.ts";

const retrySecondsMax = 10;

/**
 * The authoritative name server. It answers from its own snapshot file, which is there before the database is asked for
 * anything, and takes over what the database says only once that is on disk. With no snapshot it answers REFUSED: an empty
 * zone would tell the world that keys do not exist.
 */
export async function startNameServer({ loaded, directory, log }: RoleContext): Promise<RunningRole> {
  const { snapshot, problems } = await loadSnapshot(directory.zoneSnapshot);
  for (const problem of problems) log.error({ problem }, "a zone snapshot cannot be used");
  const served = new ServedZones(directory, log, snapshot);
  const { config } = loaded;
  const signings = await ZoneSignings.open(directory.zoneKeys, zoneKekFileOf(loaded, directory), log);
  const node = config["dns.nsid"] ?? hostname();
  const statistics = new QueryCounter();
  const { host, port } = config["dns.listen"];
  const responsesPerSecond = config["dns.rate_limit"];
  const limiter = createRateLimiter({ responsesPerSecond, slip: 2 }, () => performance.now());
  const nsid = node === "none" ? undefined : new TextEncoder().encode(node);
  const transfers = startTransfers({ config, served: () => served.now, nsid, now: epochSeconds, log });
  served.onChange = transfers.tell;
  transfers.tell(snapshot?.zones.map(({ origin }) => origin) ?? []); // what changed while we were away, nobody has heard
  const server = await startDnsServer({
    listen: [{ host, port }],
    answer: createResponder({
      served: () => signings.served(served.now),
      now: signings.now,
      limiter,
      cookies: {
        secrets: cookieSecrets(config["dns.cookie_secrets"], directory.cookieSecret, log),
        now: epochSeconds,
      },
      anyOverTcp: config["dns.any_over_tcp"],
      ...(nsid && { nsid }),
      transfers: transfers.responder,
      observer: observed(statistics, config["dns.query_log"], log),
      timedOf,
    }),
    onError: (error) => log.warn({ error: String(error) }, "a socket failed"),
  });
  const stop = new AbortController();
  const listen = endpointText({ host, port: server.port });
  const startedAt = epochSeconds();
  const report = (): NameServerReport => ({
    node: node === "none" ? hostname() : node,
    version,
    listen,
    startedAt,
    at: epochSeconds(),
    ...served.report(),
    queries: statistics.read(),
  });
  const following = follow(() => openConfiguredDatabase(loaded, directory), served, signings, report, log, stop.signal);
  return {
    listening: listen,
    close: async () => {
      stop.abort();
      await server.close();
      await following;
      await transfers.close();
    },
  };
}

/** Counts, and logs a sample where that is wanted. */
function observed(statistics: QueryCounter, loggedOf: number, log: Log): QueryObserver {
  if (loggedOf === 0) return statistics;
  const sample = sampleQueries(
    loggedOf,
    () => performance.now(),
    (query) => log.info(query, "query"),
  );
  return {
    answered: (facts, via, verdict, query) => {
      statistics.answered(facts, via, verdict);
      sample(facts, via, verdict, query);
    },
    timed: (microseconds) => statistics.timed(microseconds),
  };
}

const epochSeconds = (): number => Math.floor(Date.now() / 1000);

/** What is answered from, and how it is replaced. */
class ServedZones {
  now: Served;
  /** Told of the zones that are others now. */
  onChange: (origins: readonly string[]) => void = () => {};
  #snapshot: Snapshot | undefined;
  #notReady: readonly string[] = [];
  readonly #directory: DataDirectory;
  readonly #log: Log;

  constructor(directory: DataDirectory, log: Log, snapshot: Snapshot | undefined) {
    this.#directory = directory;
    this.#log = log;
    this.#snapshot = snapshot;
    this.now = withoutHistory(zoneSet(snapshot?.zones ?? []));
  }

  /** What a report tells of the zones. */
  report(): Pick<NameServerReport, "zones" | "notReady" | "serials"> {
    const zones = this.#snapshot?.zones ?? [];
    const first = zones.map(({ origin, serial }) => [origin, serial] as const).sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      zones: zones.length,
      notReady: this.#notReady.slice(0, 100),
      serials: Object.fromEntries(first.slice(0, serialsMax)),
    };
  }

  /** Takes a change of the database over: on disk first, then in answers. What would go back in time is refused (D1, I-10). */
  async take(db: Database, { after, upTo }: Change): Promise<void> {
    const { changed, removed, unservable } = await readZones(db, after);
    for (const { origin, problem } of unservable)
      this.#log.error({ origin, problem }, "a zone cannot be served; its last good version stays");
    const next = new Map<string, Zone>(after === 0 ? [] : this.#snapshot?.zones.map((zone) => [zone.origin, zone]));
    for (const origin of removed) next.delete(origin);
    for (const zone of changed) next.set(zone.origin, zone);
    for (const { origin } of unservable) {
      const good = this.#snapshot?.zones.find((zone) => zone.origin === origin);
      if (good !== undefined) next.set(origin, good);
    }
    const zones = [...next.values()];
    if (sameVersions(zones, this.#snapshot?.zones ?? [])) return;
    const snapshot = { generation: upTo, zones };
    const regress = regressOf(this.#snapshot, snapshot);
    // Both are outages of a kind: what was not taken over is asked for again, all of it, until it can be.
    if (regress !== undefined)
      throw new DatabaseUnavailable(`it is older than what is served (${regress}); the zones stay as they are`);
    try {
      await saveSnapshot(this.#directory.zoneSnapshot, snapshot);
    } catch (error) {
      throw new DatabaseUnavailable(
        `the zone snapshot cannot be written (${(error as Error).message}); the zones stay as they are`,
        { cause: error },
      );
    }
    const before = new Map(this.#snapshot?.zones.map(({ origin, serial }) => [origin, serial]));
    this.#snapshot = snapshot;
    this.#notReady = unservable.map(({ origin }) => origin).filter((origin) => !next.has(origin));
    this.now = withoutHistory(zoneSet(zones, this.#notReady));
    this.#log.info({ generation: upTo, zones: zones.length }, "zones");
    this.onChange(zones.filter(({ origin, serial }) => before.get(origin) !== serial).map(({ origin }) => origin));
  }
}

const withoutHistory = (zones: Served["zones"]): Served => ({ zones, history: () => [] });

const sameVersions = (a: readonly Zone[], b: readonly Zone[]): boolean => {
  const serials = new Map(b.map(({ origin, serial }) => [origin, serial]));
  return a.length === b.length && a.every(({ origin, serial }) => serials.get(origin) === serial);
};

/** Follows the database for as long as the name server runs; a database that is away is waited for. */
async function follow(
  open: () => Promise<Database>,
  served: ServedZones,
  signings: ZoneSignings,
  report: () => NameServerReport,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  for (let delaySeconds = 0.25; !signal.aborted; delaySeconds = Math.min(delaySeconds * 2, retrySecondsMax)) {
    try {
      const db = await open();
      const reporting = new AbortController();
      const reported = reportAgainAndAgain(db, report, AbortSignal.any([signal, reporting.signal]));
      try {
        await followChanges(
          db,
          {
            signal,
            onOutage: (outage) =>
              log.warn(
                outage.state === "away" ? { problem: outage.error.message } : {},
                outage.state === "away"
                  ? "the zones cannot be brought up to date; the last ones stay"
                  : "the zones are followed again",
              ),
          },
          async (change) => {
            await signings.take(db, change.after);
            await served.take(db, change);
          },
        );
      } finally {
        reporting.abort();
        await reported;
        await db.destroy();
      }
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      log.warn({ problem: error.message, delaySeconds }, "the database is away; answering from the snapshot");
      await new Promise((resolve) => setTimeout(resolve, delaySeconds * 1000));
    }
  }
}

/** Tells the database what there is to tell of this name server; while it is away nobody is told. */
async function reportAgainAndAgain(db: Database, report: () => NameServerReport, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await putReport(db, report());
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
    }
    await pause(reportEverySeconds * 1000, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}
