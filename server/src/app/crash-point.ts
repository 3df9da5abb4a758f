import { type CrashPoint, crashPoints } from "../service/lifecycle/crash-points.ts";

/**
 * For tests alone: `CRASH_AT=after-publish` kills this process, as kill -9 would, when it gets there. Absent: undefined, and
 * nothing ever happens.
 */
export function crashPointOf(
  environment: Record<string, string | undefined>,
): ((name: CrashPoint) => void) | undefined {
  const at = environment["CRASH_AT"];
  if (at === undefined) return undefined;
  if (!crashPoints.some((point) => point === at))
    throw new Error(`CRASH_AT=${at}: one of ${crashPoints.join(", ")} is expected`);
  return (name) => {
    if (name === at) process.kill(process.pid, "SIGKILL");
  };
}
