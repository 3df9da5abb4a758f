import { expect, test } from "vitest";
import type { DelegationEvidence, NameAnswer } from "../../evidence/delegation.ts";
import { answersFit } from "./answer-too-large.ts";
import {
  asked,
  evidence,
  keyName,
  look,
  name,
  present,
  records,
  silent,
  vantage,
  zone,
  zoneWithAddress,
} from "./test-evidence.ts";

const truncated = name({ state: "truncated" });
const large = (octets: number): NameAnswer[] => [{ address: "9.1.1.1", octets, said: records() }];

test.each<[title: string, severity: string, seen: Partial<DelegationEvidence>]>([
  ["a truncated answer", "low", { authorities: asked([zone()], [truncated]) }],
  [
    "a truncated answer of a server without TCP",
    "medium",
    { authorities: asked([zoneWithAddress({ tcp: silent })], [truncated]) },
  ],
  [
    "an answer of 1233 octets",
    "low",
    { authorities: asked([zone()], [name(records(), records(), { answers: large(1233) })]) },
  ],
  [
    "the whole chain in a resolver's answer",
    "low",
    { vantagePoints: [{ keyName, answers: [vantage("9.9.9.9", present(), { octets: 1400 })] }] },
  ],
])("AUD-C-15 %s", (_title, severity, seen) => {
  expect(look(answersFit, evidence(seen))).toMatchObject([{ code: "AnswerTooLarge", severity, subject: keyName }]);
});

test("AUD-C-15 no finding up to 1232 octets, nor for other names", () => {
  const fits = name(records(), records(), { answers: large(1232) });
  const other = { ...truncated, name: "huge.customer.example" };
  expect(look(answersFit, evidence({ authorities: asked([zone()], [fits, other]) }))).toBe("passed");
  expect(look(answersFit, evidence({}))).toBe("needs evidence");
});
