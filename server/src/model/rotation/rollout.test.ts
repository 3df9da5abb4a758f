import { describe, expect, test } from "vitest";
import {
  nextRolloutStep,
  type RolloutFact,
  type RolloutPlan,
  type RolloutState,
  rolloutStatus,
  type RolloutStep,
  type WaveCount,
  waveSizes,
} from "./rollout.ts";

const plan: RolloutPlan = {
  canary: 2,
  wavesPercent: [10, 100],
  maxFailuresPercent: 25,
  watchSeconds: 100,
  stuckAfterSeconds: 1000,
};

describe("the waves of a rollout", () => {
  test.each<[number, Partial<RolloutPlan>, number[]]>([
    [1000, { canary: 5, wavesPercent: [1, 10, 100] }, [5, 5, 90, 900]],
    [100, { canary: 5, wavesPercent: [1, 10, 100] }, [5, 5, 90]],
    [3, { canary: 5, wavesPercent: [1, 10, 100] }, [3]],
    [1, {}, [1]],
    [0, {}, []],
    [40, { canary: 0, wavesPercent: [50] }, [20, 20]],
  ])("of %i domains with %j are %j", (domains, changes, sizes) => {
    expect(waveSizes(domains, { ...plan, ...changes })).toEqual(sizes);
  });
});

const counts = (changes: Partial<WaveCount>): WaveCount => ({
  domains: 2,
  begun: 2,
  rotated: 0,
  failed: 0,
  left: 0,
  ...changes,
});
const began: RolloutFact = { kind: "wave-began", wave: 0, at: 0 };
const rotated: RolloutFact = { kind: "wave-rotated", wave: 0, at: 50 };
const settled: RolloutFact = { kind: "wave-settled", wave: 0, at: 150 };
const beganNext: RolloutFact = { kind: "wave-began", wave: 1, at: 150 };
const second = { domains: 8, begun: 0 };
const told = (step: RolloutStep): string =>
  step.do === "record"
    ? step.fact.kind + ("wave" in step.fact ? ` ${step.fact.wave}` : "")
    : step.do === "begin"
      ? `begin ${step.domainsMax} of ${step.wave}`
      : `wait: ${step.reason}`;

describe("the next step of a rollout", () => {
  test.each<[string, RolloutFact[], Partial<WaveCount>, Partial<WaveCount>, string]>([
    ["begins its first wave", [], { begun: 0 }, second, "wave-began 0"],
    ["begins the domains of the canary", [began], { begun: 0 }, second, "begin 2 of 0"],
    ["waits for the canary", [began], { rotated: 1 }, second, "wait: its wave rotates"],
    ["has rotated the canary", [began], { rotated: 2 }, second, "wave-rotated 0"],
    ["what could not be begun is not waited for", [began], { begun: 1, left: 1, rotated: 1 }, second, "wave-rotated 0"],
    ["watches the canary", [began, rotated], { rotated: 2 }, second, "wait: its canary is watched"],
    ["halts when a canary fails while it is watched", [began, rotated], { rotated: 1, failed: 1 }, second, "halted"],
    ["goes on to the next wave", [began, settled], { rotated: 2 }, second, "wave-began 1"],
    [
      "bears some failures",
      [began, settled, beganNext],
      { rotated: 2 },
      { ...second, begun: 8, failed: 2 },
      "wait: its wave rotates",
    ],
    ["halts when they rise", [began, settled, beganNext], { rotated: 2 }, { ...second, begun: 8, failed: 3 }, "halted"],
    [
      "begins nothing while it is paused",
      [began, { kind: "paused", at: 1, by: "me" }],
      { begun: 0 },
      second,
      "wait: paused",
    ],
    ["waits while it is halted", [began, { kind: "halted", at: 1, reason: "" }], { failed: 1 }, second, "wait: halted"],
    [
      "goes on when resumed, whatever had failed",
      [
        began,
        { kind: "halted", at: 1, reason: "" },
        { kind: "resumed", at: 2, by: "me", failuresKnown: 1, begunThen: 2 },
      ],
      { rotated: 1, failed: 1 },
      second,
      "wave-rotated 0",
    ],
    [
      "does nothing more once stopped",
      [began, { kind: "stopped", at: 1, by: "me", reason: "" }],
      {},
      second,
      "wait: stopped",
    ],
  ])("%s", (_, facts, first, next, step) => {
    const state = { plan, facts, waves: [counts(first), counts(next)] };
    expect(told(nextRolloutStep(state, 60))).toBe(step);
  });

  test("ends when the last wave has settled", () => {
    const facts: RolloutFact[] = [began, settled];
    expect(told(nextRolloutStep({ plan, facts, waves: [counts({ rotated: 2 })] }, 200))).toBe("finished");
  });
});

