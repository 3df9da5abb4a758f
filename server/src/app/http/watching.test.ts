import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Watch } from "@chancery/api";
import type { FastifyInstance, InjectOptions } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase } from "../../engine/database/open.ts";
import type { Database } from "../../engine/database/schema.ts";
import { kekOf } from "../../engine/keystore/kek.ts";
import { type Authority, authorityFor, startAuthority } from "../../engine/resolver/test-authority.ts";
import { keyOne, keyTwo } from "../../model/watch/test-looks.ts";
import { addTenant, ensureDefaultTenant } from "../../service/access/tenants.ts";
import { authenticate } from "../../service/access/tokens.ts";
import { loadConfig } from "../config.ts";
import { openDataDirectory } from "../data-directory.ts";
import { makeLog } from "../log.ts";
import { runWatcher } from "../roles/watcher.ts";
import { watchDeps } from "../watch-deps.ts";
import { apiHandlers } from "./handlers.ts";
import { databaseIdempotency } from "./idempotency.ts";
import { httpServer } from "./server.ts";

/** Watching through the API, over a name server of its own: the root, and the zone of a customer that changes. */
const adminToken = "an-admin-token-for-tests";
const address = "127.53.61.7";
const root = mkdtempSync(join(tmpdir(), "chancery-watching-"));
const soa = "@ 3600 SOA ns hostmaster 1 3600 600 86400 300\n";
let customer: string;
let authority: Authority;
let db: Database;
let app: FastifyInstance;
let now = 1_795_000_000;
let loaded: ReturnType<typeof loadConfig>;

beforeAll(async () => {
  authority = await startAuthority([address], ({ query }) =>
    authorityFor({
      ".": `${soa}@ NS ns.root.\nns.root. A ${address}\nexample. NS ns.example.\nns.example. A ${address}`,
      example: `${soa}@ NS ns\nns A ${address}\n${customer}`,
    })(query),
  );
  const directory = openDataDirectory(root);
  db = await openDatabase({ file: directory.database });
  await ensureDefaultTenant(db, now);
  await addTenant(db, "stranger", "test", now);
  loaded = loadConfig({
    environment: {
      CHANCERY_RESOLVER_ROOT: `[{name: ns.root, addresses: [${address}]}]`,
      CHANCERY_RESOLVER_AUTHORITY_PORT: String(authority.port),
      CHANCERY_RESOLVER_SERVERS: `["${address}:${authority.port}"]`,
      CHANCERY_WATCH_LOOKS_PER_DAY: "9",
    },
    options: {},
  });
  const log = makeLog("api", "silent");
  app = await httpServer({
    handlers: await apiHandlers({
      db,
      kek: kekOf(randomBytes(32)),
      loaded,
      directory,
      now: () => now,
      log,
      servedBy: async () => true,
    }),
    authenticate: (token, tenant) => authenticate(db, adminToken, token, tenant),
    idempotency: databaseIdempotency(db, kekOf(randomBytes(32)), () => now),
    metrics: async () => "",
    rolesDown: () => [],
    notReady: async () => [],
    version: "0",
    log,
  });
});
afterAll(async () => {
  await Promise.all([app.close(), authority.close()]);
  await db.destroy();
  rmSync(root, { recursive: true });
});

type Json = Record<string, unknown>;
async function call(method: "GET" | "POST" | "DELETE", url: string, body?: Json, headers: Record<string, string> = {}) {
  const options: InjectOptions = { method, url, headers: { authorization: `Bearer ${adminToken}`, ...headers } };
  const reply = await app.inject(body === undefined ? options : { ...options, payload: body });
  return { status: reply.statusCode, body: reply.json<Json>() };
}
const items = async (url: string): Promise<Json[]> => (await call("GET", url)).body["items"] as Json[];
const check = async (): Promise<Watch> => {
  now += 600;
  return (await call("POST", "/v1/watches/customer.example/check")).body as unknown as Watch;
};

test("a watch answers the record that proves control, and the same request again under its key is done once", async () => {
  customer = `s1._domainkey.customer 60 CNAME k1.esp\nk1.esp 60 TXT "${keyOne}"`;
  const headers = { "idempotency-key": "once" };
  const added = await call("POST", "/v1/watches", { domain: "Customer.Example.", selectors: ["s1"] }, headers);
  expect(added.body).toMatchObject({
    domain: "customer.example",
    standing: "pending",
    intervalSeconds: 86_400,
    selectors: ["s1"],
    proof: { name: "_chancery-challenge.customer.example", type: "TXT", seenAt: null },
    lookedAt: null,
    open: { critical: 0, high: 0 },
  });
  expect((await call("POST", "/v1/watches", { domain: "Customer.Example.", selectors: ["s1"] }, headers)).body).toEqual(
    added.body,
  );
  expect(await call("POST", "/v1/watches", { domain: "customer.example" })).toMatchObject({
    status: 409,
    body: { code: "already-exists" },
  });
  expect(await call("POST", "/v1/watches", { domain: "co.uk" })).toMatchObject({ status: 422 });
});

