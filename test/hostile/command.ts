import process from "node:process";
import { vi } from "vitest";
import { runCommandLine } from "../../server/src/app/cli/program.ts";

/** What a command writes to stdout and stderr, as one text. */
export async function outputOf(...words: string[]): Promise<string> {
  let text = "";
  const take = (written: string | Uint8Array): boolean => Boolean((text += String(written)));
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(take),
    vi.spyOn(process.stderr, "write").mockImplementation(take),
  ];
  try {
    await runCommandLine(words);
    return text;
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}
