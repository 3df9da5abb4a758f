import { execFile } from "node:child_process";

/** A zone that NSD has, and the pattern that it was added with; undefined for one that stands in nsd.conf. */
export type NsdZone = { zone: string; pattern: string | undefined };

/** NSD cannot be spoken to, or does not do what it is told. The message is what it said. */
export class NsdRefused extends Error {
  override name = "NsdRefused";
}

/** A running NSD, as `nsd-control` reaches it. Names are to be plain (`isPlainZoneName`): they go to it as they are. */
export type NsdControl = {
  zones(): Promise<NsdZone[]>;
  /** Adds zones with a pattern; NSD fetches them at once. */
  add(zones: readonly string[], pattern: string): Promise<void>;
  /** Takes zones away. Their files stay. */
  remove(zones: readonly string[]): Promise<void>;
};

/** The list of a million zones fits. */
const outputOctetsMax = 512 * 2 ** 20;
const timeoutMs = 120_000;

/** `command` is run without a shell; `configuration` is the path of nsd.conf, absent for the usual one. */
export function nsdControl(command: string, configuration: string | undefined): NsdControl {
  const options = configuration === undefined ? [] : ["-c", configuration];
  const run = (word: string, input: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = execFile(
        command,
        [...options, word],
        { maxBuffer: outputOctetsMax, timeout: timeoutMs },
        (error, stdout, stderr) =>
          error === null ? resolve(stdout) : reject(new NsdRefused(`${word}: ${stderr.trim() || error.message}`)),
      );
      child.stdin?.on("error", () => {}); // it ended without reading: its status says why
      child.stdin?.end(input);
    });
  return {
    zones: async () => parseZoneStatus(await run("zonestatus", "")),
    add: async (zones, pattern) => {
      if (zones.length > 0) await run("addzones", zones.map((zone) => `${zone} ${pattern}\n`).join(""));
    },
    remove: async (zones) => {
      if (zones.length > 0) await run("delzones", zones.map((zone) => `${zone}\n`).join(""));
    },
  };
}

/** What `nsd-control zonestatus` prints: a line `zone:` for each, and indented lines about it. */
export function parseZoneStatus(text: string): NsdZone[] {
  const zones: NsdZone[] = [];
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    const value = line
      .slice(colon + 1)
      .trim()
      .toLowerCase();
    if (line.startsWith("zone:")) zones.push({ zone: value.replace(/\.$/, "") || ".", pattern: undefined });
    const last = zones.at(-1);
    if (last !== undefined && line.trimStart().startsWith("pattern:")) last.pattern = value;
  }
  return zones;
}

/** Whether a name can be given to `nsd-control` and be part of a file's name: labels of letters, digits, `-` and `_`. */
export const isPlainZoneName = (name: string): boolean =>
  name.length <= 253 && /^[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*$/.test(name);
