// Authentication-Results fields of other projects, with what at least two independent parsers read in them.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "chancery/authres";

const corpora = process.env["CHANCERY_CORPORA"];

type Expected = {
  authserv_id: string;
  version: string | null;
  results: {
    method: string;
    version: string | null;
    result: string;
    reason: string | null;
    props: [ptype: string, property: string, value: string][];
  }[];
};
/** `expected` is null where the parsers do not agree. */
type Case = { id: string; header: string; expected: Expected | { error: true } | null };

if (corpora === undefined) {
  test.skipIf(process.env["CI"] === undefined)("the corpora were given", () => {
    expect.fail("CHANCERY_CORPORA is not set: the Authentication-Results fields of other projects were not read");
  });
  console.warn("test/corpora-authres.test.ts was given no corpora: set CHANCERY_CORPORA to their folder to run them");
} else {
  const cases = JSON.parse(readFileSync(path.join(corpora, "authres", "cases.json"), "utf8")) as Case[];

  describe("other parsers read the same in an Authentication-Results field", () => {
    test.each(cases.map((one) => [one.id, one] as const))("%s", (_id, { header, expected }) => {
      const results = parse(header);
      if (expected === null) return;
      if ("error" in expected) return expect(results).toBeUndefined();
      expect(
        results && {
          authserv_id: results.authservId,
          version: results.version,
          results: results.results.map(({ method, version, result, reason, properties }) => ({
            method,
            version,
            result,
            reason,
            props: properties.map(({ ptype, property, value }) => [ptype, property, value]),
          })),
        },
      ).toEqual(expected);
    });
  });
}
