import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appendAliasFact } from "../../engine/database/alias-facts.ts";
import { findVerifiedDomain, markDomainVerified } from "../../engine/database/domains.ts";
import { newId } from "../../engine/database/id.ts";
import { openDatabase } from "../../engine/database/open.ts";
import type { Database } from "../../engine/database/schema.ts";
import { appendMoveFact } from "../../engine/database/move-facts.ts";
import { putRecordState } from "../../engine/database/record-states.ts";
import { insertTenant } from "../../engine/database/tenants.ts";
import { transact } from "../../engine/database/transact.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { addDomain, type NewClaim } from "./add.ts";
import type { OnboardingSettings } from "./claim.ts";
import { domainView } from "./view.ts";

let db: Database;
const tenants: Record<"acme" | "globex", string> = { acme: newId("ten"), globex: newId("ten") };
beforeAll(async () => {
  db = await openDatabase(await freshDatabase());
  for (const [name, id] of Object.entries(tenants)) await insertTenant(db, { id, name, createdAt: 1 });
});
afterAll(() => db.destroy());

const settings: OnboardingSettings = {
  dns: {
    zone: "dkim.esp.example",
    nameservers: [{ name: "ns1.dkim.esp.example", addresses: ["192.0.2.1"] }],
    heldZone: "held.esp.example",
  },
  label: "esp",
  recordTtlSeconds: 3600,
  rotateAfterSeconds: 15_552_000,
};
const add = (claim: Omit<NewClaim, "tenantId">, changes: Partial<OnboardingSettings> = {}) =>
  addDomain(db, { tenantId: tenants.acme, ...claim }, { ...settings, ...changes }, "test", 10);

describe("what is refused, with what to do", () => {
  test.each<[string, Omit<NewClaim, "tenantId">, string, string]>([
    ["R-31 the main domain", { domain: "main.example", method: "ns-subdomain" }, "invalid-input", "email.main.example"],
    ["a main domain below a longer suffix", { domain: "main.co.uk", method: "ns-subdomain" }, "invalid-input", "main"],
    [
      "the word of a tenant alone",
      { domain: "x.example", method: "third-party-domain" },
      "forbidden",
      "only the operator",
    ],
    [
      "a template outside the branch",
      { domain: "x.example", method: "ns-branch", selectorTemplate: "{mon}{yyyy}" },
      "invalid-input",
      "has to end in .{label}",
    ],
    [
      "what is no template",
      { domain: "x.example", method: "ns-domainkey", selectorTemplate: "{month}" },
      "invalid-input",
      "the placeholders are",
    ],
    [
      "a template where names are fixed",
      { domain: "x.example", method: "cname-ring", selectorTemplate: "{n}" },
      "invalid-input",
      "fixed in advance",
    ],
    [
      "selectors to import where none is hidden",
      { domain: "x.example", method: "ns-branch", importSelectors: ["s1"] },
      "invalid-input",
      "none has to be imported",
    ],
    [
      "what is no selector",
      { domain: "x.example", method: "ns-domainkey", importSelectors: ["a b"] },
      "invalid-input",
      "is not a selector",
    ],
    [
      "a name in the zone of held names",
      { domain: "a.held.esp.example", method: "third-party-domain", byOperator: true },
      "invalid-input",
      "lie within each other",
    ],
  ])("%s", async (_, claim, code, words) => {
    await expect(add(claim)).rejects.toMatchObject({ name: "Refusal", code, message: expect.stringContaining(words) });
  });
});

describe("what is agreed for a claim", () => {
  test("the template of the settings is kept, one that is asked for comes first", async () => {
    const changes = { selectorTemplate: "k{n}.{label}" };
    expect((await add({ domain: "a.example", method: "ns-branch" }, changes)).options).toEqual(changes);
    const asked = { selectorTemplate: "{yyyy}{mm}.{label}" };
    expect((await add({ domain: "b.example", method: "ns-branch", ...asked }, changes)).options).toEqual(asked);
    expect((await add({ domain: "c.example", method: "cname-ring" }, changes)).options).toEqual({});
  });

  test("selectors of others are kept once each, as DNS has them", async () => {
    const importSelectors = ["S1", "s1.", "k2.vendor"];
    const row = await add({ domain: "d.example", method: "ns-domainkey", importSelectors, otherSelectors: "none" });
    expect(row.options).toEqual({ importSelectors: ["s1", "k2.vendor"], otherSelectors: "none" });
  });
});

