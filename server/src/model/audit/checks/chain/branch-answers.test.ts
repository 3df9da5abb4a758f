import { expect, test } from "vitest";
import { branchAnswers } from "./branch-answers.ts";
import { evidence, told } from "./test-evidence.ts";

test.each([
  ["AUD-C-03 silence where no selector is known", "unknown", 0, ["low Undetermined"]],
  ["AUD-C-03 no branch at all", "nxdomain", 0, "passed"],
  ["AUD-C-03 silence of the branch, but a selector that answers", "unknown", 1, "does not apply"],
] as const)("%s", (_title, domainkeyNode, known, expected) => {
  const { selectors } = evidence({});
  const discovery = { domainkeyNode, namesTried: 0 };
  expect(told(branchAnswers, evidence({ selectors: selectors.slice(0, known), discovery }))).toEqual(expected);
});
