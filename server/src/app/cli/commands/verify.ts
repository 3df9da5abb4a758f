import { verify } from "chancery/dkim";
import type { Command } from "commander";
import { CommandFailed, type ExitStatus, exitStatus, note, print, worstOf } from "../exit.ts";
import { readMessageFile } from "../message-file.ts";
import { type CommonOptions, common } from "../options.ts";
import { type DnsOptions, dnsOptions, lookupOf, nowOf } from "../lookup.ts";
import { visible } from "../table.ts";

type Verifications = Awaited<ReturnType<typeof verify>>;

export function addVerify(program: Command): void {
  dnsOptions(
    common(
      program
        .command("verify <file...>")
        .description("check the signatures of messages; - is standard input")
        .option("--now <time>", "verify as of then: epoch seconds or an ISO date"),
      "chancery verify message.eml",
    ),
  ).action(async (files: string[], options: CommonOptions & DnsOptions & { now?: string }) => {
    const lookup = await lookupOf(options);
    const now = nowOf(options.now);
    const statuses: ExitStatus[] = [];
    for (const file of files) {
      const message = await readOrSay(file);
      if (message === undefined) {
        statuses.push(exitStatus.refused);
        continue;
      }
      const dkim = await verify(message, { resolveTxt: lookup.resolveTxt, ...(now !== undefined && { now }) });
      statuses.push(statusOf(dkim));
      print(options.json ? jsonOf(file, dkim) : textOf(file, dkim));
    }
    process.exitCode = worstOf(statuses);
  });
}

/** A file that cannot be read as a message does not keep the others from their result. */
async function readOrSay(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readMessageFile(file);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    note(`chancery: ${error.message}`);
    return undefined;
  }
}

/** Every field stands in every result: what does not apply is null. */
const jsonOf = (file: string, dkim: Verifications): string =>
  JSON.stringify({ file, dkim, dmarc: null, arc: null, spf: null }, (_key, value: unknown) => value ?? null);

/** One passing signature is enough; a temporary error hinders only where nothing else decides. */
function statusOf(dkim: Verifications): ExitStatus {
  if (dkim.some(({ result }) => result === "pass")) return exitStatus.done;
  return dkim.length > 0 && dkim.every(({ result }) => result === "temperror")
    ? exitStatus.undetermined
    : exitStatus.negative;
}

function textOf(file: string, dkim: Verifications): string {
  if (dkim.length === 0) return `${visible(file)}: none (no DKIM-Signature)`;
  return dkim
    .map(({ result, reason, signingDomain, selector, algorithm, keyBits, uncoveredOctets, testing }) => {
      const notes = [
        reason && `(${reason})`,
        `d=${signingDomain ?? "?"} s=${selector ?? "?"} a=${algorithm ?? "?"}`,
        keyBits !== undefined && keyBits !== null && `${keyBits} bits`,
        uncoveredOctets !== undefined &&
          uncoveredOctets !== null &&
          uncoveredOctets > 0 &&
          `${uncoveredOctets} octets of the body are not covered`,
        testing && "the key record says: testing",
      ];
      return `${visible(file)}: ${result} ${notes.filter(Boolean).map(String).map(visible).join(" ")}`;
    })
    .join("\n");
}
