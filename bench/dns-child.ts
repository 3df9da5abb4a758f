import { answer, zoneSet } from "chancery/dns";
import { startDnsServer } from "../server/src/engine/dns-server/server.ts";
import { keyZone } from "./dns-keys.ts";

/** The server under load, in a process of its own: what it uses is all that is counted. Says its port, then serves until it is killed. */
const started = performance.now();
const zones = zoneSet([keyZone(Number(process.argv[2]))]);
const built = performance.now();
const server = await startDnsServer({
  listen: [{ host: "127.54.17.56", port: 0 }],
  answer: (query, { transport }) => answer(zones, query, transport),
});
process.send?.({ port: server.port, buildSeconds: (built - started) / 1000 });
