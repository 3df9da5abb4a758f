import { generateKeyPairSync } from "node:crypto";
import { Writable } from "node:stream";
import type { Domain, Key } from "@chancery/api";
import type { FastifyInstance } from "fastify";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aggregateXml, type ReportedRow } from "../../service/reports/report.fixture.ts";
import { type Authority, authorityFor, startAuthority } from "../../engine/resolver/test-authority.ts";
import { makeLog } from "../log.ts";
import { adminToken, now, startApi } from "./own-api.fixture.ts";

/** Domains whose owners keep the record or bring the key, through the API, over a name server of their own. */
const address = "127.53.61.17";
const soa = "@ 3600 SOA ns hostmaster 1 3600 600 86400 300\n";
let customer = "";
let logged = "";
let authority: Authority;
let app: FastifyInstance;
let close: () => Promise<void>;

beforeAll(async () => {
  authority = await startAuthority([address], ({ query }) =>
    authorityFor({
      ".": `${soa}@ NS ns.root.\nns.root. A ${address}\nexample. NS ns.example.\nns.example. A ${address}`,
      example: `${soa}@ NS ns\nns A ${address}\n${customer}`,
    })(query),
  );
  const environment = {
    CHANCERY_RESOLVER_ROOT: `[{name: ns.root, addresses: [${address}]}]`,
    CHANCERY_RESOLVER_AUTHORITY_PORT: String(authority.port),
  };
  const stream = new Writable({ write: (chunk, _, done) => ((logged += String(chunk)), done()) });
  ({ app, close } = await startApi(environment, makeLog("api", "debug", stream)));
});
afterAll(async () => {
  await close();
  await authority.close();
});

async function call(
  method: "GET" | "POST" | "DELETE",
  url: string,
  payload?: object,
): Promise<{ status: number; body: unknown; text: string }> {
  const headers = { authorization: `Bearer ${adminToken}` };
  const reply = await app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
  return { status: reply.statusCode, body: reply.json<unknown>(), text: reply.body };
}
const zoneLine = (name: string, text: string): string =>
  `${name}. 5 TXT ${(text.match(/.{1,250}/g) ?? []).map((part) => `"${part}"`).join(" ")}\n`;

test("txt: one round of publishing is enough, and each mistake is told by its code", async () => {
  const added = (await call("POST", "/v1/domains", { domain: "kept.example", method: "txt" })).body as Domain;
  expect(added.records.map(({ purpose, type }) => `${purpose} ${type}`)).toEqual(["proof of control TXT", "key TXT"]);
  const [challenge, key] = added.records;
  expect(key!.name).toMatch(/esp.*\._domainkey\.kept\.example$/);
  const { items } = (await call("GET", "/v1/domains/kept.example/keys")).body as { items: Key[] };
  expect(items).toMatchObject([
    { phase: "generated", keeper: "customer", origin: "made", waitsFor: expect.stringContaining("claim") },
  ]);

  const seen = async (...lines: string[]): Promise<string[]> => {
    customer = lines.join("");
    const { findings } = (await call("POST", "/v1/domains/kept.example/verify")).body as Domain;
    return findings.filter(({ subject }) => subject === key!.name).map(({ code }) => code);
  };
  const text = key!.data;
  expect(await seen(zoneLine(`${key!.name}.kept.example`, text))).toEqual(["WrongHost"]);
  expect(await seen(zoneLine(key!.name, text), zoneLine(key!.name, "v=DKIM1; p="))).toEqual(["MultipleKeyRecords"]);
  expect(await seen(zoneLine(key!.name, text.replaceAll(";", "\\\\;")))).toEqual(["KeyMalformed"]);
  expect(await seen(zoneLine(key!.name, `${text}; t=y`))).toEqual(["KeyTesting"]);
  expect(await seen(zoneLine(key!.name, text.replaceAll(" ", "")), zoneLine(challenge!.name, challenge!.data))).toEqual(
    [],
  );
  const verified = (await call("GET", "/v1/domains/kept.example")).body as Domain;
  expect(verified).toMatchObject({ claim: "verified", status: "valid" });
}, 30_000);

test("customer-key: what is brought is in no answer and no log, and what is wrong with it is said", async () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }) as string;
  const secret = pem.split("\n")[1]!;
  const algorithms = ["rsa-sha256", "ed25519-sha256"];
  await call("POST", "/v1/domains", { domain: "brought.example", method: "customer-key", algorithms });
  const url = "/v1/domains/brought.example/keys/import";
  const refused = async (body: object): Promise<string> => {
    const { status, text } = await call("POST", url, body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain(secret);
    return text;
  };
  expect(await refused({ selector: "mail" })).toContain("privateKey or publicKey");
  expect(await refused({ selector: "a b", privateKey: pem })).toContain("is no selector");
  expect(await refused({ selector: "mail", privateKey: pem.slice(0, 60) })).toContain("no private key can be read");
  expect(await refused({ selector: "mail", publicKey: pem })).toContain("only its public half");
  expect(await refused({ selector: "mail", privateKey: "x".repeat(40_000) })).toContain("privateKey");
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ format: "pem", type: "pkcs1" });
  expect(await refused({ selector: "mail", privateKey: small })).toContain("--allow-1024");

  const imported = await call("POST", url, { selector: "Mail", privateKey: pem });
  expect(imported.body).toMatchObject({
    selector: "mail",
    origin: "shared",
    keeper: "customer",
    method: "customer-key",
  });
  expect(await refused({ selector: "other", privateKey: pem })).toContain("selector mail");
  expect((await call("POST", "/v1/domains/brought.example/rotations", {})).text).toContain("key import");
  const shown = await call("GET", "/v1/domains/brought.example");
  expect((shown.body as Domain).records.map(({ name }) => name)).toContain("mail._domainkey.brought.example");
  for (const text of [imported.text, shown.text, logged]) expect(text).not.toContain(secret);
}, 30_000);

