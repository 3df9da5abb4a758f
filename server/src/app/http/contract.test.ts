import { methods, routes } from "@chancery/api";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { FastifyInstance, InjectOptions } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../engine/database/id.ts";
import { insertRotation } from "../../engine/database/rotations.ts";
import type { Database } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { makeLog } from "../log.ts";
import { adminToken, now, startApi } from "./own-api.fixture.ts";

/** What scripts rely on: the document against the answers that are really given, and how a request is refused. */
let db: Database;
let app: FastifyInstance;
let close: () => Promise<void>;

/** One domain a method, as they are added. */
const domains = methods.map((method) => ({
  method,
  domain: method === "ns-subdomain" ? "email.ns-subdomain.example" : `${method}.example`,
  ...(method === "cname-chain" && { upstreams: [{ selector: "s1", target: "s1.upstream.example" }] }),
}));

beforeAll(async () => {
  // Nobody is there: what is asked of DNS is unknown at once.
  const nobody = {
    CHANCERY_RESOLVER_ROOT: "[{name: ns.root, addresses: [127.0.0.1]}]",
    CHANCERY_RESOLVER_AUTHORITY_PORT: "9",
    CHANCERY_RESOLVER_SERVERS: "[127.0.0.1:9]",
  };
  ({ app, db, close } = await startApi(nobody, makeLog("api", "silent")));
  await call("POST", "/v1/tenants", { name: "acme" });
  const added = await Promise.all(domains.map((wanted) => call("POST", "/v1/domains", wanted)));
  expect(added.map(({ status }) => status)).toEqual(domains.map(() => 200));
  await call("POST", "/v1/domains/cname-ring.example/streams", { name: "news" });
  const { id: domainId, tenantId } = await db
    .selectFrom("domains")
    .select(["id", "tenantId"])
    .where("name", "=", "txt.example")
    .executeTakeFirstOrThrow();
  const asked = { tenantId, domainId, reason: "requested", requestedAt: now(), requestedBy: "admin" };
  await transact(db, (trx) => insertRotation(trx, { id: newId("rot"), ...asked }));
});
afterAll(() => close());

type Json = Record<string, unknown>;
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
async function call(method: Method, url: string, payload?: object | string, headers: Record<string, string> = {}) {
  const options: InjectOptions = { method, url, headers: { authorization: `Bearer ${adminToken}`, ...headers } };
  const reply = await app.inject({ ...options, ...(payload !== undefined && { payload }) });
  return { status: reply.statusCode, headers: reply.headers, body: reply.json<Json>() };
}
const itemsOf = async (url: string): Promise<Json[]> => (await call("GET", url)).body["items"] as Json[];

type Operation = {
  operationId: string;
  parameters?: { in: string; name: string }[];
  requestBody?: { required?: boolean };
  responses: Record<string, { content: Record<string, { schema: object }> }>;
};
type OpenApi = { openapi: string; paths: Record<string, Record<string, Operation>> };
const openApi = async (): Promise<OpenApi> => (await app.inject({ url: "/openapi.json" })).json<OpenApi>();

test("the OpenAPI document has every route, its path parameters, an answer, and how it is refused", async () => {
  const operations = Object.entries((await openApi()).paths).flatMap(([path, of]) =>
    Object.values(of).map((operation) => ({ path, ...operation })),
  );
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(routes).sort());
  for (const { path, operationId, parameters = [], responses } of operations) {
    const named = parameters.filter((one) => one.in === "path").map(({ name }) => name);
    expect(named.sort(), operationId).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort());
    expect(responses["200"]?.content, operationId).toHaveProperty(["application/json"]);
    expect(responses["default"]?.content, operationId).toHaveProperty(["application/problem+json"]);
  }
  const resources = ["domains", "delegations", "records", "keys", "rotations", "streams", "zones", "audit-log"];
  for (const resource of resources) expect((await openApi()).paths).toHaveProperty([`/v1/${resource}`, "get"]);
  const rotate = operations.find(({ operationId }) => operationId === "rotateKey");
  expect(rotate?.requestBody?.required).toBe(false);
});

