import { buildZone, zoneSet } from "chancery/dns";
import { createResponder } from "../../server/src/engine/dns-server/respond.ts";
import { startDnsServer } from "../../server/src/engine/dns-server/server.ts";
import { createTransferResponder } from "../../server/src/engine/dns-transfer/respond.ts";
import { origin, recordsOf, transferKey } from "./zone.ts";

/** Our server, in a process of its own. Says its port, then serves until it is killed. */
const host = "127.54.17.58";
const zone = buildZone(origin, recordsOf(Number(process.argv[2])));
if (!zone.ok) throw new Error(zone.problem);
const zones = zoneSet([zone.value]);
const served = () => ({ zones, history: () => [] });
const key = transferKey();
const transfers = createTransferResponder({
  served,
  keys: [key],
  secondaries: [{ name: "bench", addresses: [{ host: "127.0.0.1", port: 53 }], keys: [key] }],
  now: () => Date.now() / 1000,
  onEvent: () => {},
});
const { port } = await startDnsServer({ listen: [{ host, port: 0 }], answer: createResponder({ served, transfers }) });
process.send?.({ host, port });
