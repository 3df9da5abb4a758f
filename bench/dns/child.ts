// The server under load, in a process of its own: what it uses is all that is counted. Starts from a snapshot of one zone as a name server
// does, with cookies, rate limiting and metrics; says its port, then serves until it is killed.
import { parseCookieSecret, readZone, zoneSet, zoneTransfer } from "chancery/dns";
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { QueryCounter, timedOf } from "../../server/src/engine/dns-server/query-statistics.ts";
import { createRateLimiter } from "../../server/src/engine/dns-server/rate-limit.ts";
import { createResponder } from "../../server/src/engine/dns-server/respond.ts";
import { startDnsServer } from "../../server/src/engine/dns-server/server.ts";
import { host } from "./ours.ts";
import type { UdpMeans } from "../../server/src/engine/dns-server/udp.ts";

/** So many that the load of the benchmark is counted and not limited. */
const responsesPerSecond = 10_000_000;

const [path = "", udp = "batched-if-possible"] = process.argv.slice(2);
const started = performance.now();
const file = openSync(path, "r");
const hash = createHash("sha256");
const zone = readZone((octets) => {
  const bytes = new Uint8Array(octets);
  if (readSync(file, bytes) !== octets) return undefined;
  hash.update(bytes);
  return bytes;
});
hash.digest();
closeSync(file);
if (!zone.ok) throw new Error(zone.problem);
const served = { zones: zoneSet([zone.value]), history: () => [] };
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
    transfers: { respond: (question) => zoneTransfer(zone.value, { question, fullOctets: 16_384, octetsMax: 65_535 }) },
    observer: new QueryCounter(),
    timedOf,
  }),
});
process.send?.({ port: server.port, loadSeconds });