test("every list and every domain is answered as the OpenAPI document says", async () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const lists = Object.entries((await openApi()).paths).flatMap(([path, { get }]) => {
    const isOfDomains = path.replace("/v1/domains/{domain}", "").replace("/v1/delegations/{domain}", "");
    const needsMore = ["/v1/observations", "/v1/disclosed-keys", "/v1/doctor"].includes(path);
    return get === undefined || isOfDomains.includes("{") || needsMore ? [] : [{ path, get }];
  });
  for (const { path, get } of lists) {
    const validate = ajv.compile(get.responses["200"]!.content["application/json"]!.schema);
    for (const { domain } of path.includes("{") ? domains : [{ domain: "" }]) {
      const url = path.replace("{domain}", domain);
      const { status, body } = await call("GET", url);
      expect(status, `${url} ${JSON.stringify(body)}`).toBe(200);
      expect(validate(body), `${url}: ${ajv.errorsText(validate.errors)}`).toBe(true);
    }
  }
  expect(lists.length).toBeGreaterThan(25);
});

test("words outside are those that are fixed, whatever the method", async () => {
  for (const one of await itemsOf("/v1/domains")) {
    expect(["pending", "verified", "suspended", "released"]).toContain(one["claim"]);
    expect(["pending", "valid", "degraded", "failed", "unknown"]).toContain(one["status"]);
    for (const record of one["records"] as Json[]) {
      expect(["present", "absent", "wrong", "unknown"]).toContain(record["state"]);
      expect(`${String(record["name"])} ${String(record["data"])}`).not.toMatch(/\.( |$)/);
    }
  }
  expect((await call("GET", "/v1/domains/third-party-domain.example")).body).toMatchObject({
    claim: "verified",
    proof: "operator",
    status: "valid",
    records: [],
  });
});

test("without a method a domain takes the ring of three names", async () => {
  const { body } = await call("POST", "/v1/domains", { domain: "plain.example" });
  expect(body).toMatchObject({ method: "cname-ring", claim: "pending", proof: "challenge" });
  expect((body["records"] as Json[]).map(({ name, type }) => `${String(name)} ${String(type)}`)).toEqual([
    "_chancery-challenge.plain.example TXT",
    ...[1, 2, 3].map((slot) => `esp${slot}._domainkey.plain.example CNAME`),
  ]);
  await call("DELETE", "/v1/domains/plain.example");
});

test("lists over all domains hold what each domain's own list does, in pages of any size", async () => {
  for (const resource of ["records", "keys", "rotations", "streams"]) {
    const whole: Json[] = [];
    for (const { domain } of domains.toSorted((a, b) => (a.domain < b.domain ? -1 : 1))) {
      const own = (await call("GET", `/v1/domains/${domain}/${resource}`)).body;
      whole.push(...((own["items"] ?? own["records"]) as Json[]).map((item) => ({ domain, ...item })));
      const alone = await itemsOf(`/v1/${resource}?domain=${domain.toUpperCase()}.`);
      expect(alone.map(({ domain: of }) => of).every((of) => of === domain)).toBe(true);
    }
    for (const limit of [1, 4, 500]) {
      const seen: Json[] = [];
      let after: string | null = null;
      do {
        const page = await call("GET", `/v1/${resource}?limit=${limit}${after === null ? "" : `&after=${after}`}`);
        expect(page.status).toBe(200);
        expect((page.body["items"] as Json[]).length).toBeLessThanOrEqual(limit);
        seen.push(...(page.body["items"] as Json[]));
        after = page.body["next"] as string | null;
      } while (after !== null);
      expect(seen.map(identity), `${resource} by ${limit}`).toEqual(whole.map(identity));
    }
  }
  const keepers = (await itemsOf("/v1/delegations")).map(({ method, keeper }) => `${String(method)} ${String(keeper)}`);
  expect(keepers).toContain("txt customer");
  expect(keepers).toContain("cname-chain upstream");
  expect(keepers).toHaveLength(methods.length);
});

