import type { Step } from "../../model/rotation/rotation-step.ts";

type Durable = Exclude<Step["do"], "observe" | "wait">;
const durable: Record<Durable, true> = {
  plan: true,
  issue: true,
  generate: true,
  publish: true,
  record: true,
  switch: true,
  withdraw: true,
  disclose: true,
  silence: true,
  revoke: true,
  destroy: true,
  move: true,
};

/** The steps of an alias that leads on to an upstream. */
const ofAliases = ["alias-move", "alias-record", "alias-remove"] as const;

/** A place at which a test may kill the process: right before or right after the commit of a step. */
export type CrashPoint = `${"before" | "after"}-${Durable | (typeof ofAliases)[number]}`;

export const crashPoints = Object.keys(durable).flatMap((step): CrashPoint[] => [
  `before-${step as Durable}`,
  `after-${step as Durable}`,
]);

export const aliasCrashPoints = ofAliases.flatMap((step): CrashPoint[] => [`before-${step}`, `after-${step}`]);
