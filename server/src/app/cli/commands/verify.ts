import { hostname } from "node:os";
import { isIP } from "node:net";
import { splitMessage } from "chancery/mail";
import type { Command } from "commander";
import { smtpFactsIn } from "../../../engine/mail-authentication/received-facts.ts";
import type { SmtpFacts } from "../../../engine/mail-authentication/spf.ts";
import { authenticateMessage, type MessageAuthentication } from "../../../service/verification/authenticate-message.ts";
import { authservIdOf } from "../../../service/verification/authserv-id.ts";
import { CommandFailed, type ExitStatus, exitStatus, note, print, worstOf } from "../exit.ts";
import { readMessageFile } from "../message-file.ts";
import { type CommonOptions, common } from "../options/common.ts";
import { type DnsOptions, dnsOptions, lookupOf, nowOf } from "../lookup.ts";
import { jsonOf } from "../verify/json.ts";
import { textOf } from "../verify/text.ts";
import { onlyWithOne, reportOnSent, whyBroken } from "../verify/why-text.ts";

type VerifyOptions = CommonOptions &
  DnsOptions & {
    now?: string;
    ip?: string;
    mailFrom?: string;
    helo?: string;
    trustReceived?: true;
    authservId?: string;
    sent?: string;
  };

export function addVerify(program: Command): void {
  dnsOptions(
    common(
      program
        .command("verify <file...>")
        .description("check who sent messages, by DKIM, SPF, ARC and DMARC; - is standard input")
        .option("--now <time>", "verify as of then: epoch seconds or an ISO date")
        .option("--sent <file>", "the message as it was sent: say what differs, and what broke a signature")
        .option("--ip <address>", "the client that sent the message, for SPF (absent: SPF is not checked)")
        .option("--mail-from <address>", "its MAIL FROM; empty or <> for a bounce (absent: HELO alone is checked)")
        .option("--helo <name>", "its HELO or EHLO name")
        .option(
          "--trust-received",
          "where these are not given, take them from the topmost Received and from Return-Path",
        )
        .option(
          "--authserv-id <name>",
          "who checks, in the Authentication-Results field (default: this machine's organizational domain)",
        ),
      "chancery verify --ip 192.0.2.25 --mail-from bounces@customer.example message.eml",
    ),
  ).action(async (files: string[], options: VerifyOptions) => {
    onlyWithOne(options.sent, files);
    const given = smtpFactsOf(options);
    const authservId = authservIdOption(options.authservId);
    // Which policy speaks for a subdomain depends on whether it exists, and some zones tell that in DNSSEC records alone.
    const lookup = await lookupOf(options, { dnssecOk: true });
    const now = nowOf(options.now) ?? Math.floor(Date.now() / 1000);
    const statuses: ExitStatus[] = [];
    for (const file of files) {
      const message = await readOrSay(file);
      if (message === undefined) {
        statuses.push(exitStatus.refused);
        continue;
      }
      const smtp = given ?? (options.trustReceived && receivedFactsOf(message));
      const checked = await authenticateMessage(message, { lookup, now, authservId, ...(smtp && { smtp }) });
      const why = await whyBroken(message, checked.dkim, lookup.resolveTxt);
      const sent = await reportOnSent(options.sent, message, { resolveTxt: lookup.resolveTxt, now });
      statuses.push(statusOf(checked.dkim));
      if (!options.json && statuses.length > 1) print("\n");
      print(options.json ? jsonOf(file, checked, why, sent) : textOf(file, checked, why, sent));
    }
    process.exitCode = worstOf(statuses);
  });
}

/** Undefined: nothing is known of the SMTP session. */
function smtpFactsOf({ ip, mailFrom, helo }: VerifyOptions): SmtpFacts | undefined {
  if (ip === undefined) {
    if (mailFrom === undefined && helo === undefined) return undefined;
    throw new CommandFailed("--mail-from and --helo are for SPF: give --ip, the address of the client, too");
  }
  if (isIP(ip) === 0) throw new CommandFailed(`--ip: ${ip} is not an address, for example 192.0.2.25 or 2001:db8::25`);
  if (mailFrom === undefined && helo === undefined)
    throw new CommandFailed("--ip: SPF also needs --mail-from, or --helo for a message without one");
  const address = mailFrom?.replace(/^<(.*)>$/s, "$1");
  return { ip, ...(address !== undefined && { mailFrom: address }), ...(helo !== undefined && { helo }) };
}

function receivedFactsOf(message: Uint8Array): SmtpFacts | undefined {
  const split = splitMessage(message);
  const facts = split.ok ? smtpFactsIn(split.value.header) : undefined;
  if (facts === undefined) note("--trust-received: the topmost Received does not say the client's address: give --ip");
  return facts;
}

function authservIdOption(given: string | undefined): string {
  if (given === undefined) return authservIdOf(hostname());
  if (/^[\x21-\x7e]{1,255}$/.test(given)) return given;
  throw new CommandFailed(
    "--authserv-id: a name of up to 255 printing characters is expected, for example example.org",
  );
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

/** One passing signature is enough; a temporary error hinders only where nothing else decides. */
function statusOf(dkim: MessageAuthentication["dkim"]): ExitStatus {
  if (dkim.some(({ result }) => result === "pass")) return exitStatus.done;
  return dkim.length > 0 && dkim.every(({ result }) => result === "temperror")
    ? exitStatus.undetermined
    : exitStatus.negative;
}
