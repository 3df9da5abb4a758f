import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatMessage, tsigKeyFromText, TYPE, type TsigKey, plainQuery } from "chancery/dns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listPushes } from "../../server/src/engine/database/zone-pushes.ts";
import { removeRecords } from "../../server/src/engine/database/records.ts";
import { transact } from "../../server/src/engine/database/transact.ts";
import { findZoneByOrigin, removeZone } from "../../server/src/engine/database/zones.ts";
import { openDatabase } from "../../server/src/engine/database/open.ts";
import type { Database } from "../../server/src/engine/database/schema.ts";
import { powerDnsPusher } from "../../server/src/engine/dns-push/powerdns.ts";
import { rfc2136Pusher } from "../../server/src/engine/dns-push/rfc2136.ts";
import type { Pusher } from "../../server/src/engine/dns-push/target.ts";
import { makeLog } from "../../server/src/app/log.ts";
import { runPusher } from "../../server/src/app/roles/pusher.ts";
import { importZone } from "../../server/src/service/zone/import.ts";
import { pushZone, type Pushed } from "../../server/src/service/zone/push.ts";
import { eventually, run } from "../rig/peer.ts";
import { type DnsPeer, type DnsPeerRecipe, freePort, startDnsPeer } from "./dns-peer.ts";

/** Zones pushed into name servers that somebody else runs: BIND and Knot by dynamic update, PowerDNS by its API. */
const origin = "dkim.esp.example";
const theirs = `$ORIGIN ${origin}.
@ 60 SOA ns.their.example. root.their.example. 1 7200 900 1209600 60
@ 60 NS ns.their.example.
old 60 TXT "theirs"
`;
const secret = Buffer.alloc(32, 7).toString("base64");
const parsedKey = tsigKeyFromText({ name: "chancery", algorithm: "hmac-sha256", secret });
const key: TsigKey = parsedKey.ok ? parsedKey.value : expect.fail(parsedKey.problem);
const wrongKey = tsigKeyFromText({
  name: "chancery",
  algorithm: "hmac-sha256",
  secret: Buffer.alloc(32, 8).toString("base64"),
});
const now = (): number => Math.floor(Date.now() / 1000);

const bind: DnsPeerRecipe = {
  install: "bind9",
  host: "127.0.0.1", // BIND listens only on addresses that an interface has
  files: ({ directory, host, port }) => ({
    "zone.db": theirs,
    "named.conf": `options { directory "${directory}"; pid-file none; session-keyfile none; listen-on port ${port} { ${host}; }; listen-on-v6 { none; }; recursion no; };
controls { };
key chancery { algorithm hmac-sha256; secret "${secret}"; };
zone ${origin} { type primary; file "zone.db"; update-policy { grant chancery zonesub ANY; }; };`,
  }),
  command: ({ directory }) => ["named", "-g", "-c", `${directory}/named.conf`],
  complaint: /not loaded due to errors/,
};
const knot: DnsPeerRecipe = {
  install: "knot",
  host: "127.54.21.2",
  files: ({ directory, host, port }) => ({
    [`${origin}.zone`]: theirs,
    "knot.conf": `server:
  rundir: "${directory}"
  listen: ${host}@${port}
database:
  storage: "${directory}"
key:
  - id: chancery
    algorithm: hmac-sha256
    secret: "${secret}"
acl:
  - id: chancery
    key: chancery
    action: update
zone:
  - domain: ${origin}
    storage: "${directory}"
    acl: chancery
`,
  }),
  command: ({ directory }) => ["knotd", "-c", `${directory}/knot.conf`],
  complaint: /zone file .* error/i,
};
const apiKey = "an-api-key-for-tests";
let apiPort = 0;
const makeDatabase = `new (require("node:sqlite").DatabaseSync)(process.argv[1]).exec(require("node:fs").readFileSync("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql","utf8"))`;
const powerDns: DnsPeerRecipe = {
  install: "pdns-server pdns-backend-sqlite3",
  host: "127.54.21.3",
  files: ({ directory, host, port }) => ({
    "zone.db": theirs,
    "pdns.conf": `launch=gsqlite3
gsqlite3-database=${directory}/pdns.sqlite
local-address=${host}:${port}
socket-dir=${directory}
setuid=
setgid=
daemon=no
guardian=no
api=yes
api-key=${apiKey}
webserver=yes
webserver-address=${host}
webserver-port=${apiPort}
webserver-allow-from=127.0.0.0/8
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
`,
  }),
  // Its database is made by its own program; then it serves.
  command: ({ directory }) => [
    "sh",
    "-c",
    `${process.execPath} -e '${makeDatabase}' ${directory}/pdns.sqlite && pdnsutil --config-dir=${directory} load-zone ${origin} ${directory}/zone.db && exec pdns_server --config-dir=${directory}`,
  ],
  complaint: /\bFatal\b/,
};

const probe = formatMessage(plainQuery(origin, TYPE.SOA, { id: 1 }));

