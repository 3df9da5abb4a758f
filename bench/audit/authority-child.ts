import { answer, zoneSet } from "chancery/dns";
import { startDnsServer } from "../../server/src/engine/dns-server/server.ts";
import { addresses, benchZones } from "./zones.ts";

/** The internet that is asked, in a process of its own. Says its port, then serves until it is killed. */
const zones = benchZones(Number(process.argv[2]));
let port = 0;
for (const [part, hosts] of Object.entries(addresses)) {
  const set = zoneSet(zones[part as keyof typeof addresses]);
  const server = await startDnsServer({
    listen: [hosts].flat().map((host) => ({ host, port })),
    answer: (query, { transport }) => answer(set, query, transport),
  });
  port = server.port;
}
process.send?.({ port });
