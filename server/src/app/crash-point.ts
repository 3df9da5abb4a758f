import { type Checkpoint, checkpoints } from "../engine/smtp-relay/relay-event.ts";
import { aliasCrashPoints, type CrashPoint, crashPoints } from "../service/lifecycle/crash-points.ts";

const known: readonly string[] = [...crashPoints, ...aliasCrashPoints, ...checkpoints];

/**
 * For tests alone: `CRASH_AT=after-publish` (of the controller) or `CRASH_AT=stored` (of the relay) kills the process that gets
 * there, as kill -9 would. Absent: undefined, and nothing ever happens.
 */
export function crashPointOf(
  environment: Record<string, string | undefined>,
): ((name: CrashPoint | Checkpoint) => void) | undefined {
  const at = environment["CRASH_AT"];
  if (at === undefined) return undefined;
  if (!known.includes(at)) throw new Error(`CRASH_AT=${at}: one of ${known.join(", ")} is expected`);
  return (name) => {
    if (name === at) process.kill(process.pid, "SIGKILL");
  };
}
