// The server under load, in a process of its own: what it uses is all that is counted. Starts from a snapshot of one zone as a name server
// does, with cookies, rate limiting and metrics; says its port, then serves until it is killed.
import { parseCookieSecret, zoneSet, zoneTransfer } from "chancery/dns";
import { dirname } from "node:path";
import { QueryCounter, timedOf } from "../../server/src/engine/dns-server/query-statistics.ts";
import { createRateLimiter } from "../../server/src/engine/dns-server/rate-limit.ts";
import { createResponder } from "../../server/src/engine/dns-server/respond.ts";
import { startDnsServer } from "../../server/src/engine/dns-server/server.ts";
import type { UdpMeans } from "../../server/src/engine/dns-server/udp/udp.ts";
import { disk } from "../../server/src/engine/zone-store/disk.ts";
import { loadStore } from "../../server/src/engine/zone-store/load.ts";
import { host } from "./ours.ts";

/** So many that the load of the benchmark is counted and not limited. */
const responsesPerSecond = 10_000_000;

const [path = "", udp = "batched-if-possible"] = process.argv.slice(2);
const started = performance.now();
const { state, problems } = await loadStore(disk, dirname(path), path);
const zone = [...(state?.zones.values() ?? [])][0]?.zone;
if (zone === undefined) throw new Error(problems.join("; "));
const served = { zones: zoneSet([zone]), history: () => [] };
const loadSeconds = (performance.now() - started) / 1000;

const secret = parseCookieSecret("000102030405060708090a0b0c0d0e0f");
if (!secret.ok) throw new Error(secret.problem);
const now = (): number => Math.floor(Date.now() / 1000);
const server = await startDnsServer({
  listen: [{ host, port: 0 }],
  udp: udp as UdpMeans,
  answer: createResponder({
    served: () => served,
    now,
    nsid: new TextEncoder().encode("bench"),
    cookies: { secrets: [secret.value], now },
    limiter: createRateLimiter({ responsesPerSecond, slip: 2 }, () => performance.now(), "limited"),
    // Anybody may have the zone here, as from the peers beside us.
    transfers: { respond: (question) => zoneTransfer(zone, { question, fullOctets: 65_535, octetsMax: 65_535 }) },
    observer: new QueryCounter(),
    timedOf,
  }),
});
const { user, system } = process.cpuUsage();
process.send?.({ port: server.port, loadSeconds, cpuSeconds: (user + system) / 1e6 });
