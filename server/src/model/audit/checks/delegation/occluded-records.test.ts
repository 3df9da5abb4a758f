import { expect, test } from "vitest";
import { nothingIsOccluded } from "./occluded-records.ts";
import { evidence, look } from "./test-evidence.ts";

const cut = "_domainkey.customer.example";

test("AUD-D-08 selectors left in the zone below a cut", () => {
  const occluded = ["google", "s1"].map((selector) => ({ name: `${selector}.${cut}`, cut }));
  expect(look(nothingIsOccluded, evidence({ occluded }))).toMatchObject([
    {
      code: "OccludedRecords",
      severity: "medium",
      subject: cut,
      summary: `${cut} is delegated, which hides 2 names in the zone above`,
      evidence: [
        `google.${cut} stands below the NS records of ${cut}`,
        `s1.${cut} stands below the NS records of ${cut}`,
      ],
    },
  ]);
});

test("AUD-D-08 no finding where nothing is left, or nobody has the zone", () => {
  expect(look(nothingIsOccluded, evidence({ occluded: [] }))).toBe("does not apply");
  expect(look(nothingIsOccluded, evidence({}))).toBe("needs evidence");
});
