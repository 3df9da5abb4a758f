import * as fc from "fast-check";
import { expect, test } from "vitest";
import { challengeTokenOf } from "./challenge-token.ts";

const claim = fc.record({
  id: fc.string(),
  tenantId: fc.string(),
  domain: fc.domain(),
  seed: fc.string({ minLength: 1 }),
});

test("R-35 a token fits one claim of one tenant of one domain, is the same each time, and reads as a plain text in DNS", () => {
  fc.assert(
    fc.property(claim, claim, (one, other) => {
      const token = challengeTokenOf(one);
      expect(challengeTokenOf({ ...one })).toBe(token);
      expect(token).toMatch(/^chancery-[\w-]{43}$/);
      for (const part of ["id", "tenantId", "domain", "seed"] as const)
        if (one[part] !== other[part]) expect(challengeTokenOf({ ...one, [part]: other[part] })).not.toBe(token);
    }),
  );
});