/** Of a record, key, rotation or stream: what does not change from one look to the next. */
const identity = ({ domain, id, name, type, data, stream }: Json): unknown => [
  domain,
  id ?? [name, type, data],
  stream,
];

test("a key and a rotation are shown by their ids, to their tenant alone", async () => {
  for (const resource of ["keys", "rotations"]) {
    const items = await itemsOf(`/v1/${resource}`);
    expect(new Set(items.map(({ id }) => id)).size, resource).toBe(items.length);
    expect(items.length, resource).toBeGreaterThan(0);
    for (const { id, domain } of items) {
      const url = `/v1/${resource}/${String(id)}`;
      expect((await call("GET", url)).body["domain"], url).toBe(domain);
      expect(await call("GET", url, undefined, { "chancery-tenant": "acme" }), url).toMatchObject({ status: 404 });
    }
    expect(await call("GET", `/v1/${resource}/none`)).toMatchObject({ status: 404, body: { code: "not-found" } });
  }
});

test("findings of a domain that is delegated and not watched are those of its delegation", async () => {
  const url = "/v1/findings?domain=third-party-domain.example";
  expect(await itemsOf(url)).toMatchObject([
    { code: "NotAligned", state: "open", domain: "third-party-domain.example" },
  ]);
  expect(await itemsOf(`${url}&severity=critical`)).toEqual([]);
  expect(await itemsOf(`${url}&state=closed`)).toEqual([]);
  expect(await call("GET", "/v1/findings?domain=nobody.example")).toMatchObject({ status: 404 });
  const own = await itemsOf("/v1/domains/third-party-domain.example/findings");
  expect(own).toMatchObject([{ code: "NotAligned", severity: "high" }]);
});

test("the list of findings holds those of every domain, each once, whatever the size of its pages", async () => {
  const told = (items: readonly Json[]) => items.map(({ domain, code, subject }) => [domain, code, subject].join(" "));
  const all = told(await itemsOf("/v1/findings"));
  expect(all).toContainEqual(expect.stringMatching(/^third-party-domain\.example NotAligned /));
  expect(new Set(all.map((one) => one.split(" ")[0])).size).toBeGreaterThan(1);
  const singly: Json[] = [];
  let after = "";
  do {
    const { body } = await call("GET", `/v1/findings?limit=1${after}`);
    singly.push(...(body["items"] as Json[]));
    after = body["next"] === null ? "" : `&after=${encodeURIComponent(body["next"] as string)}`;
  } while (after !== "" && singly.length <= all.length);
  expect(told(singly)).toEqual(all);
  expect(await itemsOf("/v1/findings?state=closed")).toEqual([]);
  for (const after of ["delegated/zz", "delegated/"])
    expect((await call("GET", `/v1/findings?after=${after}`)).status, after).toBe(after.endsWith("zz") ? 422 : 200);
});

test("another tenant's things are in no list", async () => {
  const acme = { "chancery-tenant": "acme" };
  for (const resource of ["domains", "delegations", "records", "keys", "rotations", "streams"])
    expect((await call("GET", `/v1/${resource}`, undefined, acme)).body, resource).toEqual({ items: [], next: null });
  expect(await call("GET", "/v1/keys?domain=txt.example", undefined, acme)).toMatchObject({ status: 404 });
});

