import { hostname } from "node:os";
import { type Zone, zoneSet } from "chancery/dns";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { followChanges, type Change } from "../../engine/database/follow-changes.ts";
import type { Database } from "../../engine/database/schema.ts";
import { createRateLimiter } from "../../engine/dns-server/rate-limit.ts";
import { createResponder } from "../../engine/dns-server/respond.ts";
import type { Served } from "../../engine/dns-server/served.ts";
import { startDnsServer } from "../../engine/dns-server/server.ts";
import { loadSnapshot, regressOf, saveSnapshot, type Snapshot } from "../../engine/dns-server/snapshot.ts";
import { readZones } from "../../service/zone/follow.ts";
import { endpointText } from "../config-keys.ts";
import type { DataDirectory } from "../data-directory.ts";
import type { Log } from "../log.ts";
import { openConfiguredDatabase } from "../prepare.ts";
import type { RoleContext, RunningRole } from "../role-context.ts";

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
  const nsid = new TextEncoder().encode(hostname());
  const { host, port } = loaded.config["dns.listen"];
  const responsesPerSecond = loaded.config["dns.rate_limit"];
  const limiter = createRateLimiter({ responsesPerSecond, slip: 2 }, () => performance.now());
  const server = await startDnsServer({
    listen: [{ host, port }],
    answer: createResponder({ served: () => served.now, nsid, limiter }),
    onError: (error) => log.warn({ error: String(error) }, "a socket failed"),
  });
  const stop = new AbortController();
  const following = follow(() => openConfiguredDatabase(loaded, directory), served, log, stop.signal);
  return {
    listening: endpointText({ host, port: server.port }),
    close: async () => {
      stop.abort();
      await server.close();
      await following;
    },
  };
}

/** What is answered from, and how it is replaced. */
class ServedZones {
  now: Served;
  #snapshot: Snapshot | undefined;
  readonly #directory: DataDirectory;
  readonly #log: Log;

  constructor(directory: DataDirectory, log: Log, snapshot: Snapshot | undefined) {
    this.#directory = directory;
    this.#log = log;
    this.#snapshot = snapshot;
    this.now = withoutHistory(zoneSet(snapshot?.zones ?? []));
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
    this.#snapshot = snapshot;
    this.now = withoutHistory(
      zoneSet(
        zones,
        unservable.map(({ origin }) => origin).filter((origin) => !next.has(origin)),
      ),
    );
    this.#log.info({ generation: upTo, zones: zones.length }, "zones");
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
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  for (let delaySeconds = 0.25; !signal.aborted; delaySeconds = Math.min(delaySeconds * 2, retrySecondsMax)) {
    try {
      const db = await open();
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
          (change) => served.take(db, change),
        );
      } finally {
        await db.destroy();
      }
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      log.warn({ problem: error.message, delaySeconds }, "the database is away; answering from the snapshot");
      await new Promise((resolve) => setTimeout(resolve, delaySeconds * 1000));
    }
  }
}
