// For tests: one command line, as `./chancery` would run it, in this process.
import process from "node:process";
import { vi } from "vitest";
import { runCommandLine } from "./program.ts";

/** What a command writes to stdout and stderr, and its exit status. */
export async function run(...words: string[]): Promise<{ out: string; errors: string; status: number }> {
  let out = "";
  let errors = "";
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((out += String(text)))),
    vi.spyOn(process.stderr, "write").mockImplementation((text) => Boolean((errors += String(text)))),
  ];
  try {
    await runCommandLine(words);
    return { out, errors, status: Number(process.exitCode ?? 0) };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}
