import { readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import type { Rollout } from "@chancery/api";
import type { Command } from "commander";
import { type ApiClient, apiClient, everyPage } from "../api-client.ts";
import { CommandFailed, exitStatus, note, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { secondsOf } from "../options/duration.ts";
import { repeated } from "../options/repeated.ts";
import { progressLine, rolloutText } from "../rollout-text.ts";
import { shown, table } from "../table.ts";

type RotateOptions = CommonOptions & {
  domains?: string;
  olderThan?: string;
  all?: true;
  stream: string[];
  defaultStream?: true;
  canary: string;
  waves: string;
  maxFailures: string;
  watchCanary?: string;
  stuckAfter?: string;
};

const watchSeconds = 2;

export function addFleet(program: Command): void {
  const fleet = group(
    program,
    "fleet",
    "rotations of many domains, a wave at a time",
    "chancery fleet rotate --older-than 90d --canary 5 --waves 1%,10%,100%",
  );
  addRotate(fleet);
  remote(common(fleet.command("list").description("list rotations of many domains"), "chancery fleet list")).action(
    async (options: CommonOptions) => {
      const call = apiClient(options);
      const rows: string[][] = [];
      for await (const one of everyPage((after) => call("listRollouts", { query: { after } })))
        if (options.json) print(JSON.stringify(one));
        else rows.push([one.id, one.status, String(one.domains), String(failedOf(one)), shown.time(one.requestedAt)]);
      if (!options.json) print(table(["ROLLOUT", "STATUS", "DOMAINS", "FAILED", "SINCE"], rows));
    },
  );
  remote(
    common(
      fleet
        .command("show <rollout>")
        .description("show how far it is, wave by wave")
        .option("--watch", "until it is over or halts"),
      "chancery fleet show rol_… --watch",
    ),
  ).action(async (id: string, options: CommonOptions & { watch?: true }) => {
    const call = apiClient(options);
    const one = options.watch ? await watched(call, id) : await call("showRollout", { params: { id } });
    print(options.json ? JSON.stringify(one) : rolloutText(one));
    if (one.status === "halted") process.exitCode = exitStatus.negative;
  });
  for (const [order, route, about] of [
    ["pause", "pauseRollout", "begin no more domains until it is resumed"],
    ["resume", "resumeRollout", "go on, also after it halted: only further failures count"],
    ["stop", "stopRollout", "end it; rotations that were begun are carried out"],
  ] as const)
    remote(
      common(
        fleet.command(`${order} <rollout>`).description(about).option("--reason <text>", "for the record"),
        `chancery fleet ${order} rol_…`,
      ),
    ).action(async (id: string, options: CommonOptions & { reason?: string }) => {
      const body = { ...(options.reason !== undefined && { reason: options.reason }) };
      const one = await apiClient(options)(route, { params: { id }, body });
      print(options.json ? JSON.stringify(one) : rolloutText(one));
    });
}

function addRotate(fleet: Command): void {
  remote(
    common(
      fleet
        .command("rotate")
        .description("ask for rotations: a canary first, which is watched, then wave after wave")
        .option("--domains <file>", "one domain a line, in this order; - for standard input")
        .option("--older-than <duration>", "those whose key has signed for longer, for example 90d")
        .option("--all", "every verified domain of the tenant")
        .option("--stream <name>", "only this stream of them; may be given again (default: all)", repeated, [])
        .option("--default-stream", "only the default stream, which has no name; with --stream, it as well")
        .option("--canary <n>", "so many domains go first", "5")
        .option("--waves <shares>", "up to which share of all each wave goes", "1%,10%,100%")
        .option("--max-failures <share>", "of the domains begun; more halt it", "2%")
        .option("--watch-canary <duration>", "how long the canary is watched (default: an hour)")
        .option("--stuck-after <duration>", "after so long a blocked rotation has failed (default: a day)"),
      "chancery fleet rotate --older-than 90d --canary 5 --waves 1%,10%,100% --max-failures 2%",
    ),
  ).action(async (options: RotateOptions) => {
    const { domains, olderThan, all, watchCanary, stuckAfter } = options;
    const streams = [...(options.defaultStream ? [null] : []), ...options.stream];
    const one = await apiClient(options)("startRollout", {
      body: {
        ...(domains !== undefined && { domains: namesIn(domains) }),
        ...(olderThan !== undefined && { olderThanSeconds: secondsOf(olderThan) }),
        ...(all && { all: true }),
        ...(streams.length > 0 && { streams }),
        canary: numberOf(options.canary, "--canary"),
        wavesPercent: options.waves.split(",").map((share) => percentOf(share, "--waves")),
        maxFailuresPercent: percentOf(options.maxFailures, "--max-failures"),
        ...(watchCanary !== undefined && { watchSeconds: secondsOf(watchCanary) }),
        ...(stuckAfter !== undefined && { stuckAfterSeconds: secondsOf(stuckAfter) }),
      },
    });
    print(options.json ? JSON.stringify(one) : rolloutText(one));
    if (!options.json) note(`watch it with: chancery fleet show ${one.id} --watch`);
  });
}

/** Shows what changes, on standard error, until nothing does any more. */
async function watched(call: ApiClient, id: string): Promise<Rollout> {
  for (let before = ""; ;) {
    const one = await call("showRollout", { params: { id } });
    const line = progressLine(one);
    if (line !== before) note(line);
    before = line;
    if (one.status !== "running" && one.status !== "paused") return one;
    await pause(watchSeconds * 1000);
  }
}

const failedOf = ({ waves }: Rollout): number => waves.reduce((sum, { failed }) => sum + failed, 0);

function namesIn(file: string): string[] {
  try {
    const text = readFileSync(file === "-" ? process.stdin.fd : file, "utf8");
    return text.split("\n").flatMap((line) => line.replace(/#.*/, "").trim() || []);
  } catch (error) {
    throw new CommandFailed(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function numberOf(text: string, option: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new CommandFailed(`${option} ${text}: a whole number is expected`);
}

function percentOf(text: string, option: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,3})?) ?%?$/.exec(text.trim());
  if (match !== null) return Number(match[1]);
  throw new CommandFailed(`${option} ${text}: shares are expected, for example 1% or 1%,10%,100%`);
}
