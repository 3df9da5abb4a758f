import type { Rollout } from "@chancery/api";
import { shown, table, visible } from "./table.ts";

/** How far a rollout is: its status, a line a wave, what failed. */
export function rolloutText(one: Rollout): string {
  const head = ["WAVE", "DOMAINS", "ROTATED", "ROTATING", "FAILED", "LEFT OUT", "STATE"];
  const settled = new Set(one.events.flatMap(({ kind, wave }) => (kind === "wave-settled" ? [wave] : [])));
  const watched = new Set(one.events.flatMap(({ kind, wave }) => (kind === "wave-rotated" ? [wave] : [])));
  const rows = one.waves.map(({ domains, begun, rotated, failed, left }, wave) => {
    const under = watched.has(wave) ? "is watched" : "rotates";
    const state = settled.has(wave) ? "done" : wave === one.wave ? under : "waits";
    const name = wave === 0 && one.plan.canary > 0 ? "canary" : String(wave);
    return [name, domains, rotated, begun - rotated - failed, failed, left, state].map(String);
  });
  const streams = one.streams.map(({ stream, domains, begun, rotated, failed, left }) =>
    [stream ?? "-", domains, rotated, begun - rotated - failed, failed, left].map(String),
  );
  const ofStream = (stream: string | null): string => (stream === null ? "" : ` (stream ${stream})`);
  const failures = one.failed.map(
    ({ domain, stream, reason }) => `failed: ${domain}${ofStream(stream)}: ${visible(reason ?? "")}`,
  );
  return [
    `${one.id}  ${progressLine(one)}${one.reason === null ? "" : `\n${one.status}: ${visible(one.reason)}`}`,
    "",
    table(head, rows),
    // Where there is the default stream alone, it is what stands above.
    ...(one.streams.some(({ stream }) => stream !== null)
      ? ["", table(["STREAM", ...head.slice(1, -1)], streams)]
      : []),
    ...(failures.length > 0 ? ["", ...failures] : []),
  ].join("\n");
}

/** One line that is printed anew while it changes. */
export function progressLine({ status, domains, waves, requestedAt }: Rollout): string {
  const sum = (of: keyof Rollout["waves"][number]): number => waves.reduce((total, wave) => total + wave[of], 0);
  const done = sum("rotated") + sum("failed") + sum("left");
  const percent = domains === 0 ? 100 : Math.floor((done * 100) / domains);
  return `${status}  ${done} of ${domains} domains (${percent} %), ${sum("failed")} failed  since ${shown.time(requestedAt)}`;
}