/** One domain of a small rollout, and everything that may happen to it and to the whole. */
type Life = "waiting" | "flies" | "rotated" | "failed";
type Small = { facts: readonly RolloutFact[]; lives: readonly Life[]; now: number };
const small: RolloutPlan = {
  canary: 1,
  wavesPercent: [50, 100],
  maxFailuresPercent: 40,
  watchSeconds: 1,
  stuckAfterSeconds: 9,
};
const sizes = waveSizes(5, small);
const waveOf = sizes.flatMap((size, wave) => Array<number>(size).fill(wave));

const stateOf = ({ facts, lives }: Small): RolloutState => ({
  plan: small,
  facts,
  waves: sizes.map((domains, wave) => {
    const own = lives.filter((_, index) => waveOf[index] === wave);
    const of = (life: Life): number => own.filter((one) => one === life).length;
    return { domains, begun: domains - of("waiting"), rotated: of("rotated"), failed: of("failed"), left: 0 };
  }),
});

/** What a step must never do, held against the world at that instant. */
function violation(before: Small, step: RolloutStep): string | undefined {
  const { waves } = stateOf(before);
  if (step.do !== "begin") return undefined;
  if (rolloutStatus(before.facts) !== "running") return "it begins while it does not run";
  const allowed = waves.slice(0, step.wave + 1).reduce((sum, { domains }) => sum + domains, 0);
  const begun = waves.reduce((sum, wave) => sum + wave.begun, 0) + step.domainsMax;
  if (begun > allowed) return "more are begun than the wave allows";
  const unsettled = waves.slice(0, step.wave).some(({ domains, rotated: done, failed }) => done + failed < domains);
  if (unsettled) return "a wave begins before the one before it is done";
  const known = before.facts.findLast((fact) => fact.kind === "resumed");
  const failed =
    waves.reduce((sum, wave) => sum + wave.failed, 0) - (known?.kind === "resumed" ? known.failuresKnown : 0);
  const since = waves.reduce((sum, wave) => sum + wave.begun, 0) - (known?.kind === "resumed" ? known.begunThen : 0);
  return failed > 0 && failed * 100 > small.maxFailuresPercent * since ? "it begins while failures rise" : undefined;
}

function movesOf(world: Small): Small[] {
  const moves: Small[] = [];
  const step = nextRolloutStep(stateOf(world), world.now);
  if (step.do === "record") moves.push({ ...world, facts: [...world.facts, step.fact] });
  if (step.do === "begin") {
    let room = step.domainsMax;
    const lives = world.lives.map((life, index): Life => {
      if (life !== "waiting" || waveOf[index] !== step.wave || room-- <= 0) return life;
      return "flies";
    });
    moves.push({ ...world, lives });
  }
  for (const [index, life] of world.lives.entries())
    if (life === "flies")
      for (const end of ["rotated", "failed"] as const) moves.push({ ...world, lives: world.lives.with(index, end) });
  if (step.do === "wait" && step.until !== undefined) moves.push({ ...world, now: step.until });
  const status = rolloutStatus(world.facts);
  const { waves } = stateOf(world);
  const total = (of: keyof WaveCount): number => waves.reduce((sum, wave) => sum + wave[of], 0);
  const hands = world.facts.filter(({ kind }) => kind === "paused" || kind === "resumed").length;
  if (status === "running" && hands < 2)
    moves.push({ ...world, facts: [...world.facts, { kind: "paused", at: world.now, by: "me" }] });
  if ((status === "paused" || status === "halted") && hands < 4) {
    const resumed: RolloutFact = {
      kind: "resumed",
      at: world.now,
      by: "me",
      failuresKnown: total("failed"),
      begunThen: total("begun"),
    };
    moves.push({ ...world, facts: [...world.facts, resumed] });
  }
  return moves;
}

test("in every order of events a rollout begins no more than its wave, nothing while it is held, nothing while failures rise", () => {
  const start: Small = { facts: [], lives: waveOf.map(() => "waiting"), now: 0 };
  const print = ({ facts, lives, now }: Small): string =>
    JSON.stringify([facts.map((fact) => ({ ...fact, at: 0 })), lives, now]);
  const seen = new Set([print(start)]);
  const ends = new Set<string>();
  for (let frontier = [start]; frontier.length > 0;) {
    const next: Small[] = [];
    for (const world of frontier) {
      expect(violation(world, nextRolloutStep(stateOf(world), world.now))).toBeUndefined();
      const moves = movesOf(world);
      if (moves.length === 0) ends.add(rolloutStatus(world.facts));
      for (const move of moves)
        if (!seen.has(print(move))) {
          seen.add(print(move));
          next.push(move);
        }
    }
    frontier = next;
  }
  expect(seen.size).toBeGreaterThan(1000);
  expect(ends).toEqual(new Set(["finished", "halted"]));
});
