import process from "node:process";
import { CommandFailed } from "./exit.ts";

/** Standard input to its end. Reading it synchronously fails with EAGAIN where its writer is slower than we are. */
export async function stdinBytes(): Promise<Buffer> {
  if (process.stdin.readableEnded) throw new CommandFailed("standard input was read already: - can stand once");
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export const stdinText = async (): Promise<string> => (await stdinBytes()).toString("utf8");
