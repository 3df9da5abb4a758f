import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { shippedCatalogueFolder } from "../../../engine/provider-catalogue/load.ts";
import { run } from "../test-run.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-provider-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const provider = (...words: string[]): ReturnType<typeof run> => run("provider", ...words);

test("list: one line a provider, in JSON one document each", async () => {
  expect((await provider("list")).out).toContain("microsoft365");
  const lines = (await provider("list", "--json")).out.trim().split("\n");
  expect(lines.length).toBeGreaterThan(100);
  expect(JSON.parse(lines[0] ?? "")).toHaveProperty("key.scope");
});

test("show: what is known, and how to leave, for the domain that was named", async () => {
  const { out, status } = await provider("show", "amazon-ses", "--domain", "customer.example");
  expect(status).toBe(0);
  expect(out).toContain("delete-email-identity --email-identity customer.example");
  expect(JSON.parse((await provider("show", "sendgrid", "--json")).out)).toMatchObject({ id: "sendgrid" });
  expect(await provider("show", "nobody")).toMatchObject({ status: 2, out: "" });
});

test.each([
  ["selector1-example-com._domainkey.example.n-v1.dkim.mail.microsoft", "microsoft365"],
  ["NS1.klaviyo.com.", "klaviyo"],
  ["example-com.20230601.gappssmtp.com", "google-workspace"],
  ["_spf.google.com", "google-workspace"],
  ["3893FD85802C028132F63A3058D70F48B219BB69AE4464D2101ECF0A51E81B47", "cloudflare-email-routing"],
])("match: %s is %s's", async (name, id) => {
  const { out, status } = await provider("match", name, "--json");
  expect(JSON.parse(out)).toMatchObject([{ id, certainty: expect.any(String) as string }]);
  expect(status).toBe(0);
});

test("match: nobody is known, which is a negative answer", async () => {
  expect(await provider("match", "s1.domainkey.u1.wl1.notsendgrid.net")).toMatchObject({ status: 1 });
  expect(await provider("match", "a..b")).toMatchObject({ status: 2 });
});

describe("a catalogue of one's own", () => {
  const own = join(folder, "own");
  cpSync(shippedCatalogueFolder, own, { recursive: true });
  test("is read instead", async () => {
    writeFileSync(join(own, "version"), "2030.1.1\n");
    expect((await provider("list", "--catalogue", own)).status).toBe(0);
  });
  test("with a fault in it, the message names the file and the member", async () => {
    writeFileSync(join(own, "providers/sendgrid.json"), '{"id":"sendgrid","colour":"red"}');
    const { status, errors } = await provider("list", "--catalogue", own);
    expect(status).toBe(2);
    expect(errors).toContain("sendgrid.json: knows no member colour");
  });
  test("that is not there", async () => {
    expect((await provider("list", "--catalogue", join(folder, "none"))).errors).toContain("ENOENT");
  });
});

describe("microsoft365", () => {
  const target = (selector: string): string => `${selector}-example-com._domainkey.example.n-v1.dkim.mail.microsoft`;
  const zone = {
    "selector1._domainkey.example.com": { CNAME: target("selector1") },
    "selector2._domainkey.example.com": { CNAME: target("selector2") },
    [target("selector1")]: { TXT: ["v=DKIM1; k=rsa; p=AA=="] },
    "selector1._domainkey.down.example": { error: "SERVFAIL" },
    "selector2._domainkey.down.example": { error: "TIMEOUT" },
  };
  const dns = file("zone.json", JSON.stringify(zone));
  const config = (values: object): string =>
    file(
      "config.json",
      Buffer.from(
        `\uFEFF${JSON.stringify({
          Name: "example.com",
          Enabled: true,
          Status: "Valid",
          Selector1CNAME: target("selector1"),
          Selector2CNAME: target("selector2"),
          ...values,
        })}`,
        "utf16le",
      ),
    );
  const state = (domain: string, ...words: string[]): ReturnType<typeof run> =>
    provider("microsoft365", domain, "--dns", dns, ...words);

  test("Valid by DNS alone", async () => {
    const { out, status } = await state("example.com", "--json");
    expect(JSON.parse(out)).toMatchObject({ status: "Valid", active: "selector1", signing: "unknown", steps: [] });
    expect(status).toBe(0);
  });
  test("switched off by Microsoft's word: the command, and 1", async () => {
    const { out, status } = await state("example.com", "--microsoft365", config({ Enabled: false }));
    expect(out).toContain("1. Set-DkimSigningConfig -Identity example.com -Enabled $true");
    expect(status).toBe(1);
  });
  test("two short keys: two rotations", async () => {
    const { out } = await state(
      "example.com",
      "--microsoft365",
      config({ Selector1KeySize: 1024, Selector2KeySize: "1024" }),
    );
    expect(out.match(/Rotate-DkimSigningConfig -Identity example.com -KeySize 2048/g)).toHaveLength(2);
    expect(out).toContain("96 hours");
  });
  test("a domain that Microsoft does not list", async () => {
    const { out, status } = await state("example.org", "--microsoft365", config({}));
    expect(out).toContain("NoDKIMKeys");
    expect(out).toContain("New-DkimSigningConfig -DomainName example.org -Enabled $false -KeySize 2048");
    expect(status).toBe(1);
  });
  test("no answer of DNS: 3", async () => {
    expect(await state("down.example")).toMatchObject({ status: 3 });
  });
  test("a file that is something else", async () => {
    expect(await state("example.com", "--microsoft365", dns)).toMatchObject({ status: 2 });
  });
});
