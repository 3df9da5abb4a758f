import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { authorFrom, resolver, type Names } from "../../vectors/dmarc/example.ts";
import { alignmentOf, byTreeWalk } from "./alignment.ts";
import { evaluate } from "./evaluate.ts";
import { formatPolicyRecord, type PolicyRecordContent } from "./format-record.ts";
import { parsePolicyRecord } from "./policy-record.ts";
import { recordSource } from "./record-lookup.ts";
import { compareWithRfc7489 } from "./rfc7489.ts";
import { walkTargets } from "./tree-walk.ts";

const piece = fc.oneof(
  fc.constantFrom("v=DMARC1", "p=", "sp=", "np=reject", "none", "reject", ";", "=", " ", "\t", "rua=", "mailto:", ","),
  fc.constantFrom("a@example.com", "!10m", "%2C", "%", "\0", "\xff", "psd=y", "psd=n", "t=y", "fo=0:1", "\r\n "),
  fc.string({ unit: "binary", maxLength: 5 }),
);
const text = fc
  .tuple(fc.constantFrom("v=DMARC1;", "v=DMARC1; p=reject;", ""), fc.array(piece, { maxLength: 20 }))
  .map(([start, pieces]) => start + pieces.join(""));

describe("policy records", () => {
  test("DMARC-P-04 any text is a value, and every part of it one of the words there are", () => {
    fc.assert(
      fc.property(text, (any) => {
        const record = parsePolicyRecord(any);
        if (!record.ok) return;
        const { p, psd, fo, rua } = record.value;
        expect([undefined, "none", "quarantine", "reject"]).toContain(p);
        expect(["y", "n", "u"]).toContain(psd);
        expect(fo.length).toBeGreaterThan(0);
        for (const { uri } of rua) expect(uri).not.toMatch(/[\s,!]/);
      }),
      { numRuns: 3000 },
    );
  });

  const policy = fc.constantFrom("none", "quarantine", "reject");
  const mode = fc.constantFrom("relaxed", "strict");
  const uris = fc.array(
    fc
      .tuple(fc.string({ minLength: 1, maxLength: 8 }), fc.constantFrom("example.com", "example.net"))
      .filter(([local]) => /^[^\s?#%\p{Cc}\p{Cs}]+$/u.test(local))
      .map(([local, domain]) => ({ uri: `mailto:${local}@${domain}` })),
    { minLength: 1, maxLength: 3 },
  );
  const content: fc.Arbitrary<PolicyRecordContent> = fc.record({
    p: policy,
    sp: fc.option(policy, { nil: undefined }),
    np: fc.option(policy, { nil: undefined }),
    psd: fc.constantFrom("y", "n", "u"),
    testing: fc.boolean(),
    adkim: mode,
    aspf: mode,
    rua: uris,
    ruf: uris,
    fo: fc.constantFrom(["0"], ["1", "d"], ["d", "s"]),
  });

  test("what is formatted is read as it was", () => {
    fc.assert(
      fc.property(content, (published) => {
        const record = parsePolicyRecord(formatPolicyRecord(published));
        expect(record.ok).toBe(true);
        if (!record.ok) return;
        const { rua, ruf, ...rest } = published;
        expect(record.value).toMatchObject(rest);
        for (const [read, wanted] of [
          [record.value.rua, rua],
          [record.value.ruf, ruf],
        ] as const)
          expect(read.map(({ address }) => `mailto:${address}`)).toEqual(wanted?.map(({ uri }) => uri));
        expect(formatPolicyRecord(record.value as PolicyRecordContent)).toBe(formatPolicyRecord(published));
      }),
    );
  });

  test("a record made to be slow is not", () => {
    const slow = ["!1".repeat(4000), `!${"1".repeat(8000)}x`, ";".repeat(8000), "=".repeat(8000), " ".repeat(8000)];
    const started = process.cpuUsage();
    for (const value of slow)
      for (let at = 0; at < 50; at++) parsePolicyRecord(`v=DMARC1; p=none; rua=mailto:a@example.com${value}`);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(5);
  });
});

const label = fc.constantFrom("a", "b", "example", "com", "net");
const domain = fc.array(label, { minLength: 1, maxLength: 10 }).map((labels) => labels.join("."));
const answer = fc.oneof(
  fc.array(fc.oneof(text, fc.constantFrom("v=DMARC1; p=none", "v=DMARC1; psd=y", "v=DMARC1; p=reject; psd=n")), {
    maxLength: 2,
  }),
  fc.constantFrom({ code: "ESERVFAIL" }, { code: "ETIMEOUT" }, { code: "ENOTFOUND" }),
);
/** Answers at names that walks from `domain` really pass. */
const world = (from: readonly string[]): fc.Arbitrary<Names> =>
  fc
    .array(fc.tuple(fc.constantFrom(...from.flatMap(walkTargets)), answer), { maxLength: 5 })
    .map((records) => Object.fromEntries(records.map(([name, value]) => [`_dmarc.${name}`, value])));
const twoNames = fc.tuple(domain, domain).chain((names) => fc.tuple(fc.constant(names), world(names)));

test("DMARC-E-03 alignment does not depend on the order of the two, and a name is aligned with itself", async () => {
  await fc.assert(
    fc.asyncProperty(twoNames, async ([[one, other], names]) => {
      const align = (first: string, second: string) =>
        alignmentOf(first, second, byTreeWalk(recordSource(resolver(names).resolveTxt)));
      expect(await align(one, other)).toBe(await align(other, one));
      expect(await align(one, one)).toBe("strict");
    }),
    { numRuns: 1000 },
  );
});

const results = ["pass", "fail", "none", "permerror", "temperror"];

test("any message and any DNS come to a verdict, with at most nine questions for each name", async () => {
  const outcome = fc.constantFrom("pass", "fail", "temperror", "permerror");
  await fc.assert(
    fc.asyncProperty(twoNames, outcome, fc.boolean(), async ([[author, signer], names], result, testing) => {
      const { resolveTxt, asked } = resolver(names);
      const dkim = [{ result, signingDomain: signer, testing }];
      const options = { author: authorFrom(`From: a@${author}`), dkim, spf: { result, domain: signer }, resolveTxt };
      const evaluation = await evaluate(options);
      expect(results).toContain(evaluation.result);
      expect(asked.length).toBeLessThanOrEqual(17);
      expect(new Set(asked).size).toBe(asked.length);
      expect(evaluation.explanation.length).toBeGreaterThan(0);
      if (evaluation.result !== "fail") expect(evaluation.disposition).toBe("none");
      const compared = await compareWithRfc7489({ ...options, publicSuffixOf: () => "com" }, evaluation);
      expect(results).toContain(compared?.evaluation.result);
    }),
    { numRuns: 1000 },
  );
});

test("DMARC-T-12 what an error hides is never told as fail or as none", async () => {
  await fc.assert(
    fc.asyncProperty(twoNames, async ([[author, signer], names]) => {
      const verdict = async (world: Names): Promise<string> => {
        const dkim = [{ result: "pass", signingDomain: signer }];
        const { resolveTxt } = resolver(world);
        return (await evaluate({ author: authorFrom(`From: a@${author}`), dkim, resolveTxt })).result;
      };
      // Whatever stands behind the errors, a definite verdict has to be the same one.
      const seen = await verdict(names);
      if (seen === "temperror") return;
      for (const hidden of [["v=DMARC1; p=none"], ["v=DMARC1; p=none; psd=y"], ["v=DMARC1; p=none; psd=n"], []]) {
        const entries = Object.entries(names).map(([name, value]) => [
          name,
          "code" in value && value.code !== "ENOTFOUND" ? hidden : value,
        ]);
        expect(await verdict(Object.fromEntries(entries) as Names)).toBe(seen);
      }
    }),
    { numRuns: 1000 },
  );
});