const root = mkdtempSync(join(tmpdir(), "chancery-push-"));
const peers = new Map<string, DnsPeer>();
const databases: Database[] = [];

beforeAll(async () => {
  apiPort = await freePort(powerDns.host);
  for (const [name, recipe] of [
    ["BIND", bind],
    ["Knot", knot],
    ["PowerDNS", powerDns],
  ] as const)
    peers.set(name, await startDnsPeer(recipe, probe));
}, 60_000);
afterAll(async () => {
  await Promise.all([...peers.values()].map((peer) => peer.close()));
  await Promise.all(databases.map((db) => db.destroy()));
  rmSync(root, { recursive: true });
});

function pusherOf(name: string, signing: TsigKey | undefined = key): Pusher {
  const { host, port } = peers.get(name)!;
  return name === "PowerDNS"
    ? powerDnsPusher({ by: "powerdns", url: `http://${host}:${apiPort}`, server: "localhost", apiKey })
    : rfc2136Pusher({ by: "rfc2136", address: host, port, key: signing }, now);
}

async function dig(name: string, owner: string, type: string): Promise<string[]> {
  const { host, port } = peers.get(name)!;
  const { stdout } = await run("dig", [`@${host}`, "-p", String(port), "+short", "+tcp", owner, type]);
  return stdout.split("\n").filter(Boolean).sort();
}

/** A Chancery with this zone, and a push of it. */
async function chancery(name: string, label: string) {
  const db = await openDatabase({ file: join(root, `${name}-${label}`) });
  databases.push(db);
  let clock = now();
  const target = { target: label, owner: "test" };
  return {
    db,
    serve: (lines: string) =>
      importZone(
        db,
        origin,
        `@ 60 SOA ns.esp.example. h.esp.example. 1 7200 900 1209600 60\n@ 60 NS ns.esp.example.\n${lines}`,
        "test",
        clock,
      ),
    push: async (pusher: Pusher): Promise<Pushed> =>
      pushZone(db, (await findZoneByOrigin(db, origin))!, { ...target, pusher }, clock),
    later: (seconds: number) => (clock += seconds),
    said: async () => (await listPushes(db))[0],
  };
}

const longKey = "k".repeat(400);

