import { verify } from "chancery/dkim";
import type { Command } from "commander";
import { CommandFailed, type ExitStatus, exitStatus, note, print, worstOf } from "../exit.ts";
import { readMessageFile } from "../message-file.ts";
import { type CommonOptions, common } from "../options.ts";
import { type DnsOptions, dnsOptions, lookupOf, nowOf } from "../lookup.ts";
import { visible } from "../table.ts";
import { onlyWithOne, reportOnSent, sentText, type SentReport, whyBroken, whyText, type Why } from "../why-text.ts";

type Verifications = Awaited<ReturnType<typeof verify>>;

export function addVerify(program: Command): void {
  dnsOptions(
    common(
      program
        .command("verify <file...>")
        .description("check the signatures of messages; - is standard input")
        .option("--now <time>", "verify as of then: epoch seconds or an ISO date")
        .option("--sent <file>", "the message as it was sent: say what differs, and what broke a signature"),
      "chancery verify message.eml",
    ),
  ).action(async (files: string[], options: CommonOptions & DnsOptions & { now?: string; sent?: string }) => {
    onlyWithOne(options.sent, files);
    const lookup = await lookupOf(options);
    const now = nowOf(options.now);
    const statuses: ExitStatus[] = [];
    for (const file of files) {
      const message = await readOrSay(file);
      if (message === undefined) {
        statuses.push(exitStatus.refused);
        continue;
      }
      const asked = { resolveTxt: lookup.resolveTxt, ...(now !== undefined && { now }) };
      const dkim = await verify(message, asked);
      const why = await whyBroken(message, dkim, lookup.resolveTxt);
      const sent = await reportOnSent(options.sent, message, asked);
      statuses.push(statusOf(dkim));
      print(options.json ? jsonOf(file, dkim, why, sent) : [textOf(file, dkim, why), ...sentText(sent)].join("\n"));
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
const jsonOf = (file: string, dkim: Verifications, why: readonly Why[], sent: SentReport | undefined): string =>
  JSON.stringify(
    { file, dkim: dkim.map((each, at) => ({ ...each, ...why[at] })), dmarc: null, arc: null, spf: null, sent },
    (_key, value: unknown) => value ?? null,
  );

/** One passing signature is enough; a temporary error hinders only where nothing else decides. */
function statusOf(dkim: Verifications): ExitStatus {
  if (dkim.some(({ result }) => result === "pass")) return exitStatus.done;
  return dkim.length > 0 && dkim.every(({ result }) => result === "temperror")
    ? exitStatus.undetermined
    : exitStatus.negative;
}

function textOf(file: string, dkim: Verifications, why: readonly Why[]): string {
  if (dkim.length === 0) return `${visible(file)}: none (no DKIM-Signature)`;
  return dkim
    .map(({ result, reason, signingDomain, selector, algorithm, keyBits, uncoveredOctets, testing }, at) => {
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
      const line = `${visible(file)}: ${result} ${notes.filter(Boolean).map(String).map(visible).join(" ")}`;
      return [line, ...whyText(why[at])].join("\n");
    })
    .join("\n");
}
