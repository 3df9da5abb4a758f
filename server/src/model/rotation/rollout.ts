import type { Seconds } from "../seconds.ts";

/** How a rollout goes through its domains. */
export type RolloutPlan = {
  /** So many domains go first, and are watched. */
  canary: number;
  /** Up to which share of all domains each later wave goes, in percent, rising; the last is 100. */
  wavesPercent: readonly number[];
  /** So many of the domains that were begun may fail, in percent, before it halts. A canary that fails halts it at once. */
  maxFailuresPercent: number;
  /** For so long the canary is watched once all of it has rotated. */
  watchSeconds: Seconds;
  /** A rotation that is not done after so long, and waits for nothing that a clock can tell, has failed. */
  stuckAfterSeconds: Seconds;
};

/** What can be recorded about a rollout as a whole. Its state is computed from these; they are only ever added. */
export type RolloutFact =
  | { kind: "wave-began"; wave: number; at: Seconds }
  /** All of the wave has rotated or failed. */
  | { kind: "wave-rotated"; wave: number; at: Seconds }
  /** And has been watched for as long as it has to be. */
  | { kind: "wave-settled"; wave: number; at: Seconds }
  | { kind: "paused"; at: Seconds; by: string }
  /** `failuresKnown`: whoever resumed knew of so many; only further ones count. */
  | { kind: "resumed"; at: Seconds; by: string; failuresKnown: number; begunThen: number }
  | { kind: "halted"; at: Seconds; reason: string }
  | { kind: "stopped"; at: Seconds; by: string; reason: string }
  | { kind: "finished"; at: Seconds };

/** How many of a wave's domains are where. `left`: those not begun, because they could not be. */
export type WaveCount = { domains: number; begun: number; rotated: number; failed: number; left: number };

export type RolloutState = { plan: RolloutPlan; facts: readonly RolloutFact[]; waves: readonly WaveCount[] };

export type RolloutStatus = "running" | "paused" | "halted" | "stopped" | "finished";

/** The one next thing to do. */
export type RolloutStep =
  | { do: "record"; fact: RolloutFact }
  /** Ask for the rotations of so many more of the wave's domains. */
  | { do: "begin"; wave: number; domainsMax: number }
  | { do: "wait"; until?: Seconds; reason: string };

/** A stop has to find something that is not begun yet, also in a last wave of thousands. */
const beginAtOnce = 50;

/** The number of domains in each wave: the canary first, then up to each share. A wave that adds nothing is left out. */
export function waveSizes(domains: number, { canary, wavesPercent }: RolloutPlan): number[] {
  const ends = [
    Math.min(canary, domains),
    ...wavesPercent.map((percent) => Math.ceil((domains * percent) / 100)),
    domains,
  ];
  const rising = ends.filter((end, index) => end > Math.max(0, ...ends.slice(0, index)));
  return rising.map((end, index) => end - (rising[index - 1] ?? 0));
}

export function rolloutStatus(facts: readonly RolloutFact[]): RolloutStatus {
  let status: RolloutStatus = "running";
  for (const { kind } of facts) {
    if (kind === "stopped" || kind === "finished") return kind;
    if (kind === "paused" || kind === "halted") status = kind;
    if (kind === "resumed") status = "running";
  }
  return status;
}

/** Whether the wave is watched before others follow. */
export const isCanary = (wave: number | undefined, { canary }: RolloutPlan): boolean => wave === 0 && canary > 0;

/** The wave that is under way: the first that has not settled; undefined: all have. */
export function currentWave({ facts, waves }: Pick<RolloutState, "facts" | "waves">): number | undefined {
  const settled = new Set(facts.flatMap((fact) => (fact.kind === "wave-settled" ? [fact.wave] : [])));
  const open = waves.findIndex((_, wave) => !settled.has(wave));
  return open === -1 ? undefined : open;
}

/** Decides; does nothing. Whoever does the step records it and asks again. */
export function nextRolloutStep(state: RolloutState, now: Seconds): RolloutStep {
  const { facts, waves, plan } = state;
  const status = rolloutStatus(facts);
  if (status === "stopped" || status === "finished") return { do: "wait", reason: status };
  const reason = failuresRise(state);
  if (reason !== undefined && status === "running") return record({ kind: "halted", at: now, reason });
  if (status !== "running") return { do: "wait", reason: status };
  const wave = currentWave(state);
  const count = wave === undefined ? undefined : waves[wave];
  if (wave === undefined || count === undefined) return record({ kind: "finished", at: now });
  if (!has(facts, "wave-began", wave)) return record({ kind: "wave-began", wave, at: now });
  const waiting = count.domains - count.begun - count.left;
  if (waiting > 0) return { do: "begin", wave, domainsMax: Math.min(waiting, beginAtOnce) };
  if (count.rotated + count.failed < count.begun) return { do: "wait", reason: "its wave rotates" };
  const rotated = facts.find((fact) => fact.kind === "wave-rotated" && fact.wave === wave);
  if (rotated === undefined) return record({ kind: "wave-rotated", wave, at: now });
  const watchedUntil = rotated.at + (isCanary(wave, plan) ? plan.watchSeconds : 0);
  if (now < watchedUntil) return { do: "wait", until: watchedUntil, reason: "its canary is watched" };
  return record({ kind: "wave-settled", wave, at: now });
}

const record = (fact: RolloutFact): RolloutStep => ({ do: "record", fact });
const has = (facts: readonly RolloutFact[], kind: "wave-began", wave: number): boolean =>
  facts.some((fact) => fact.kind === kind && fact.wave === wave);

/** Why it has to halt; undefined: it need not. What was known when somebody resumed it counts no more. */
function failuresRise({ facts, waves, plan }: RolloutState): string | undefined {
  const resumed = facts.findLast((fact) => fact.kind === "resumed");
  const known = resumed?.kind === "resumed" ? resumed : { failuresKnown: 0, begunThen: 0 };
  const failed = sum(waves, "failed") - known.failuresKnown;
  const begun = sum(waves, "begun") - known.begunThen;
  if (failed <= 0) return undefined;
  const whole = `${failed} of ${begun} domains failed`;
  const inCanary = (waves[0]?.failed ?? 0) > 0 && isCanary(currentWave({ facts, waves }), plan);
  if (inCanary) return `${whole}, in the canary`;
  const most = plan.maxFailuresPercent;
  return failed * 100 > most * begun ? `${whole}: more than ${most} %` : undefined;
}

const sum = (waves: readonly WaveCount[], of: keyof WaveCount): number =>
  waves.reduce((total, wave) => total + wave[of], 0);
