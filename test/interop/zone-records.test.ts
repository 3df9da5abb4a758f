// Records, templates and zones on a Chancery that runs: the examples of docs/operate/zones.md as they are printed, and the ways to host
// delegated data, asked with dig.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { dig } from "../rig/dig.ts";

let chancery: Chancery;
beforeAll(async () => {
  const nameservers = [{ name: "ns1.dkim.esp.example", addresses: ["192.0.2.53"] }];
  chancery = await newChancery(undefined, {
    "dns.zone": "dkim.esp.example",
    "dns.nameservers": JSON.stringify(nameservers),
  });
  await chancery.start();
});
afterAll(() => chancery?.remove());

type Json = Record<string, unknown>;
async function call(method: string, path: string, body?: Json, headers: Record<string, string> = {}) {
  const token = readFileSync(join(chancery.data, "admin-token"), "utf8").trim();
  const { host, port } = chancery.listen.http;
  const response = await fetch(`http://${host}:${port}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Json };
}
const asked = async (name: string, type: string) => dig(chancery.listen.dns, name, type);
const put = (name: string, type: string, ...data: string[]) => ({ do: "put", name, type, data });
const change = (origin: string, ...changes: Json[]) => call("POST", `/v1/zones/${origin}/records`, { changes });

/** Commands with what they print, from the page's consoles. */
const page = readFileSync(join(import.meta.dirname, "../../docs/operate/zones.md"), "utf8");
const examples = [...page.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
  block
    .split(/^\$ chancery /m)
    .slice(1)
    .map((text) => ({ command: text.slice(0, text.indexOf("\n")), printed: text.slice(text.indexOf("\n") + 1) })),
);
const withoutSerials = (text: string): string => text.replaceAll(/\b1[789]\d{8}\b/g, "<serial>");

describe("docs/operate/zones.md", () => {
  test("has examples", () => expect(examples.length).toBeGreaterThan(10));
  test.each(examples)("$command", async ({ command, printed }) => {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
    const { stdout, stderr } = await chancery.cli(...words);
    expect(withoutSerials(stdout + stderr)).toBe(withoutSerials(printed));
  });
});

describe("hosting of delegated data", () => {
  const key = '"v=DKIM1; p="';

  test("DNS-F-01 (b) a customer's _domainkey: SOA and NS at its top and no TXT there, keys below", async () => {
    expect((await call("POST", "/v1/zones", { origin: "_domainkey.customer.example" })).status).toBe(200);
    const name = "s1._domainkey.customer.example";
    expect(await change("_domainkey.customer.example", put(name, "TXT", key))).toMatchObject({
      status: 200,
      body: { warnings: [] },
    });
    expect(await asked(name, "TXT")).toMatchObject({ authoritative: true, rcode: "NOERROR", answers: [key] });
    expect((await asked("_domainkey.customer.example", "SOA")).answers).toHaveLength(1);
    expect((await asked("_domainkey.customer.example", "NS")).answers).toEqual(["ns1.dkim.esp.example."]);
    expect(await asked("_domainkey.customer.example", "TXT")).toMatchObject({ rcode: "NOERROR", answers: [] });
    expect(await asked("s2._domainkey.customer.example", "TXT")).toMatchObject({ rcode: "NXDOMAIN" });
  });

  test("DNS-F-01 (c) a whole sending subdomain: every type that it needs is answered as it was put", async () => {
    await call("POST", "/v1/zones", { origin: "send.customer.example" });
    const sets: [string, string, string[]][] = [
      ["send.customer.example", "A", ["192.0.2.1"]],
      ["send.customer.example", "AAAA", ["2001:db8::1"]],
      ["send.customer.example", "MX", ["10 mx.send.customer.example."]],
      ["send.customer.example", "TXT", ['"v=spf1 a mx -all"']],
      ["send.customer.example", "CAA", ['0 issue "letsencrypt.org"']],
      ["mx.send.customer.example", "A", ["192.0.2.2"]],
      ["_25._tcp.mx.send.customer.example", "TLSA", [`3 1 1 ${"AB".repeat(28)} ${"AB".repeat(4)}`]],
      ["_submission._tcp.send.customer.example", "SRV", ["0 1 587 mx.send.customer.example."]],
      ["click.send.customer.example", "CNAME", ["track.example.net."]],
      ["x.send.customer.example", "TYPE65280", ["\\# 4 C0000201"]],
      ["s1._domainkey.send.customer.example", "TXT", [key]],
    ];
    const changed = await change(
      "send.customer.example",
      ...sets.map(([name, type, data]) => put(name, type, ...data)),
    );
    expect(changed).toMatchObject({ status: 200, body: { warnings: [] } });
    for (const [name, type, data] of sets) expect((await asked(name, type)).answers, `${name} ${type}`).toEqual(data);
  });

  test("DNS-F-05 a second TXT at a selector is refused by the API, with what to do", async () => {
    const refused = await change(
      "send.customer.example",
      put("s1._domainkey.send.customer.example", "TXT", key, '"v=DKIM1; p=x"'),
    );
    expect(refused).toMatchObject({ status: 422, body: { code: "records-refused" } });
    expect(refused.body["detail"]).toContain("RFC 6376 §3.6.2.2");
  });

  test("a change for a serial that is not the zone's is refused with 412, by If-Match as by the query", async () => {
    const path = "/v1/zones/send.customer.example/records";
    const changes = [put("new.send.customer.example", "A", "192.0.2.9")];
    const { serial } = (await call("GET", path)).body as { serial: number };
    for (const [query, headers] of [
      ["", { "if-match": `"${serial - 1}"` }],
      [`?serial=${serial - 1}`, {}],
    ] as const)
      expect(await call("POST", path + query, { changes }, headers)).toMatchObject({
        status: 412,
        body: { code: "changed-meanwhile" },
      });
    const headers: Record<string, string> = { "if-match": `"${serial}"` };
    expect((await call("POST", path, { changes }, headers)).status).toBe(200);
  });

  test("DNS-F-08 a change is answered when the call returns, far within the minute", async () => {
    for (const address of ["192.0.2.101", "192.0.2.102", "192.0.2.103"]) {
      expect(
        (await change("send.customer.example", put("now.send.customer.example", "A", address))).body["warnings"],
      ).toEqual([]);
      expect((await asked("now.send.customer.example", "A")).answers).toEqual([address]);
    }
  });

  test("a zone that is removed is REFUSED, and has a higher serial when it comes back", async () => {
    const { serial: before } = (await call("GET", "/v1/zones/send.customer.example")).body as { serial: number };
    expect((await call("DELETE", "/v1/zones/send.customer.example")).status).toBe(200);
    await expect
      .poll(async () => (await asked("send.customer.example", "SOA")).rcode, { timeout: 10_000 })
      .toBe("REFUSED");
    const back = await call("POST", "/v1/zones", { origin: "send.customer.example" });
    expect((back.body as { serial: number }).serial).toBeGreaterThan(before);
    expect((await asked("send.customer.example", "MX")).answers).toEqual([]);
  });

  test("a token of a tenant sees no zone of others", async () => {
    await call("POST", "/v1/tenants", { name: "other" });
    const made = await call("POST", "/v1/tokens", { name: "t" }, { "chancery-tenant": "other" });
    const headers = { authorization: `Bearer ${String(made.body["token"])}` };
    for (const path of ["", "/file", "/records", "/lint"])
      expect((await call("GET", `/v1/zones/send.customer.example${path}`, undefined, headers)).status, path).toBe(404);
    const changes = [put("x.send.customer.example", "A", "192.0.2.9")];
    expect((await call("POST", "/v1/zones/send.customer.example/records", { changes }, headers)).status).toBe(404);
    expect((await call("POST", "/v1/zones/send.customer.example/templates/parked", { set: {} }, headers)).status).toBe(
      404,
    );
    expect((await call("DELETE", "/v1/zones/send.customer.example", undefined, headers)).status).toBe(403);
  });
});
