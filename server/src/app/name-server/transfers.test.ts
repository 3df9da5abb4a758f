import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildZone,
  formatMessage,
  parseZoneFile,
  signRequest,
  TYPE,
  zoneSet,
  type Zone,
  plainQuery,
} from "chancery/dns";
import { afterAll, expect, test } from "vitest";
import type { Via } from "../../engine/dns-server/answer-query.ts";
import { type LoadedConfig, loadConfig, reread } from "../config.ts";
import { startTransfers } from "./transfers.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-transfers-"));
afterAll(() => rmSync(folder, { recursive: true }));
const secret = Buffer.alloc(32, 0x5a).toString("base64");
writeFileSync(
  join(folder, "chancery.yaml"),
  `dns:
  tsig_keys: [{name: ns2-key, secret: "${secret}"}]
  secondaries: [{name: ns2, addresses: [192.0.2.2], keys: [ns2-key]}]
`,
);
const loaded = loadConfig({ environment: {}, file: join(folder, "chancery.yaml") });
/** What a role gets: the configuration comes to it as JSON. */
const atRole = reread(JSON.parse(JSON.stringify(loaded)) as LoadedConfig);

const origin = "example.com";
const records = parseZoneFile("@ 60 SOA ns h 1 7200 900 1209600 300\n@ 60 NS ns", { origin });
const built = buildZone(origin, records.ok ? records.value : []);
const zone: Zone = built.ok ? built.value : expect.fail(built.problem);

const query = formatMessage(plainQuery(origin, TYPE.AXFR, { id: 7 }));
const viaOf = (last: number): Via => ({
  transport: "tcp",
  from: `192.0.2.${last}`,
  octets: Uint8Array.of(192, 0, 2, last),
});

test("a role signs and checks with the keys of the configuration, and the log has no secret and few lines of what it refuses", async () => {
  const lines: string[] = [];
  const take =
    (level: string) =>
    (fields: object, message: string): unknown =>
      lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log = { error: take("error"), warn: take("warn"), info: take("info"), debug: take("debug") };
  let seconds = 1_795_000_000;
  const transfers = startTransfers({
    config: atRole.config,
    served: () => ({ zones: zoneSet([zone]), history: () => [] }),
    nsid: undefined,
    asked: () => {},
    now: () => seconds,
    log,
  });
  const [key] = loaded.config["dns.tsig_keys"];
  const signed = signRequest(query, key!, seconds).message;
  const reply = transfers.responder.respond(signed, viaOf(2));
  expect([...(reply as Iterable<Uint8Array>)]).toHaveLength(1);
  expect(lines.splice(0)).toEqual([expect.stringMatching(/^info a zone was transferred .*"secondary":"ns2"/)]);

  for (let last = 0; last < 200; last++) {
    transfers.responder.respond(query, viaOf(last));
    transfers.responder.respond(query, viaOf(last));
  }
  transfers.responder.respond(signed, viaOf(9));
  expect(lines).toHaveLength(30);
  expect(new Set(lines).size).toBe(30);
  seconds += 60;
  transfers.responder.respond(query, viaOf(1));
  expect(lines).toHaveLength(31);
  expect(lines.join("\n")).not.toContain(secret);
  await transfers.close();
});