test("a domain that hosts a key for others is not given up before their word", async () => {
  await call("POST", "/v1/domains", {
    domain: "hosted.example",
    method: "customer-key",
    algorithms: ["ed25519-sha256"],
  });
  const publicKey = generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" });
  const url = "/v1/domains/hosted.example/keys";
  expect(((await call("POST", `${url}/import`, { selector: "theirs", publicKey })).body as Key).keeper).toBe("us");
  expect((await call("DELETE", "/v1/domains/hosted.example")).text).toContain("key withdraw");
  const asked = (await call("POST", `${url}/withdraw`, { selector: "theirs" })).body;
  expect(asked).toMatchObject({ declared: false, lastUse: { stoppedHereAt: null, elsewhere: { state: "unknown" } } });
  expect((await call("POST", `${url}/withdraw`, { selector: "theirs", yes: true })).body).toMatchObject({
    declared: true,
  });
  expect((await call("DELETE", "/v1/domains/hosted.example")).status).toBe(200);
});

test("whoever takes a key away that others sign with is shown its last use first, and asked", async () => {
  const end = now() - 3600;
  const row = { count: 12, source: "192.0.2.44", signatures: [["shown.example", "vendor", "pass"]] } as const;
  const report = (id: string, rows: ReportedRow[]) =>
    call("POST", "/v1/reports", {
      file: gzipSync(aggregateXml("shown.example", { begin: end - 86_400, end, id }, rows)).toString("base64"),
    });
  await call("POST", "/v1/domains", {
    domain: "shown.example",
    method: "customer-key",
    algorithms: ["ed25519-sha256"],
  });
  const url = "/v1/domains/shown.example/keys";
  const publicKey = generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" });
  const { id } = (await call("POST", `${url}/import`, { selector: "vendor", publicKey })).body as Key;
  const asked = async () => (await call("POST", `${url}/withdraw`, { selector: "vendor" })).body;

  expect(await asked()).toMatchObject({
    declared: false,
    lastUse: { elsewhere: { state: "unknown", coverage: null } },
  });
  expect((await report("first", [{ count: 3 }])).body).toMatchObject({ reports: [{ outcome: "taken", messages: 3 }] });
  expect(await asked()).toMatchObject({ lastUse: { elsewhere: { state: "not-seen", coverage: { reports: 1 } } } });
  await report("second", [row]);
  const seen = { state: "seen", lastAt: end, messages: 12, by: [{ organization: "Receiver" }] };
  const elsewhere = { ...seen, sources: [{ address: "192.0.2.44", messages: 12 }] };
  expect(await asked()).toMatchObject({ declared: false, lastUse: { elsewhere } });

  expect((await call("GET", "/v1/domains/shown.example/uses")).body).toMatchObject({
    items: [{ selector: "vendor", by: "brought", use: elsewhere }],
  });
  const revoke = (body: object) => call("POST", `${url}/${id}/revoke`, { reason: "test", ...body });
  expect((await revoke({})).body).toMatchObject({ revoked: false, elsewhere });
  expect(((await call("GET", url)).body as { items: Key[] }).items).toMatchObject([{ phase: "generated" }]);
  expect((await revoke({ yes: true })).body).toMatchObject({ revoked: true, elsewhere });
  expect((await call("GET", "/v1/reports")).body).toMatchObject({
    items: [{ reportId: "first" }, { reportId: "second" }],
  });
  expect((await call("POST", "/v1/reports", { file: Buffer.from("hello").toString("base64") })).text).toContain(
    "neither a report",
  );
}, 30_000);

test("the registration of the domain that a name is held in is shown with it, and may be told by hand", async () => {
  const held = { domain: "held-for.example", method: "third-party-domain", registrationExpires: "2099-03-31" };
  const told = { name: "esp.example", source: "operator", expiresAt: Date.UTC(2099, 2, 31) / 1000, problem: null };
  expect((await call("POST", "/v1/domains", held)).body).toMatchObject({ registration: told });
  const soon = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  const put = await app.inject({
    method: "PUT",
    url: "/v1/registrations/esp.example",
    headers: { authorization: `Bearer ${adminToken}` },
    payload: { expiresOn: soon },
  });
  expect(put.json()).toMatchObject({ source: "operator", expiresAt: Date.parse(soon) / 1000 });
  expect((await call("GET", "/v1/registrations")).body).toMatchObject({ items: [{ name: "esp.example" }] });
  const { findings } = (await call("GET", "/v1/domains/held-for.example")).body as Domain;
  expect(findings).toContainEqual(expect.objectContaining({ code: "RegistrationEnds", severity: "high" }));
  const ring = { domain: "ring.example", method: "cname-ring", registrationExpires: "2099-03-31" };
  expect((await call("POST", "/v1/domains", ring)).text).toContain("leave --registration-expires out");
  expect((await call("POST", "/v1/domains", { ...ring, registrationExpires: undefined })).body).toMatchObject({
    registration: null,
  });
});

test("a selector that carries another key in DNS is not taken", async () => {
  const standing = generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  customer = zoneLine("fixed._domainkey.brought.example", `v=DKIM1; k=ed25519; p=${standing.toString("base64")}`);
  const publicKey = generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" });
  const { text } = await call("POST", "/v1/domains/brought.example/keys/import", { selector: "fixed", publicKey });
  expect(text).toContain("carries another key now");
});
