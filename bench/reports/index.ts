import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { printGoal } from "../dkim/goal.ts";
import { gzippedReport } from "./report-file.ts";

type Measured = { cpuSeconds: number; rows: number; residentOctets: number };

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const measure = (command: string, script: string, file: string, times: number): Measured =>
  JSON.parse(execFileSync(command, [beside(script), file, String(times)], { encoding: "utf8" })) as Measured;

/** Small reports are most of what comes, large ones most of the octets. */
const sizes = [
  { rows: 10, times: 20_000, peerTimes: 2000 },
  { rows: 100_000, times: 1, peerTimes: 1 },
];

/** Aggregate reports, gunzip included, beside xmltodict (what parsedmarc reads with). */
export function run(): Promise<void> {
  console.log("reports (MB of XML per CPU-second)");
  const folder = mkdtempSync(path.join(tmpdir(), "chancery-bench-reports-"));
  try {
    for (const { rows, times, peerTimes } of sizes) {
      const file = path.join(folder, `${rows}.xml.gz`);
      const report = gzippedReport(rows);
      writeFileSync(file, report.file);
      const rate = ({ cpuSeconds }: Measured, count: number): number => (report.octets * count) / cpuSeconds / 1e6;
      const ours = measure(process.execPath, "ours.ts", file, times);
      if (ours.rows !== rows * times) throw new Error(`${ours.rows} rows were read of ${rows * times}`);
      const resident = ours.residentOctets / 1e6;
      const peer = peerOf(file, peerTimes);
      console.log(
        `  ${rows} rows: ${rate(ours, times).toFixed(1)}, xmltodict ${peer === undefined ? "is not installed (python3-xmltodict)" : rate(peer, peerTimes).toFixed(1)}`,
      );
      if (peer !== undefined)
        printGoal({
          title: `${rows} rows, times xmltodict`,
          reached: rate(ours, times) / rate(peer, peerTimes),
          wanted: 3,
        });
      if (rows > 1000)
        printGoal({ title: `${rows} rows, most memory used, MB`, reached: resident, wanted: 150, atMost: true });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return Promise.resolve();
}

function peerOf(file: string, times: number): Measured | undefined {
  try {
    execFileSync("/usr/bin/python3", ["-c", "import xmltodict"], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return measure("/usr/bin/python3", "xmltodict_peer.py", file, times);
}