test.each(["BIND", "Knot", "PowerDNS"])("a zone is kept in line at %s, and what is theirs stays", async (name) => {
  const { serve, push, later, said } = await chancery(name, "kept");
  const soa = await dig(name, origin, "NS");
  await serve(
    `s1._domainkey 300 TXT "v=DKIM1; p=${longKey.slice(0, 200)}" "${longKey.slice(200)}"\n@ 60 MX 10 mx.esp.example.\n@ 60 MX 20 mx2.esp.example.\nalias 60 CNAME s1._domainkey\nhost 60 A 192.0.2.1\nhost 60 AAAA 2001:db8::1\nquote 60 TXT "a \\"b\\" \\\\ c"\n_25._tcp 60 TLSA 3 1 1 ${"ab".repeat(32)}\nodd 60 TYPE65280 \\# 3 010203`,
  );
  expect(await push(pusherOf(name))).toMatchObject({ result: "pushed", changes: 8 });
  expect((await dig(name, `s1._domainkey.${origin}`, "TXT"))[0]!.replaceAll(/" "|"/g, "")).toBe(
    `v=DKIM1; p=${longKey}`,
  );
  expect(await dig(name, origin, "MX")).toEqual(["10 mx.esp.example.", "20 mx2.esp.example."]);
  expect(await dig(name, `odd.${origin}`, "TYPE65280")).toEqual(["\\# 3 010203"]);
  expect(await dig(name, `quote.${origin}`, "TXT")).toEqual(['"a \\"b\\" \\\\ c"']);
  expect(await push(pusherOf(name))).toEqual({ result: "current" });

  later(1);
  await serve('s2._domainkey 300 TXT "v=DKIM1; p=bmV3"\n@ 60 MX 10 mx.esp.example.\nhost 60 CNAME mx.esp.example.');
  expect(await push(pusherOf(name))).toMatchObject({ result: "pushed" });
  expect(await dig(name, `s1._domainkey.${origin}`, "TXT")).toEqual([]);
  expect(await dig(name, `s2._domainkey.${origin}`, "TXT")).toEqual(['"v=DKIM1; p=bmV3"']);
  expect(await dig(name, origin, "MX")).toEqual(["10 mx.esp.example."]);
  expect(await dig(name, `host.${origin}`, "CNAME")).toEqual(["mx.esp.example."]);
  expect(await dig(name, `old.${origin}`, "TXT")).toEqual(['"theirs"']);
  expect(await dig(name, origin, "NS")).toEqual(soa);
  expect(await said()).toMatchObject({ problem: null, failures: 0 });
});

test.each(["BIND", "Knot", "PowerDNS"])(
  "at %s a record of somebody else is left and named; the others are pushed, and so is it once it is gone",
  async (name) => {
    const { serve, push, later } = await chancery(name, "conflict");
    await serve('old 60 TXT "ours"\nnew1 60 TXT "1"\nnew2 60 TXT "2"\nnew3 60 TXT "3"');
    const pushed = await push(pusherOf(name));
    expect(pushed).toMatchObject({
      result: "failed",
      problem: expect.stringContaining(`old.${origin} TXT holds "theirs" there`),
    });
    expect(await dig(name, `old.${origin}`, "TXT")).toEqual(['"theirs"']);
    expect(await dig(name, `new3.${origin}`, "TXT")).toEqual(['"3"']);
    expect(await push(pusherOf(name))).toEqual({ result: "not-due" });
    // They take theirs away.
    const there = await pusherOf(name).look(origin, `old.${origin}`, TYPE.TXT);
    if (there === "unknown" || there === undefined) return expect.fail("it was there");
    await pusherOf(name).push(origin, [{ before: there, after: undefined }]);
    later(10);
    expect(await push(pusherOf(name))).toMatchObject({ result: "pushed", changes: 1 });
    expect(await dig(name, `old.${origin}`, "TXT")).toEqual(['"ours"']);
  },
);

test.each(["BIND", "Knot", "PowerDNS"])(
  "what was pushed to %s before a crash, and not recorded, counts as ours",
  async (name) => {
    const crashed = await chancery(name, "before-crash");
    await crashed.serve('c1 60 TXT "x"\nc2 60 TXT "y"');
    await crashed.push(pusherOf(name));
    const { serve, push } = await chancery(name, "after-crash");
    await serve('c1 60 TXT "x"\nc2 60 TXT "y"\nc3 60 TXT "z"');
    expect(await push(pusherOf(name))).toMatchObject({ result: "pushed" });
    expect(await dig(name, `c3.${origin}`, "TXT")).toEqual(['"z"']);
  },
);

test.each([
  [
    "BIND",
    () => pusherOf("BIND", wrongKey.ok ? wrongKey.value : undefined),
    /does not take the key chancery|not signed with chancery/,
  ],
  [
    "Knot",
    () => pusherOf("Knot", wrongKey.ok ? wrongKey.value : undefined),
    /does not take the key chancery|not signed with chancery/,
  ],
  [
    "PowerDNS",
    () =>
      powerDnsPusher({
        by: "powerdns",
        url: `http://127.54.21.3:${apiPort}`,
        server: "localhost",
        apiKey: "wrong-secret",
      }),
    /does not take the API key/,
  ],
  [
    "a name server that is not there",
    () => rfc2136Pusher({ by: "rfc2136", address: "127.54.21.9", port: 1, key }, now),
    /is it running/,
  ],
])("%s with the wrong secret, or silent: a reason, no secret in it, and a later try", async (name, pusher, problem) => {
  const { serve, push, said } = await chancery(name.slice(0, 4), "wrong");
  await serve('w1 60 TXT "x"');
  const pushed = await push(pusher());
  expect(pushed).toMatchObject({ result: "failed", problem: expect.stringMatching(problem) });
  expect(JSON.stringify(pushed)).not.toMatch(/wrong-secret|BwcH|CAgI/);
  expect(await said()).toMatchObject({ failures: 1, serial: null });
});

test("BIND without a key: refused, and what to allow there is said", async () => {
  const { serve, push } = await chancery("BIND", "unsigned");
  await serve('u1 60 TXT "x"');
  const { host, port } = peers.get("BIND")!;
  const unsigned = rfc2136Pusher({ by: "rfc2136", address: host, port, key: undefined }, now);
  expect(await push(unsigned)).toMatchObject({ result: "failed", problem: expect.stringContaining("update-policy") });
});

test("the controller's pusher brings each change to Knot, and takes all of it away when the zone is served no more", async () => {
  const { serve, db } = await chancery("Knot", "role");
  const { host, port } = peers.get("Knot")!;
  const stop = new AbortController();
  const running = runPusher(
    {
      db,
      settings: [{ name: "role", zones: [origin], by: "rfc2136", address: { host, port }, key: key.name }],
      keys: [key],
      owner: "test",
      now,
      log: makeLog("controller", "silent"),
    },
    stop.signal,
  );
  const stands = (wanted: string[]) => () =>
    dig("Knot", `r1.${origin}`, "TXT").then((found) => (String(found) === String(wanted) ? true : undefined));
  const soon = { seconds: 10, otherwise: "it does not stand there" };
  await serve('r1 60 TXT "one"');
  await eventually(stands(['"one"']), soon);
  await serve('r1 60 TXT "two"');
  await eventually(stands(['"two"']), soon);
  const zone = (await findZoneByOrigin(db, origin))!;
  await transact(db, async (trx) => {
    await removeRecords(trx, zone.id);
    await removeZone(trx, zone.id, now());
  });
  await eventually(stands([]), soon);
  stop.abort();
  await running;
});
