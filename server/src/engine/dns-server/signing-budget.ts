import type { SigningBudget } from "chancery/dns";

/** How much of the time of this process goes into signatures, at most. */
const share = 0.2;
/** What may be spent at once after a quiet time. */
const burstMs = 100;

/**
 * What a flood of random names may cost: each gets a denial of its own, which is signed as it is asked, and a signature costs a hundred
 * times what the rest of the answer does. Signatures for names that nobody has are made for a share of the time and no more; those for names of the
 * zone, of which there are so many and no more, always. `nowMs` may be any clock that does not go back.
 */
export function createSigningBudget(nowMs: () => number): SigningBudget {
  let balanceMs = burstMs;
  let atMs = nowMs();
  return {
    begin: (life) => {
      const now = nowMs();
      balanceMs = Math.min(burstMs, balanceMs + (now - atMs) * share);
      atMs = now;
      return life === "kept" || balanceMs > 0;
    },
    end: () => {
      balanceMs = Math.max(-burstMs, balanceMs - (nowMs() - atMs));
    },
  };
}