test("a look finds the proof, the chain and the key", async () => {
  const { proof } = (await call("GET", "/v1/watches/customer.example")).body as unknown as Watch;
  customer += `\n_chancery-challenge.customer 60 TXT "${proof.data}"`;
  expect(await check()).toMatchObject({ standing: "proven", lookedAt: now, knownAt: now, proof: { seenAt: now } });
  const [selector] = (await items("/v1/selectors")).filter(({ selector }) => selector === "s1");
  expect(selector).toMatchObject({
    domain: "customer.example",
    state: "present",
    publishedAs: "alias",
    keyType: "ed25519",
  });
  const [observation] = await items("/v1/observations?domain=customer.example");
  expect(observation).toMatchObject({
    name: "s1._domainkey.customer.example",
    outcome: "present",
    aliases: [{ name: "s1._domainkey.customer.example", target: "k1.esp.example" }],
    texts: [keyOne],
  });
});

test("another key behind another alias is told", async () => {
  customer = customer.replace("k1.esp\n", "k2.esp\nk2.esp 60 CNAME k1.esp\n").replace(keyOne, keyTwo);
  await check();
  const events = await items("/v1/watches/customer.example/events");
  expect(events.filter(({ kind }) => kind === "chain-changed" || kind === "key-changed")).toMatchObject([
    { kind: "chain-changed", detail: { gained: ["k2.esp.example"], lost: [] } },
    { kind: "key-changed", subject: "s1._domainkey.customer.example", domain: "customer.example", at: now },
  ]);
});

test("a record that is gone is told when a second look says so, and closed when it is back", async () => {
  const whole = customer;
  customer = whole.replace(/s1\._domainkey.*\n/, "");
  expect((await check()).open.high).toBe(0);
  expect((await check()).open.high).toBe(1);
  const open = await items("/v1/findings?domain=customer.example&severity=high");
  expect(open).toMatchObject([{ code: "NoKeyRecord", state: "open", openings: 1, openedAt: now, closedAt: null }]);
  expect(await items("/v1/findings?severity=critical")).toEqual([]);
  customer = whole;
  await check();
  await check();
  expect(await items("/v1/findings?severity=high")).toEqual([]);
  expect(await items("/v1/findings?severity=high&state=closed")).toMatchObject([
    { code: "NoKeyRecord", closedAt: now },
  ]);
});

test("findings of one domain come page after page, each once", async () => {
  const url = "/v1/findings?domain=customer.example";
  const all = await items(url);
  expect(all.length).toBeGreaterThan(1);
  const singly: Json[] = [];
  for (let after = ""; singly.length <= all.length;) {
    const { body } = await call("GET", `${url}&limit=1${after}`);
    singly.push(...(body["items"] as Json[]));
    if (body["next"] === null) break;
    after = `&after=${encodeURIComponent(body["next"] as string)}`;
  }
  expect(singly).toEqual(all);
});

test("R-37 another tenant sees nothing of it", async () => {
  const headers = { "chancery-tenant": "stranger" };
  for (const url of [
    "/v1/watches/customer.example",
    "/v1/watches/customer.example/events",
    "/v1/observations?domain=customer.example",
    "/v1/findings?domain=customer.example",
  ])
    expect(await call("GET", url, undefined, headers), url).toMatchObject({ status: 404 });
  for (const url of ["/v1/watches", "/v1/findings", "/v1/selectors"])
    expect((await call("GET", url, undefined, headers)).body["items"], url).toEqual([]);
  expect(await call("POST", "/v1/watches/customer.example/check", undefined, headers)).toMatchObject({ status: 404 });
  expect(await call("DELETE", "/v1/watches/customer.example", undefined, headers)).toMatchObject({ status: 404 });
});

test("the controller looks at what is due, with nobody asking", async () => {
  await call("POST", "/v1/watches", { domain: "second.example", selectors: ["s9"] });
  const stop = new AbortController();
  const deps = { ...watchDeps({ db, loaded, owner: "controller" }), now: () => now };
  const running = runWatcher({ deps, log: makeLog("controller", "silent"), parallel: async () => 2 }, stop.signal);
  await expect
    .poll(async () => (await call("GET", "/v1/watches/second.example")).body["lookedAt"], { timeout: 10_000 })
    .toBe(now);
  stop.abort();
  await running;
});

test("R-52 when the looks of a day are used up, the next is refused until midnight", async () => {
  let answer = await call("POST", "/v1/watches/customer.example/check");
  for (let looks = 0; answer.status === 200 && looks < 20; looks++)
    answer = await call("POST", "/v1/watches/customer.example/check");
  expect(answer).toMatchObject({ status: 429, body: { code: "budget-spent" } });
  expect(answer.body["retryAfterSeconds"]).toBe(86_400 - (now % 86_400));
});

test("a watch that ended is forgotten", async () => {
  expect(await call("DELETE", "/v1/watches/customer.example")).toMatchObject({ status: 200 });
  expect(await call("GET", "/v1/watches/customer.example")).toMatchObject({ status: 404 });
  expect(await items("/v1/findings?state=closed")).toEqual([]);
});
