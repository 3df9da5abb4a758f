// `npm run fuzz`: mutated inputs for everything that reads strangers' octets. docs/security-testing.md says how to use it.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { faultOf, fuzz, leastStopMs, type Finding, type FuzzReport } from "./fuzz.ts";
import { growthReport } from "./growth.ts";
import type { Target } from "./target.ts";
import { allTargets } from "./targets.ts";

const blockedMsMax = 50;
const rssGrowthBytesMax = 256 * 1024 * 1024;

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: `${Math.floor(Date.now() / 1000)}` },
    target: { type: "string", multiple: true },
    out: { type: "string", default: "fuzz-findings" },
    replay: { type: "string" },
  },
});
const everything = allTargets(process.env["CHANCERY_CORPORA"]);
const targets = everything.filter(({ name }) => values.target?.includes(name) ?? true);

if (values.replay !== undefined) await replay(values.replay);
else await search();

async function search(): Promise<void> {
  const [inputs, seed] = [Number(values.inputs), Number(values.seed)];
  const unknown = values.target?.some((name) => everything.every((target) => target.name !== name)) ?? false;
  if (!(inputs > 0) || !Number.isSafeInteger(seed) || unknown) {
    console.error(
      `--inputs and --seed are whole numbers, --target is one of ${everything.map(({ name }) => name).join(", ")}`,
    );
    process.exit(2);
  }
  console.log(`${inputs} inputs for ${targets.length} targets, seed ${seed}`);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const started = performance.now();
  const report = await fuzz({ targets, inputs, seed, blockedMsMax });
  delay.disable();
  printReport(report, (performance.now() - started) / 1000);
  console.log(
    `event loop: delayed ${ms(delay.max / 1e6)} at most, ${ms(delay.percentile(99.9) / 1e6)} at p99.9, the machine's other work included`,
  );
  for (const finding of report.findings) keep(finding, seed);
  if (report.rssGrowthBytes > rssGrowthBytesMax) console.error("memory grew beyond its bound");
  const grows = await growthReport(blockedMsMax);
  if (report.findings.length > 0 || report.rssGrowthBytes > rssGrowthBytesMax || !grows) process.exitCode = 1;
}

function printReport(report: FuzzReport, seconds: number): void {
  console.table(
    Object.fromEntries(
      report.targets.map(({ target, inputs, octets, ms: spent, longest }) => [
        target,
        {
          inputs,
          "octets each": Math.round(octets / inputs),
          "µs each": Math.round((spent * 1000) / inputs),
          "longest stop": ms(longest.stopMs),
          "its octets": longest.octets,
          "its index": longest.index,
        },
      ]),
    ),
  );
  const inputs = report.targets.reduce((sum, target) => sum + target.inputs, 0);
  console.log(
    `${Math.round(inputs / seconds)} inputs a second, ${Math.round(seconds)} s; memory grew by ${Math.round(report.rssGrowthBytes / 1_048_576)} MiB after the first tenth`,
  );
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

/** Writes an input to a file whose name says which target reads it. */
function keep({ target, reason, input, index }: Finding, seed: number): void {
  const octets = Buffer.from(input, "latin1");
  mkdirSync(values.out, { recursive: true });
  const file = path.join(values.out, `${target}.${createHash("sha256").update(octets).digest("hex").slice(0, 12)}`);
  writeFileSync(file, octets);
  console.error(
    `\n${target}: ${reason}\n  seed ${seed}, index ${index}, ${octets.length} octets in ${file}\n  again: npm run fuzz -- --replay ${file}`,
  );
}

async function replay(file: string): Promise<void> {
  const name = path.basename(file).split(".")[0];
  const target: Target | undefined = everything.find((one) => one.name === name);
  if (target === undefined) {
    console.error(`${file}: the name begins with a target and a dot: ${everything.map((one) => one.name).join(", ")}`);
    process.exit(2);
  }
  const input = readFileSync(file, "latin1");
  const fault = await faultOf(target, input);
  console.log(`${target.name}: ${fault ?? "nothing is wrong"}, ${ms(await leastStopMs(target, input, Infinity))}`);
  if (fault !== undefined) process.exitCode = 1;
}
