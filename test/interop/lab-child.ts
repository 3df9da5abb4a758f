// Runs command lines of `chancery` one after the other, as they come, in one process: starting it for each takes longer than an audit.
import process from "node:process";
import { runCommandLine } from "../../server/src/app/cli/program.ts";

export type CommandRun = { status: number; stdout: string; stderr: string };

process.on("message", (words: string[]) => {
  void runOne(words).then((ran) => process.send?.(ran));
});

async function runOne(words: readonly string[]): Promise<CommandRun> {
  const written = { stdout: "", stderr: "" };
  const before = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const stream of ["stdout", "stderr"] as const)
    process[stream].write = (text: string | Uint8Array) => Boolean((written[stream] += String(text)));
  await runCommandLine(words);
  const status = Number(process.exitCode ?? 0);
  process.exitCode = 0;
  process.stdout.write = before.stdout;
  process.stderr.write = before.stderr;
  return { status, ...written };
}
