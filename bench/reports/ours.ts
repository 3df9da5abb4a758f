// FILE TIMES: unpacks and reads a report so often, and prints the CPU seconds that took, the rows read and the most memory used.
import { readFileSync } from "node:fs";
import { reportLimits } from "../../server/src/engine/aggregate-reports/limits.ts";
import { readReport } from "../../server/src/engine/aggregate-reports/read-report.ts";
import { unpack } from "../../server/src/engine/aggregate-reports/unpack.ts";

const [file, times] = [process.argv[2]!, Number(process.argv[3])];
/** The large report is over what is taken of a stranger. */
const limits = { ...reportLimits, xmlOctetsMax: 1e9 };
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const octets = readFileSync(file);
async function readOnce(): Promise<number> {
  const unpacked = await unpack(octets, limits);
  if (!unpacked.ok) throw new Error(unpacked.quarantine.detail);
  let rows = 0;
  for (const { pieces } of unpacked.members) {
    const reading = readReport(pieces, limits);
    let next = await reading.next();
    for (; next.done !== true; next = await reading.next()) rows++;
    if (next.value.state !== "read") throw new Error(next.value.quarantine.detail);
  }
  return rows;
}

const before = cpuSeconds();
let rows = 0;
for (let time = 0; time < times; time++) rows += await readOnce();
const residentOctets = 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "latin1"))![1]);
console.log(JSON.stringify({ cpuSeconds: cpuSeconds() - before, rows, residentOctets }));
