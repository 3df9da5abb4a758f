// Runs command lines of `chancery` one after the other, as they come, in one process: starting it for each takes longer than an audit.
import process from "node:process";
import { runCommandLine } from "../../server/src/app/cli/program.ts";

export type CommandRun = { status: number; stdout: string; stderr: string };

let written = { stdout: "", stderr: "" };
for (const stream of ["stdout", "stderr"] as const)
  process[stream].write = (text: string | Uint8Array) => Boolean((written[stream] += String(text)));

process.on("message", (words: string[]) => {
  void runOne(words).then((ran) => process.send?.(ran));
});

async function runOne(words: readonly string[]): Promise<CommandRun> {
  written = { stdout: "", stderr: "" };
  process.exitCode = 0;
  await runCommandLine(words);
  return { status: process.exitCode, ...written };
}
