import * as fc from "fast-check";
import { expect, test } from "vitest";
import { OrderedTexts } from "./ordered-texts.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "\u0100"), maxLength: 6 });

test("the last text at or before another is found, after any changes", () => {
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 2000, size: "max" }),
      fc.array(fc.tuple(fc.array(text), fc.array(text)), { maxLength: 5 }),
      fc.array(text, { minLength: 20, maxLength: 20 }),
      (texts, changes, asked) => {
        let set = OrderedTexts.of(texts);
        const expected = new Set(texts);
        for (const [removed, added] of changes) {
          const before = set;
          set = set.changed(removed, added);
          const last = [...expected].sort().at(-1);
          expect(before.atOrBefore("\uffff")).toBe(last); // the version before stays as it is
          for (const each of removed) expected.delete(each);
          for (const each of added) expected.add(each);
        }
        const ordered = [...expected].sort();
        for (const each of asked) {
          expect(set.atOrBefore(each)).toBe(ordered.findLast((other) => other <= each) ?? ordered.at(-1));
        }
      },
    ),
    { numRuns: 100 },
  );
});
