import * as fc from "fast-check";
import { authorOf, splitHeader } from "chancery/mail";
import { expect, test } from "vitest";
import { decideSigning, type SigningClaim, type SigningDecision } from "./signing-decision.ts";

const claims: SigningClaim[] = [
  { domainId: "dom_1", domain: "a.example", tenantId: "A", basis: "verified" },
  { domainId: "dom_2", domain: "news.a.example", tenantId: "B", basis: "verified" },
  { domainId: "dom_3", domain: "b.example", tenantId: "B", basis: "verified" },
];
const claimOf = (domain: string): SigningClaim | undefined => claims.find((claim) => claim.domain === domain);
function decide(tenant: string, header: string): SigningDecision {
  const fields = splitHeader(new TextEncoder().encode(header));
  if (!fields.ok) throw new Error(fields.problem);
  return decideSigning(authorOf(fields.value), tenant, claimOf);
}

test.each([
  ["A", "From: x@a.example\r\n", "a.example"],
  ["A", "From: X <x@shop.a.example>\r\n", "a.example"],
  ["A", "From: x@A.Example\r\n", "a.example"],
  ["B", "From: x@news.a.example\r\n", "news.a.example"],
])("DKIM-S-21 tenant %s may sign %j as %s", (tenant, header, domain) => {
  expect(decide(tenant, header)).toMatchObject({ may: "sign", claim: { domain } });
});

test.each([
  ["B", "From: x@a.example\r\n", "not-this-tenants-domain"],
  ["A", "From: x@news.a.example\r\n", "not-this-tenants-domain"], // the closer claim is another tenant's
  ["A", "From: x@deep.news.a.example\r\n", "not-this-tenants-domain"],
  ["A", "From: x@a.example, y@b.example\r\n", "no-single-author"],
  ["A", "From: x@a.example\r\nFrom: x@a.example\r\n", "no-single-author"],
  ["A", "from : x@a.example\r\nFROM: y@b.example\r\n", "no-single-author"],
  ["A", "From: g: x@a.example;\r\n", "no-single-author"],
  ["A", "Sender: x@a.example\r\n", "no-single-author"],
])("DKIM-S-23 R-9 tenant %s may not sign %j: %s", (tenant, header, reason) => {
  expect(decide(tenant, header)).toMatchObject({ may: "refuse", reason });
});

test.each(["From: x@nota.example\r\n", "From: x@example\r\n"])("DKIM-S-22 %j is of no domain here", (header) => {
  expect(decide("A", header)).toMatchObject({ may: "unclaimed" });
});

test("I-14, R-7: whatever is signed is signed for the tenant that verified the domain", () => {
  const label = fc.constantFrom("a", "b", "news", "example", "x");
  const domain = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
  fc.assert(
    fc.property(fc.constantFrom("A", "B", "C"), domain, (tenant, name) => {
      const decision = decide(tenant, `From: x@${name}\r\n`);
      if (decision.may === "sign") {
        expect(decision.claim.tenantId).toBe(tenant);
        expect(name === decision.claim.domain || name.endsWith(`.${decision.claim.domain}`)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test.each<[string, string, "sign" | "unclaimed" | "refuse"]>([
  ["A", "From: x@quiet.example\r\n", "sign"],
  ["A", "From: x@news.quiet.example\r\n", "sign"],
  ["B", "From: x@quiet.example\r\n", "unclaimed"], // the operator vouches for one tenant
  ["A", "From: x@b.example\r\n", "refuse"], // whoever verifies it ends what the operator vouched for
])("R-9 tenant %s with a claim that the operator vouches for, %j: %s", (tenant, header, may) => {
  const vouched: SigningClaim[] = ["quiet.example", "b.example"].map((domain) => ({
    domainId: `dom_${domain}`,
    domain,
    tenantId: "A",
    basis: "vouched",
  }));
  const fields = splitHeader(new TextEncoder().encode(header));
  if (!fields.ok) throw new Error(fields.problem);
  const decision = decideSigning(authorOf(fields.value), tenant, claimOf, (domain) =>
    vouched.find((claim) => claim.domain === domain),
  );
  expect(decision.may).toBe(may);
});
