// `npm run bench`: our figures beside a peer's or a limit's from the same run, and the ratio. It reports; the reader judges.
import { spawnSync } from "node:child_process";

const suites: Record<string, () => Promise<{ run(options: readonly string[]): Promise<void> }>> = {
  dkim: () => import("./dkim/index.ts"),
  dns: () => import("./dns/index.ts"),
  "dns-signing": () => import("./dns-signing.ts"),
  audit: () => import("./audit/index.ts"),
  reports: () => import("./reports/index.ts"),
  watch: () => import("./watch.ts"),
  tick: () => import("./tick.ts"),
  start: async () => ({ run: startTimes }),
};

/** Clean clone to listening, and a second start: measured by a script of its own, which installs. */
async function startTimes(): Promise<void> {
  console.log("start");
  spawnSync("sh", ["scripts/first-start.sh"], { stdio: "inherit" });
}

const words = process.argv.slice(2);
const options = words.filter((word) => word.startsWith("--"));
const wanted = words.filter((word) => !word.startsWith("--"));
for (const [name, load] of Object.entries(suites))
  if (wanted.length === 0 || wanted.includes(name)) await (await load()).run(options);