test("the audit log tells who did what, the newest first; that of all tenants is the operator's", async () => {
  const log = await itemsOf("/v1/audit-log");
  expect(log.map(({ action }) => action)).toContain("domain.add");
  expect(log[0]!["id"]).toBeGreaterThan(log.at(-1)!["id"] as number);
  expect(log.every(({ tenant, actor }) => tenant === "default" && actor === "admin")).toBe(true);
  const made = await call("POST", "/v1/tokens", { name: "reader" }, { "chancery-tenant": "acme" });
  const tenants = { authorization: `Bearer ${String(made.body["token"])}` };
  const own = (await call("GET", "/v1/audit-log", undefined, tenants)).body["items"] as Json[];
  expect(new Set(own.map(({ tenant }) => tenant))).toEqual(new Set(["acme"]));
  expect(await call("GET", "/v1/audit-log?everyTenant=true", undefined, tenants)).toMatchObject({ status: 403 });
  const all = await itemsOf("/v1/audit-log?everyTenant=true");
  expect(new Set(all.map(({ tenant }) => tenant))).toEqual(new Set(["acme", "default"]));
});

test("a cursor that is none of the list's is refused", async () => {
  for (const list of [
    "findings",
    "rollouts",
    "audit-log",
    "keys",
    "records",
    "zones/_domainkey.ns-domainkey.example/records",
  ])
    expect(await call("GET", `/v1/${list}?after=zz`), list).toMatchObject({
      status: list.startsWith("zones") ? 404 : 422,
    });
});

test("a method that a resource does not take is refused with those that it takes (RFC 9110 §15.5.6)", async () => {
  const refused = await call("PATCH", "/v1/domains?limit=1", {});
  expect(refused).toMatchObject({ status: 405, body: { status: 405, code: "method-not-allowed" } });
  expect(refused.headers["allow"]).toBe("GET, HEAD, POST");
  expect(await call("DELETE", "/v1/domains/a/b/c/d/e")).toMatchObject({ status: 404, body: { code: "not-found" } });
});

test("a body is JSON; one that is announced and not sent is none", async () => {
  const text = { "content-type": "text/plain" };
  const json = { "content-type": "application/json" };
  expect(await call("POST", "/v1/domains", "domain=a.example", text)).toMatchObject({
    status: 415,
    body: { code: "not-json" },
  });
  expect(await call("POST", "/v1/domains", `"${"a".repeat(17 * 1024 * 1024)}"`, json)).toMatchObject({
    status: 413,
    body: { code: "too-long" },
  });
  expect(await call("POST", "/v1/domains", "{", json)).toMatchObject({ status: 400, body: { code: "invalid-input" } });
  expect(await call("POST", "/v1/domains", "", json)).toMatchObject({ status: 422, body: { code: "invalid-input" } });
  expect(await call("POST", "/v1/domains/txt.example/verify", "", json)).toMatchObject({ status: 200 });
  expect(await call("DELETE", "/v1/tenants/nobody", "", json)).toMatchObject({ status: 404 });
});

test("an answer kept for its Idempotency-Key is not told to a lesser token", async () => {
  const acme = { "chancery-tenant": "acme", "idempotency-key": "only-the-operator" };
  const made = await call("POST", "/v1/tokens", { name: "second" }, { "chancery-tenant": "acme" });
  expect(await call("POST", "/v1/tenants", { name: "third" }, acme)).toMatchObject({ status: 200 });
  const lesser = { authorization: `Bearer ${String(made.body["token"])}`, "idempotency-key": "only-the-operator" };
  expect(await call("POST", "/v1/tenants", { name: "third" }, lesser)).toMatchObject({ status: 422 });
});

test("of requests under one Idempotency-Key at the same moment one is carried out", async () => {
  const headers = { "idempotency-key": "at-once" };
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => call("POST", "/v1/domains", { domain: "once.example" }, headers)),
  );
  for (const { status, body } of replies) expect([200, 409], JSON.stringify(body)).toContain(status);
  expect(
    replies.filter(({ status, headers: { "idempotency-replayed": again } }) => status === 200 && again === undefined),
  ).toHaveLength(1);
  expect(await call("POST", "/v1/domains", { domain: "once.example" }, headers)).toMatchObject({ status: 200 });
});
