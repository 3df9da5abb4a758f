import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance, InjectOptions } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { transact } from "../../engine/database/transact.ts";
import { putRecordState } from "../../engine/database/record-states.ts";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { openDatabase } from "../../engine/database/open.ts";
import type { Database } from "../../engine/database/schema.ts";
import { kekOf } from "../../engine/keystore/kek.ts";
import { ensureDefaultTenant } from "../../service/access/tenants.ts";
import { authenticate } from "../../service/access/tokens.ts";
import { loadConfig } from "../config.ts";
import { openDataDirectory } from "../data-directory.ts";
import { makeLog } from "../log.ts";
import { apiHandlers } from "./handlers.ts";
import { databaseIdempotency } from "./idempotency.ts";
import { httpServer } from "./server.ts";

const adminToken = "an-admin-token-for-tests";
const root = mkdtempSync(join(tmpdir(), "chancery-api-"));
/** A root at a closed port: questions are refused at once, and the world outside is asked nothing. */
const nobodyAnswers = {
  CHANCERY_RESOLVER_ROOT: "[{name: ns.root, addresses: [127.0.0.1]}]",
  CHANCERY_RESOLVER_AUTHORITY_PORT: "1",
};
let db: Database;
let app: FastifyInstance;
let now = 1_795_000_000;
let down: string[] = [];

beforeAll(async () => {
  const directory = openDataDirectory(root);
  db = await openDatabase({ file: directory.database });
  await ensureDefaultTenant(db, now);
  const loaded = loadConfig({ environment: { CHANCERY_HTTP_LISTEN: "127.0.0.1:8080", ...nobodyAnswers }, options: {} });
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
    rolesDown: () => down,
    notReady: async () => [],
    version: "0",
    log,
  });
});
afterAll(async () => {
  await app.close();
  await db.destroy();
  rmSync(root, { recursive: true });
});

function rawReply(port: number, request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let reply = "";
  const socket = connect(port, "127.0.0.1", () => socket.write(request));
  socket.on("data", (chunk) => (reply += chunk.toString()));
  socket.on("close", () => resolve(reply)).on("error", reject);
  return promise;
}

type Json = Record<string, unknown>;
async function call(
  method: "GET" | "POST" | "PUT" | "DELETE",
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const options: InjectOptions = { method, url, headers: { authorization: `Bearer ${adminToken}`, ...headers } };
  const reply = await app.inject(body === undefined ? options : { ...options, payload: body as Json });
  return {
    status: reply.statusCode,
    type: String(reply.headers["content-type"]),
    headers: reply.headers,
    body: reply.json<Json>(),
  };
}
const dns = {
  "dns.zone": "dkim.esp.example",
  "dns.nameservers": [{ name: "ns1.dkim.esp.example", addresses: ["192.0.2.53"] }],
};

test("a refusal is a problem document with a stable code (RFC 9457)", async () => {
  const missing = await call("GET", "/v1/tenants/nobody");
  expect(missing).toMatchObject({ status: 404, body: { status: 404, code: "not-found" } });
  expect(missing.type).toContain("application/problem+json");
  expect(await call("POST", "/v1/tenants", { name: "Not A Name" })).toMatchObject({
    status: 422,
    body: { code: "invalid-input" },
  });
  expect(await call("GET", "/v1/nowhere")).toMatchObject({ status: 404, body: { code: "not-found" } });
  expect(
    (
      await app.inject({
        method: "POST",
        url: "/v1/tenants",
        headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
        payload: "{",
      })
    ).json(),
  ).toMatchObject({ code: "invalid-input", status: 400 });
});

