import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { followChanges } from "../../engine/database/follow-changes.ts";
import type { Database } from "../../engine/database/schema.ts";
import { sampleQueries } from "../../engine/dns-server/query-log.ts";
import { QueryCounter, timedOf } from "../../engine/dns-server/query-statistics.ts";
import { createRateLimiter } from "../../engine/dns-server/rate-limit.ts";
import { createResponder, type QueryObserver } from "../../engine/dns-server/respond.ts";
import { createSigningBudget } from "../../engine/dns-server/signing-budget.ts";
import { startDnsServer } from "../../engine/dns-server/server.ts";
import { disk } from "../../engine/zone-store/disk.ts";
import { ZoneStore } from "../../engine/zone-store/store.ts";
import { type NameServerReport, putReport, reportEverySeconds } from "../../service/name-server/report.ts";
import { expiringZones } from "../../service/dnssec/expiring.ts";
import { ServedZones } from "../../service/zone/served/served-zones.ts";
import { endpointText } from "../config-keys.ts";
import { cookieSecrets } from "../name-server/cookie-secrets.ts";
import type { Log } from "../log.ts";
import { followOverrides } from "../name-server/overrides.ts";
import { zonesReport } from "../name-server/zones.ts";
import { openConfiguredDatabase, zoneKekFileOf } from "../prepare.ts";
import { version } from "../version.ts";
import type { RoleContext, RunningRole } from "../role-context.ts";
import { watchContact } from "../name-server/secondary-contact.ts";
import { watchConfiguredSecondaries } from "../name-server/secondaries-watch.ts";
import { openSigningClock } from "../signing-clock.ts";
import { ZoneSignings } from "../name-server/zone-signings.ts";
import { startTransfers } from "../name-server/transfers.ts";

const retrySecondsMax = 10;
const signaturesWatchedEveryMs = 3_600_000;

/**
 * The authoritative name server. It answers from its own snapshot file, which is there before the database is asked for
 * anything, and takes over what the database says only once that is on disk. With no snapshot it answers REFUSED: an empty
 * zone would tell the world that keys do not exist.
 */
export async function startNameServer({ loaded, directory, log }: RoleContext): Promise<RunningRole> {
  const store = await ZoneStore.open({
    disk,
    path: directory.zoneSnapshot,
    onProblem: (problem) => log.error({ problem }, "the journal of zones grows on"),
  });
  for (const problem of store.problems) log.error({ problem }, "a file of zones cannot be used as it is");
  const { config } = loaded;
  const signings = await ZoneSignings.open(directory.zoneKeys, zoneKekFileOf(loaded, directory), log);
  const node = config["dns.nsid"] ?? hostname();
  const served = new ServedZones({ store, node: `${hostname()}:${directory.root}`, log });
  const statistics = new QueryCounter();
  const { host, port } = config["dns.listen"];
  const responsesPerSecond = config["dns.rate_limit"];
  const limiter = createRateLimiter({ responsesPerSecond, slip: 2 }, monotonicMs);
  const nsid = node === "none" ? undefined : new TextEncoder().encode(node);
  const contact = watchContact(config, served, log);
  const { asked } = contact;
  const transfers = startTransfers({ config, served: () => served.now, nsid, now: epochSeconds, asked, log });
  const secondaries = watchConfiguredSecondaries(config, served, transfers.tell, log);
  served.onChange = (origins) => {
    transfers.tell(origins);
    secondaries.changed(origins);
  };
  transfers.tell([...served.zones.keys()]); // what changed while we were away, nobody has heard
  const server = await startDnsServer({
    listen: [{ host, port }],
    answer: createResponder({
      served: () => signings.served(served.now),
      now: openSigningClock(directory.signingClock, log),
      limiter,
      signingBudgets: { anyone: createSigningBudget(monotonicMs), proven: createSigningBudget(monotonicMs) },
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
    limits: { connectionsMax: config["dns.tcp_connections"] },
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
    ...zonesReport(served),
    queries: statistics.read(),
    copies: secondaries.report(),
    visible: secondaries.visible(),
    silent: contact.lost(),
    notCopied: secondaries.signedHere(),
  });
  const watching = watchSignatures(served, log);
  const overriding = followOverrides(directory.zoneOverrides, served, log, stop.signal);
  const following = follow(() => openConfiguredDatabase(loaded, directory), served, signings, report, log, stop.signal);
  return {
    listening: listen,
    close: async () => {
      stop.abort();
      clearInterval(watching);
      contact.close();
      await server.close();
      await Promise.all([following, overriding]);
      await transfers.close();
      await secondaries.close();
      await served.close();
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

/** Signatures that travelled with their zones are made elsewhere: that none of them ends is looked at here, database or not (F-29). */
function watchSignatures(served: ServedZones, log: Log): NodeJS.Timeout {
  const look = (): void => {
    const zones = [...served.zones.values()].map(({ zone }) => zone);
    for (const { origin, expiresAt } of expiringZones(zones, epochSeconds()))
      log.error(
        { origin, expiresAt },
        "the signatures of a zone end soon: is the controller running, and the database there?",
      );
  };
  look();
  return setInterval(look, signaturesWatchedEveryMs);
}

const monotonicMs = (): number => performance.now();
const epochSeconds = (): number => Math.floor(Date.now() / 1000);

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
      const reported = reportAgainAndAgain(db, served, report, AbortSignal.any([signal, reporting.signal]));
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
            const keys = await signings.read(db, change.after);
            await served.take(db, change, epochSeconds(), (held) => keys.use(held));
            await keys.settle((origin) => served.zones.has(origin));
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
      await pause(delaySeconds * 1000, undefined, { signal }).catch(() => {}); // aborted: the loop ends
    }
  }
}

/** Tells the database what there is to tell of this name server; while it is away nobody is told. */
async function reportAgainAndAgain(
  db: Database,
  served: ServedZones,
  report: () => NameServerReport,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await putReport(db, report());
      await served.reportFloors(db, epochSeconds());
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
    }
    await pause(reportEverySeconds * 1000, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}
