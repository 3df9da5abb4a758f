import { day } from "../seconds.ts";
import { signingRoles, timingPresets, type TimingPolicy } from "./timing-policy.ts";

type Field = keyof TimingPolicy;
const fields = Object.keys(timingPresets.default) as Field[];
/** As written in a configuration file: `recordTtlSeconds` is `record_ttl_seconds`. */
const written = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const fieldByName = new Map<string, Field>(
  fields.flatMap((field) => [
    [written(field), field],
    [field, field],
  ]),
);

/** A day short of ten years: longer is a slip of the keyboard. */
const durationMaxSeconds = 3650 * day;
/** What may be nought. All else has to be at least 1. */
const zeroAllowed = new Set<Field>([
  "resolverSlackSeconds",
  "confirmGapSeconds",
  "verifierDelaySeconds",
  "downstreamQueueSeconds",
  "clockErrorSeconds",
  "rollbackWindowSeconds",
  "otherSignersSeconds",
  "destroyAfterSeconds",
  "staleServingSeconds",
]);

/**
 * The policy that a configuration means: the name of a preset, a map of overrides of `default`, or nothing (`default`).
 * Names in the map are those of `TimingPolicy`, as `record_ttl_seconds` or as `recordTtlSeconds`. All problems are told at once.
 */
export function parseTimingPolicy(
  setting: unknown,
): { ok: true; value: TimingPolicy } | { ok: false; problems: string[] } {
  if (setting === undefined || setting === null) return { ok: true, value: timingPresets.default };
  if (typeof setting === "string") {
    if (setting === "default" || setting === "lab") return { ok: true, value: timingPresets[setting] };
    return { ok: false, problems: [`"${setting}" is not a rotation policy: use default, lab, or a map of durations`] };
  }
  if (typeof setting !== "object" || Array.isArray(setting)) {
    return { ok: false, problems: ["a rotation policy is default, lab, or a map of durations"] };
  }
  const policy: TimingPolicy = { ...timingPresets.default };
  const problems: string[] = [];
  for (const [name, value] of Object.entries(setting)) {
    const field = fieldByName.get(name);
    if (field === undefined) {
      problems.push(`${name} is not a duration of a rotation; did you mean ${nearest(name, fields.map(written))}?`);
      continue;
    }
    const problem = problemOfValue(field, value);
    if (problem === undefined) policy[field] = value as number;
    else problems.push(`${name}: ${problem}`);
  }
  if (problems.length === 0) problems.push(...contradictions(policy));
  return problems.length === 0 ? { ok: true, value: policy } : { ok: false, problems };
}

function problemOfValue(field: Field, value: unknown): string | undefined {
  if (typeof value !== "number" || !Number.isInteger(value)) return "must be a whole number";
  const least = zeroAllowed.has(field) ? 0 : 1;
  if (value < least || value > durationMaxSeconds) return `must be from ${least} to ${durationMaxSeconds}`;
  if (field === "confirmRounds" && value > 10) return "must be from 1 to 10";
  return undefined;
}

/** What no single value shows: durations that only fail together. */
function contradictions(policy: TimingPolicy): string[] {
  const problems = signingRoles(policy)
    .filter((role) => role.lifetimeSeconds <= role.inFlightSeconds)
    .map(
      (role) =>
        `${role.role}_signature_lifetime_seconds (${role.lifetimeSeconds}) must exceed the time mail may be on its way ` +
        `(${role.inFlightSeconds}: own queue, downstream queue and verifier delay)`,
    );
  const lifetimeSeconds = Math.max(...signingRoles(policy).map((role) => role.lifetimeSeconds));
  if (policy.revokedRecordSeconds < lifetimeSeconds) {
    problems.push(`revoked_record_seconds must not be shorter than a signature lives (${lifetimeSeconds})`);
  }
  const confirmSeconds = (policy.confirmRounds - 1) * policy.confirmGapSeconds;
  if (policy.freshnessSeconds < policy.confirmGapSeconds) {
    problems.push("freshness_seconds must not be shorter than confirm_gap_seconds");
  }
  const claimWaits = [policy.claimWarnAfterSeconds, policy.claimSuspendAfterSeconds, policy.claimReleaseAfterSeconds];
  if (claimWaits.some((wait, index) => index > 0 && wait <= (claimWaits[index - 1] ?? 0))) {
    problems.push(
      "claim_warn_after_seconds, claim_suspend_after_seconds and claim_release_after_seconds must each exceed the one before",
    );
  }
  if (policy.claimCheckSeconds > policy.claimWarnAfterSeconds) {
    problems.push("claim_check_seconds must not exceed claim_warn_after_seconds");
  }
  if (policy.rotateAfterSeconds <= confirmSeconds) {
    problems.push("rotate_after_seconds must be longer than the rounds of a confirmation");
  }
  return problems;
}

/** The known name that takes the fewest edits to reach. */
function nearest(name: string, known: readonly string[]): string {
  const distances = known.map((other) => ({ other, distance: editDistance(name, other) }));
  return distances.reduce((best, next) => (next.distance < best.distance ? next : best)).other;
}

/** Levenshtein's distance, row by row. Inputs are configuration keys, so short. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
