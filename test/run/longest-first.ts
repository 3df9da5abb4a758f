import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Begun last, one of these would run on alone when all others have ended. Minutes, or nearly. */
const longest = [
  "delegation-secondaries",
  "lives",
  "delegation-sqlite",
  "delegation-postgres",
  "controller",
  "moves",
  "signers",
  "delegation-chain",
  "wrong-clocks",
  "dkim-matrix",
  "dns-secondaries",
  "delegation-zones",
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
