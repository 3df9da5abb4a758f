import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import process from "node:process";
import { CannotSign, sign } from "chancery/dkim";
import type { Command } from "commander";
import { CommandFailed, note } from "../exit.ts";
import { readMessageFile } from "../message-file.ts";
import { type CommonOptions, common } from "../options/common.ts";

/** `x=`: as long as what the relay signs. */
const lifetimeSeconds = 7 * 86_400;

type Options = CommonOptions & { domain: string; selector: string; key: string; explain?: true };

export function addSign(program: Command): void {
  common(
    program
      .command("sign [file]")
      .description("sign a message with a key file; prints the signed message (default: standard input)")
      .requiredOption("--domain <domain>", "d=, the signing domain")
      .requiredOption("--selector <selector>", "s=, the selector")
      .requiredOption("--key <file>", "the private key, PEM")
      .option("--explain", "say on standard error what is signed"),
    "chancery sign --domain customer.example --selector s1 --key s1.pem message.eml",
  ).action(async (file: string | undefined, options: Options) => {
    const message = await readMessageFile(file ?? "-");
    const fields = await signed(message, options);
    if (options.explain) note(Buffer.from(fields).toString("latin1").trimEnd());
    if (options.json) process.stdout.write(`${JSON.stringify({ fields: Buffer.from(fields).toString("latin1") })}\n`);
    else process.stdout.write(Buffer.concat([fields, message]));
  });
}

async function signed(message: Uint8Array, { domain, selector, key }: Options): Promise<Uint8Array> {
  try {
    const keys = [{ signingDomain: domain, selector, privateKey: privateKey(key) }];
    return await sign(message, { keys, lifetimeSeconds });
  } catch (error) {
    if (error instanceof CannotSign) throw new CommandFailed(error.message);
    throw error;
  }
}

function privateKey(file: string): KeyObject {
  let pem: Buffer;
  try {
    pem = readFileSync(file);
  } catch (error) {
    throw new CommandFailed(`--key: ${(error as Error).message}`);
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw new CommandFailed(`--key ${file}: not a private key in PEM without a passphrase`);
  }
}
