import { verify } from "chancery/dkim";
import type { Command } from "commander";
import { type ExitStatus, exitStatus, print, worstOf } from "../exit.ts";
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
    const lookup = lookupOf(options);
    const now = nowOf(options.now);
    const statuses: ExitStatus[] = [];
    for (const file of files) {
      const message = readMessageFile(file);
      const dkim = await verify(message, { resolveTxt: lookup.resolveTxt, ...(now !== undefined && { now }) });
      statuses.push(statusOf(dkim));
      print(options.json ? JSON.stringify({ file, dkim, dmarc: null, arc: null, spf: null }) : textOf(file, dkim));
    }
    process.exitCode = worstOf(statuses);
  });
}

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