test("what is no request is answered with a problem document too", async () => {
  expect(await call("GET", "/v1/domains/%ff")).toMatchObject({ status: 400, body: { code: "invalid-input" } });
  expect((await call("GET", "/v1/domains/%ff")).type).toContain("application/problem+json");
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const long = await rawReply(port, `GET /${"a".repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`);
  expect(long).toMatch(/^HTTP\/1\.1 431 .*application\/problem\+json.*"code":"invalid-input"/s);
  expect(await rawReply(port, "EHLO example.com\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 .*problem\+json/s);
});

test("the OpenAPI document names the headers of a request", async () => {
  const { paths } = (await app.inject({ url: "/openapi.json" })).json<{
    paths: Record<string, Record<string, { parameters: { name: string; in: string }[] }>>;
  }>();
  const headers = (path: string, method: string): string[] =>
    paths[path]![method]!.parameters.filter((one) => one.in === "header").map(({ name }) => name);
  expect(headers("/v1/tenants", "post")).toEqual(["chancery-tenant", "idempotency-key"]);
  expect(headers("/v1/tenants", "get")).toEqual(["chancery-tenant"]);
});

test("F-8 while the database is away a request is to be tried again later", async () => {
  const away = await httpServer({
    handlers: await apiHandlers({
      db,
      kek: kekOf(randomBytes(32)),
      loaded: loadConfig({ environment: {}, options: {} }),
      directory: openDataDirectory(root),
      now: () => now,
      log: makeLog("api", "silent"),
      servedBy: async () => true,
    }),
    authenticate: () => Promise.reject(new DatabaseUnavailable("it stays locked")),
    idempotency: databaseIdempotency(db, kekOf(randomBytes(32)), () => now),
    metrics: async () => "",
    rolesDown: () => down,
    notReady: async () => [],
    version: "0",
    log: makeLog("api", "silent"),
  });
  const reply = await away.inject({ method: "GET", url: "/v1/tenants" });
  expect(reply.statusCode).toBe(503);
  expect(reply.headers["retry-after"]).toBe("5");
  expect(reply.json()).toMatchObject({ code: "temporarily-unavailable" });
  await away.close();
});

test("without a token, or with one that opens nothing, nothing is told", async () => {
  for (const headers of [{}, { authorization: "Bearer wrong-token-000000" }, { authorization: adminToken }]) {
    const reply = await app.inject({ method: "GET", url: "/v1/domains", headers });
    expect(reply.statusCode).toBe(401);
    expect(reply.headers["www-authenticate"]).toBe("Bearer");
  }
  expect((await app.inject({ method: "GET", url: "/healthz" })).statusCode).toBe(200);
});

test("/healthz is 200 while every role listens, and names the one that does not", async () => {
  down = ["relay"];
  const reply = await app.inject({ method: "GET", url: "/healthz" });
  expect([reply.statusCode, reply.json()]).toEqual([503, { status: "down", down: ["relay"] }]);
  down = [];
  expect((await app.inject({ method: "GET", url: "/healthz" })).statusCode).toBe(200);
});

test("R-37 a tenant's token acts for that tenant alone and opens nothing that is the operator's", async () => {
  await call("POST", "/v1/tenants", { name: "acme" });
  await call("PUT", "/v1/settings", dns);
  const made = await call("POST", "/v1/tokens", { name: "deploy" }, { "chancery-tenant": "acme" });
  const headers = { authorization: `Bearer ${String(made.body["token"])}` };
  await call("POST", "/v1/domains", { domain: "ours.example", method: "cname-ring" });
  expect(await call("GET", "/v1/domains", undefined, headers)).toMatchObject({ status: 200, body: { items: [] } });
  expect(await call("GET", "/v1/domains/ours.example", undefined, headers)).toMatchObject({ status: 404 });
  expect(await call("GET", "/v1/domains", undefined, { ...headers, "chancery-tenant": "default" })).toMatchObject({
    status: 403,
  });
  for (const [method, url] of [
    ["GET", "/v1/settings"],
    ["GET", "/v1/zones"],
    ["GET", "/v1/tenants"],
    ["GET", "/v1/doctor"],
  ] as const)
    expect(await call(method, url, undefined, headers), url).toMatchObject({ status: 403 });
  expect(await call("GET", "/v1/tokens", undefined, headers)).toMatchObject({
    body: { items: [{ name: "deploy", tenant: "acme" }] },
  });
  await call("DELETE", `/v1/tokens/${String(made.body["id"])}`, undefined, { "chancery-tenant": "acme" });
  expect(await call("GET", "/v1/domains", undefined, headers)).toMatchObject({ status: 401 });
});

test("a token and a password are shown once, when they are made", async () => {
  const made = await call("POST", "/v1/senders", { kind: "smtp", name: "app" });
  expect(String(made.body["password"]).length).toBeGreaterThanOrEqual(20);
  const listed =
    JSON.stringify((await call("GET", "/v1/senders")).body) + JSON.stringify((await call("GET", "/v1/tokens")).body);
  expect(listed).not.toContain(String(made.body["password"]));
  expect(await call("POST", "/v1/senders", { kind: "smtp", name: "app" })).toMatchObject({ status: 409 });
});

test("a stream is added, listed, shown with its records, given a policy and removed; a login is bound to it, a milter peer is not", async () => {
  await call("PUT", "/v1/settings", dns);
  await call("POST", "/v1/domains", { domain: "streams.example", method: "cname-ring" });
  const url = "/v1/domains/streams.example";
  const added = await call("POST", `${url}/streams`, { name: "news" });
  expect(added).toMatchObject({ status: 200, body: { stream: "news", selectors: [], removedAt: null } });
  expect(await call("POST", `${url}/streams`, { name: "news" })).toMatchObject({ status: 409 });
  expect((await call("GET", `${url}/streams`)).body["items"]).toEqual([added.body]);
  const { records } = (await call("GET", `${url}/records`)).body as { records: { name: string; stream?: string }[] };
  expect(records.filter(({ stream }) => stream === "news").map(({ name }) => name)).toEqual(
    [1, 2, 3].map((slot) =>
      expect.stringMatching(new RegExp(`^[a-z0-9-]+-news${slot}\\._domainkey\\.streams\\.example$`)),
    ),
  );
  expect(records.filter(({ stream }) => stream === undefined)).toHaveLength(4); // the proof, and the default stream's
  const policy = `${url}/streams/news/policy`;
  expect(await call("PUT", policy, { keyType: "rsa3072" })).toMatchObject({
    body: { stream: "news", policy: { keyType: "rsa3072" }, from: { keyType: "stream" } },
  });
  expect(await call("GET", `${url}/policy`)).toMatchObject({ body: { stream: null, policy: { keyType: "rsa2048" } } });
  expect(await call("DELETE", policy)).toMatchObject({ status: 200 });
  expect(await call("POST", `${url}/rotations`, { stream: "none" })).toMatchObject({ status: 404 });
  const login = { kind: "smtp", name: "newsletters", stream: "news" };
  expect(await call("POST", "/v1/senders", login)).toMatchObject({ body: { stream: "news" } });
  const peer = { kind: "milter", name: "192.0.2.1", stream: "news" };
  expect(await call("POST", "/v1/senders", peer)).toMatchObject({ status: 422 });
  expect(await call("DELETE", `${url}/streams/news`)).toMatchObject({ status: 200 });
  expect(await call("DELETE", `${url}/streams/news`)).toMatchObject({ status: 404 });
});

test("a repeated Idempotency-Key gets the first answer, another request under it is refused, after a day it is free", async () => {
  const headers = { "idempotency-key": "k1" };
  const first = await call("POST", "/v1/tenants", { name: "once" }, headers);
  const again = await call("POST", "/v1/tenants", { name: "once" }, headers);
  expect(again.body).toEqual(first.body);
  expect(again.headers["idempotency-replayed"]).toBe("true");
  expect(await call("POST", "/v1/tenants", { name: "other" }, headers)).toMatchObject({ status: 422 });
  // A refused request leaves its key free.
  expect(await call("POST", "/v1/tenants", { name: "once" }, { "idempotency-key": "k2" })).toMatchObject({
    status: 409,
  });
  expect(await call("POST", "/v1/tenants", { name: "twice" }, { "idempotency-key": "k2" })).toMatchObject({
    status: 200,
  });
  now += 25 * 3600;
  expect(await call("POST", "/v1/tenants", { name: "thrice" }, headers)).toMatchObject({ status: 200 });
});

test("R-3 an answer that is kept for its Idempotency-Key tells the database no secret", async () => {
  const headers = { "idempotency-key": "once-shown" };
  const sender = { kind: "smtp", name: "kept" };
  const made = await call("POST", "/v1/senders", sender, headers);
  const again = await call("POST", "/v1/senders", sender, headers);
  expect(again.body["password"]).toBe(made.body["password"]);
  const kept = JSON.stringify(await db.selectFrom("idempotency").selectAll().execute());
  expect(kept).not.toContain(String(made.body["password"]));
});

test("lists come in pages that a cursor connects", async () => {
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = await call("GET", `/v1/tenants?limit=2${after === null ? "" : `&after=${after}`}`);
    seen.push(...(page.body["items"] as { name: string }[]).map(({ name }) => name));
    after = page.body["next"] as string | null;
  } while (after !== null);
  expect(seen).toEqual([...new Set(seen)].sort());
  expect(seen).toContain("default");
});

test("a domain is added with the records to publish; what nobody can own is refused", async () => {
  const added = await call("POST", "/v1/domains", { domain: "Customer.Example", method: "ns-branch" });
  expect(added).toMatchObject({
    status: 200,
    body: { domain: "customer.example", method: "ns-branch", status: "pending", claim: "pending" },
  });
  const records = added.body["records"] as { name: string; type: string; data: string; state: string }[];
  expect(records.map(({ name, type }) => `${name} ${type}`)).toEqual([
    "_chancery-challenge.customer.example TXT",
    "chancery._domainkey.customer.example NS",
  ]);
  expect(records[1]!.data).toMatch(/^[a-z2-7]{20}\.ns\.dkim\.esp\.example$/);
  expect(await call("POST", "/v1/domains", { domain: "customer.example", method: "cname-ring" })).toMatchObject({
    status: 409,
    body: { code: "already-exists" },
  });
  for (const domain of ["co.uk", "localhost", "esp.example", "dkim.esp.example", "a b"])
    expect(await call("POST", "/v1/domains", { domain, method: "cname-ring" }), domain).toMatchObject({ status: 422 });
  expect(await call("POST", "/v1/domains", { domain: "x.example", method: "by-pigeon" })).toMatchObject({
    status: 422,
  });
});

test("R-32 who proves control of a domain that another tenant holds is told so, and not by whom", async () => {
  const acme = { "chancery-tenant": "acme" };
  const held = () => db.selectFrom("domains").select("id").where("name", "=", "held.example");
  await call("POST", "/v1/domains", { domain: "held.example", method: "cname-ring" }, acme);
  await db.updateTable("domains").set({ verifiedAt: now }).where("name", "=", "held.example").execute();
  await call("POST", "/v1/domains", { domain: "held.example", method: "cname-ring" });
  const loser = await held().where("verifiedAt", "is", null).executeTakeFirstOrThrow();
  const shown = () => call("GET", "/v1/domains/held.example");
  expect(await shown()).toMatchObject({ body: { status: "pending", findings: [] } });
  await transact(db, (trx) =>
    putRecordState(trx, {
      domainId: loser.id,
      name: "_chancery-challenge.held.example",
      type: "TXT",
      state: "present",
      found: { found: [], reasons: [] },
      checkedAt: now,
    }),
  );
  expect(await shown()).toMatchObject({
    body: { status: "failed", claim: "pending", findings: [{ code: "ClaimedElsewhere", severity: "high" }] },
  });
  expect(JSON.stringify((await shown()).body)).not.toContain("acme");
});

test("a zone file is served as given; an import never lowers the serial, and refuses only what cannot be served", async () => {
  const put = (text: string) => call("PUT", "/v1/zones/zone.example/file", { text });
  const soa = (serial: number): string =>
    `@ 3600 SOA ns1 hostmaster ${serial} 3600 600 86400 300\n@ 3600 NS ns1\nns1 3600 A 192.0.2.1\n`;
  expect(await put(soa(7))).toMatchObject({ status: 200, body: { serial: 7, records: 3 } });
  expect(await put(soa(7))).toMatchObject({ body: { serial: 7 } });
  expect(await put(`${soa(3)}www 60 A 192.0.2.2\n`)).toMatchObject({ body: { serial: 8, records: 4 } });
  expect(await put(soa(20))).toMatchObject({ body: { serial: 20, records: 3 } });
  expect(await put(`${soa(21)}*._domainkey 60 TXT "v=DKIM1; p="\n`)).toMatchObject({
    body: { warnings: expect.arrayContaining([expect.stringContaining("wildcard")]) as string[] },
  });
  for (const text of [
    "nonsense",
    "@ 60 NS ns1",
    `${soa(22)}a 60 CNAME b\na 60 A 192.0.2.1\n`,
    `${soa(22)}elsewhere.test. 60 A 192.0.2.1\n`,
  ])
    expect(await put(text), text).toMatchObject({ status: 422, body: { code: "zone-unservable" } });
  expect((await call("GET", "/v1/zones/zone.example")).body["serial"]).toBe(21);
  expect(String((await call("GET", "/v1/zones/zone.example/file")).body["text"])).toContain("SOA");
});

test("settings: unknown names and values are refused by what is nearest, what the environment pins stays", async () => {
  expect(await call("PUT", "/v1/settings", { "dns.zoen": "a.example" })).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining("dns.zone") },
  });
  expect(await call("PUT", "/v1/settings", { "dns.zone": "localhost" })).toMatchObject({ status: 422 });
  for (const policy of ["fast", { record_ttl_second: 5 }, 5])
    expect(await call("PUT", "/v1/settings", { "rotation.policy": policy })).toMatchObject({ status: 422 });
  expect(await call("PUT", "/v1/settings", { "http.listen": "127.0.0.1:1" })).toMatchObject({ status: 422 });
  expect(JSON.stringify((await call("GET", "/v1/settings")).body)).not.toContain(adminToken);
});

test("the OpenAPI document names every resource and refers to nothing that is missing", async () => {
  const reply = await app.inject({ method: "GET", url: "/openapi.json" });
  const document = reply.json<{ openapi: string; paths: Json }>();
  expect(document.openapi).toMatch(/^3\.1/);
  for (const path of [
    "/v1/tenants",
    "/v1/domains/{domain}",
    "/v1/domains/{domain}/rotations",
    "/v1/zones/{origin}/file",
  ])
    expect(document.paths).toHaveProperty([path]);
  const references = [...reply.payload.matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1]!.split("/"));
  for (const path of references) expect(document).toHaveProperty(path);
});
