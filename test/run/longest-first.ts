import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Minutes, or nearly: begun last, one of these would run on alone. Those that compute stand between those that wait. */
const longest = [
  "delegation-secondaries",
  "delegation-sqlite",
  "moves",
  "delegation-postgres",
  "delegation-chain",
  "lives",
  "wrong-clocks",
  "signers",
  "controller",
  "dns-secondaries",
  "dkim-matrix",
  "delegation-zones",
  "kept-and-brought",
  "rotation-explore",
  "rotation-years",
];

/** The order of test files: what takes longest begins first, so that workers end together. A new machine remembers no durations. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return found < 0 ? longest.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
