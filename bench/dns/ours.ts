import { fork } from "node:child_process";
import { once } from "node:events";
import type { UdpMeans } from "../../server/src/engine/dns-server/udp.ts";
import type { Contender } from "./load.ts";

/** Where `child.ts` listens. */
export const host = "127.54.17.56";

/** Our server on a snapshot of one zone; `loadSeconds`: until the zone was there; `startSeconds`: until the process answered. */
export async function startOurs(
  snapshot: string,
  means: UdpMeans = "batched-if-possible",
): Promise<Contender & { loadSeconds: number; startSeconds: number }> {
  const started = performance.now();
  const child = fork(new URL("child.ts", import.meta.url), [snapshot, means]);
  const [{ port, loadSeconds }] = (await once(child, "message")) as [{ port: number; loadSeconds: number }];
  const startSeconds = (performance.now() - started) / 1000;
  const close = async (): Promise<void> => {
    child.kill();
    await once(child, "exit");
  };
  return { host, port, pid: child.pid ?? 0, loadSeconds, startSeconds, close };
}
