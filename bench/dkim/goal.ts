// A goal and what came of it, in one line.

/** `reached` and `wanted` are ratios, or octets; `limit` is what the run itself allows, where there is such a thing. */
export type Goal = { title: string; reached: number; wanted: number; atMost?: boolean; limit?: number | undefined };

export function printGoal({ title, reached, wanted, atMost = false, limit }: Goal): void {
  const met = atMost ? reached <= wanted : reached >= wanted;
  const beyond = !met && limit !== undefined && limit < wanted ? ", beyond the limit" : "";
  const within = limit === undefined ? "" : ` (limit ${limit.toFixed(2)})`;
  const verdict = met ? "met" : `not met${beyond}`;
  console.log(`  ${title}: ${reached.toFixed(2)}, goal ${atMost ? "<=" : ">="} ${wanted}${within}: ${verdict}`);
}

/** A rate from a cost. */
export const perSecond = (seconds: number | undefined): string =>
  seconds === undefined ? "-" : 1 / seconds >= 100 ? (1 / seconds).toFixed(0) : (1 / seconds).toPrecision(3);
