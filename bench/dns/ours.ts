import { fork } from "node:child_process";
import { once } from "node:events";
import type { UdpMeans } from "../../server/src/engine/dns-server/udp/udp.ts";
import type { Contender } from "./load.ts";

/** Where `child.ts` listens. */
export const host = "127.54.17.56";

/** How a start went: seconds until the process answered, those of them for the zone, and CPU seconds, which others on the machine change less. */
export type Start = { startSeconds: number; loadSeconds: number; cpuSeconds: number };

/** Our server on a snapshot of one zone. */
export async function startOurs(snapshot: string, means: UdpMeans = "batched-if-possible"): Promise<Contender & Start> {
  const started = performance.now();
  const child = fork(new URL("child.ts", import.meta.url), [snapshot, means]);
  const [{ port, ...told }] = (await once(child, "message")) as [{ port: number } & Omit<Start, "startSeconds">];
  const startSeconds = (performance.now() - started) / 1000;
  const close = async (): Promise<void> => {
    child.kill();
    await once(child, "exit");
  };
  return { host, port, pid: child.pid ?? 0, ...told, startSeconds, close };
}
