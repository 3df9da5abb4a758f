import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pause, run, temporaryDirectory } from "./peer.ts";

const pauseSeconds = 0.25;

/** How often somebody was asked and answered, and the answers that a validator does not believe. */
export type Validated = { looks: number; bad: string[] };

/**
 * Asks each server for each name's TXT records again and again, and validates what it says with delv. A server that says nothing is none of its
 * business. `anchor`: the RDATA of the zone's KSK, as dig prints it. Returns what ends it.
 */
export function keepValidating(options: {
  zone: string;
  anchor: string;
  servers: readonly { name: string; host: string }[];
  names: readonly string[];
}): () => Promise<Validated> {
  const { zone, anchor, servers, names } = options;
  const folder = temporaryDirectory("delv");
  const file = join(folder.path, "anchor");
  const [flags, protocol, algorithm, ...key] = anchor.split(" ");
  writeFileSync(
    file,
    `trust-anchors { "${zone}." static-key ${flags} ${protocol} ${algorithm} "${key.join("")}"; };\n`,
  );
  const seen: Validated = { looks: 0, bad: [] };
  const look = async (at: { name: string; host: string }, name: string): Promise<void> => {
    const { stdout, stderr } = await run("delv", ["-a", file, `+root=${zone}`, `@${at.host}`, "-p", "53", name, "TXT"]);
    const said = stdout + stderr;
    if (/;; (connection refused|timed out|communications error)/.test(said)) return;
    seen.looks++;
    if (!/; (negative response, )?fully validated/.test(said)) seen.bad.push(`${at.name} ${name}: ${said}`);
  };
  const end = new AbortController();
  const watching = Promise.all(
    servers.map(async (at) => {
      while (!end.signal.aborted)
        for (const name of names) {
          await look(at, name);
          await pause(pauseSeconds);
        }
    }),
  );
  return async () => {
    end.abort();
    await watching;
    folder.remove();
    return seen;
  };
}
