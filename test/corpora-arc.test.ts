// The ARC suite of ValiMail and others, by the reading that RFC 8617 asks for.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { validateArc } from "../server/src/engine/mail-authentication/arc.ts";
import { parseFixture } from "../server/src/engine/resolver/fixture.ts";

const corpora = process.env["CHANCERY_CORPORA"];
/** The suite's chains have no end of validity. */
const now = 1_795_305_600;

type Case = { id: string; file: string; dns: unknown; expect_rfc8617: "none" | "pass" | "fail" };

if (corpora === undefined) {
  test.skipIf(process.env["CI"] === undefined)("the corpora were given", () => {
    expect.fail("CHANCERY_CORPORA is not set: the ARC suite of other projects did not run");
  });
  console.warn("test/corpora-arc.test.ts was given no corpora: set CHANCERY_CORPORA to their folder to run them");
} else {
  const folder = path.join(corpora, "arc");
  const cases = JSON.parse(readFileSync(path.join(folder, "validation.json"), "utf8")) as Case[];

  describe("the ARC suite", () => {
    test.each(cases.map((one) => [one.id, one] as const))("%s", async (_id, { file, dns, expect_rfc8617 }) => {
      const lookup = parseFixture(JSON.stringify(dns));
      if (!lookup.ok) throw new Error(lookup.problem);
      const { result, reason, detail } = await validateArc(readFileSync(path.join(folder, file)), lookup.value, now);
      expect(result, `${reason}: ${detail}`).toBe(expect_rfc8617);
    });
  });
}