test("a claim that the operator vouches for is nobody's verified one, holds nobody back, and says who holds the domain then", async () => {
  const row = await add({ domain: "quiet.example", method: "third-party-domain", byOperator: true });
  const before = await domainView(db, row, settings, 20);
  expect(before).toMatchObject({ claim: "vouched", status: "valid", records: [] });
  expect(before.signingDomain).toMatch(/^[a-z2-7]{20}\.held\.esp\.example$/);
  expect(before.findings.map(({ code }) => code)).toEqual(["NotAligned"]);
  expect(await findVerifiedDomain(db, "quiet.example")).toBeUndefined();

  const owner = await add({ domain: "quiet.example", method: "cname-ring", tenantId: tenants.globex } as NewClaim);
  const outcome = await transact(db, (trx) => markDomainVerified(trx, tenants.globex, owner.id, 30));
  expect(outcome).toBe("verified");
  const after = await domainView(db, row, settings, 40);
  expect(after.status).toBe("failed");
  expect(after.findings.map(({ code }) => code)).toEqual(["NotAligned", "ClaimedElsewhere"]);
});

test("S18 until the selectors of others are known, the NS records are not among what is to be published", async () => {
  const row = await add({ domain: "big.example", method: "ns-domainkey" });
  const { records, findings, status } = await domainView(db, row, settings, 20);
  expect(records.map(({ type }) => type)).toEqual(["TXT"]);
  expect(findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual(["SelectorsNotImported medium"]);
  expect(status).toBe("pending");
});

test("the customer's alias to an upstream stays until ours is served: from the first answer on, and nothing is held against it", async () => {
  const wishes = { upstreams: [{ selector: "s1", target: "s1.upstream.example" }] };
  const row = await add({ domain: "chain.example", method: "cname-chain", wishes });
  const before = await domainView(db, row, settings, 20);
  expect(before.findings.map(({ code }) => code)).toEqual(["AliasNotReady"]);
  expect(before.records.map(({ remedy }) => remedy?.split(" ")[0])).toEqual(["publish", "leave"]);

  const seen = { domainId: row.id, checkedAt: 30, found: { found: [], reasons: [] } };
  await transact(db, async (trx) => {
    await putRecordState(trx, { ...seen, name: "_chancery-challenge.chain.example", type: "TXT", state: "present" });
    await putRecordState(trx, { ...seen, name: "s1._domainkey.chain.example", type: "CNAME", state: "wrong" });
    await markDomainVerified(trx, row.tenantId, row.id, 30);
  });
  const verified = { ...row, verifiedAt: 30 };
  const after = await domainView(db, verified, settings, 40);
  expect(after).toMatchObject({ claim: "verified", status: "pending" });
  expect(after.findings.map(({ code }) => code)).toEqual(["AliasNotReady"]);

  const fact = { domainId: row.id, selector: "s1", at: 40, trustedMs: 1 };
  const served = { to: "s1.upstream.example", from: null, zone: "dkim.esp.example", serial: 1, ttlSeconds: 60 };
  await transact(db, async (trx) => {
    await appendAliasFact(trx, { ...fact, kind: "served", evidence: served });
    await appendAliasFact(trx, { ...fact, kind: "settled", evidence: { observedTrustedMs: 1 } });
  });
  const ready = await domainView(db, verified, settings, 50);
  expect(ready.status).toBe("degraded");
  expect(ready.findings.map(({ code }) => code)).toEqual(["CnameMismatch"]);
  expect(ready.records[1]!.remedy).toMatch(/^replace /);
});

test("on the way out of a delegation the customer's zone is that above it, not ours below it, where the new proof is answered for", async () => {
  const row = await add({ domain: "out.move.example", method: "ns-subdomain" });
  const seenIn = (name: string) => ({ found: [], reasons: [], also: [], zone: { name, nameServers: ["ns"] } });
  const seen = { domainId: row.id, type: "TXT", state: "present", checkedAt: 20 } as const;
  const fact = { domainId: row.id, at: 20, trustedMs: 1 };
  await transact(db, async (trx) => {
    await markDomainVerified(trx, row.tenantId, row.id, 15);
    const asked = { from: "ns-subdomain", to: "ns-branch", requestedBy: "test" };
    await appendMoveFact(trx, { ...fact, kind: "requested", evidence: asked });
    await appendMoveFact(trx, { ...fact, kind: "asked", evidence: { to: "ns-branch" } });
    await appendMoveFact(trx, { ...fact, kind: "delegated", evidence: { to: "ns-branch", trustedMs: 1 } });
    const [below, above] = ["out.move.example", "move.example"];
    await putRecordState(trx, { ...seen, name: `_chancery-challenge.${below}`, found: seenIn(below) });
    await putRecordState(trx, { ...seen, name: `_chancery-challenge.${above}`, found: seenIn(above) });
  });
  const { records, customerZone } = await domainView(db, { ...row, verifiedAt: 15, method: "ns-branch" }, settings, 30);
  expect(records.filter(({ purpose }) => purpose === "proof of control")).toHaveLength(2);
  expect(customerZone?.name).toBe("move.example");
});
