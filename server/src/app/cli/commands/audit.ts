import { type Command, Option } from "commander";
import { isAtLeast, type Severity, severities } from "../../../model/finding.ts";
import type { Audit } from "../../../model/audit/audit.ts";
import { auditContextOf } from "../../../model/audit/context.ts";
import { auditDomain } from "../../../service/audit/audit-domain.ts";
import { blocklistOf } from "../options/blocklist.ts";
import { catalogueOf, catalogueOption, type CatalogueOptions } from "../options/catalogue.ts";
import { domainNameOf } from "../dns-name.ts";
import { type ExpectationOptions, expectationOptions, expectationsOf } from "../options/expectations.ts";
import { type CommonOptions, common, configOf } from "../options/common.ts";
import { repeated } from "../options/repeated.ts";
import { CommandFailed, type ExitStatus, exitStatus, note, print, worstOf } from "../exit.ts";
import { dnssecSourceOf } from "../../observer.ts";
import { type DnsOptions, dnsOptions, lookupOf, vantageOf } from "../lookup.ts";
import { canBeMail, canBeReport } from "../evidence-file.ts";
import { visible } from "../table.ts";
import { signingConfigsOf } from "../signing-configs.ts";
import { weakKeysOf, weakKeysOption, type WeakKeysOptions } from "../weak-keys.ts";
import { auditJson } from "../audit/json.ts";
import { auditDocument } from "../audit/audit-document.ts";
import type { Document } from "../audit/document.ts";
import { htmlOf } from "../audit/html.ts";
import { markdownOf } from "../audit/markdown.ts";
import { textOf } from "../audit/text.ts";

const forms = { text: textOf, md: markdownOf, html: htmlOf } as const satisfies Record<
  string,
  (document: Document) => string
>;
const formats = Object.keys(forms);

type AuditOptions = CommonOptions &
  CatalogueOptions &
  DnsOptions &
  ExpectationOptions &
  WeakKeysOptions & {
    mail: string[];
    report: string[];
    microsoft365?: string;
    blocklist: string[];
    parked?: true;
    format: keyof typeof forms;
    failOn: string;
    evidence?: boolean;
  };

export function addAudit(program: Command): void {
  const command = program
    .command("audit <domain>")
    .description("see what a receiver sees of a domain's DKIM, and what to do about it")
    .option("--mail <file>", "a message, mbox or Maildir as a receiver has it; may be given again", repeated, [])
    .option("--report <file>", "a DMARC aggregate report: XML, gzip, zip or mail; may be given again", repeated, [])
    .option("--microsoft365 <file>", "what Microsoft 365 says: Get-DkimSigningConfig | ConvertTo-Json")
    .option("--parked", "the domain is to send no mail: see whether it says so")
    .option("--blocklist <list>", "ask this DNS list: ip:ZONE or domain:ZONE; may be given again", repeated, [])
    .addOption(new Option("--format <form>", "for people: text, or a page to forward").choices(formats).default("text"))
    .option("--fail-on <severity>", "exit with 1 from this severity on", "high")
    .option("--evidence", "with --json: what each server said, every question asked, and the replies in base64");
  const withCommon = common(command, "chancery audit customer.example --selector s1");
  const everyOption = catalogueOption(weakKeysOption(dnsOptions(expectationOptions(withCommon))));
  everyOption.action(async (written: string, options: AuditOptions) => {
    const failOn = severityOf(options.failOn);
    const domain = domainNameOf(written);
    const catalogue = catalogueOf(options);
    const lookups = await lookupOf(options, { dnssecOk: true });
    const dnssec = lookups.namesListed === undefined ? dnssecSourceOf(configOf(options).config) : undefined;
    const { evidence, audit } = await auditDomain({
      domain,
      now: Math.floor(Date.now() / 1000),
      lookup: lookups,
      dns: lookups.namesListed === undefined ? "network" : "file",
      ...(lookups.namesListed && { namesInZone: lookups.namesListed }),
      ...(dnssec && { dnssec }),
      ...(options.blocklist.length > 0 && { blocklists: options.blocklist.map(blocklistOf) }),
      expectations: { ...expectationsOf(options, domain, catalogue), parked: options.parked === true },
      ...(lookups.zone && { zone: lookups.zone }),
      vantage: vantageOf(options, options.evidence === true),
      mailFiles: options.mail,
      reportFiles: options.report,
      ...(options.microsoft365 !== undefined && { microsoft365: signingConfigsOf(options.microsoft365) }),
      context: auditContextOf(catalogue, { isKnownWeak: weakKeysOf(options) }),
    });
    for (const { file, problem } of [...(evidence.mail?.unread ?? []), ...(evidence.reports?.unread ?? [])])
      note(visible(`${file}: left out: ${problem}`));
    const isSecret = audit.findings.some(({ code }) => code === "PrivateKeyPublished");
    if (options.evidence === true && isSecret)
      note("--evidence: left out, since a private key stands in what was seen");
    const raw = options.evidence === true && !isSecret && { evidence: evidence.delegation };
    print(
      options.json
        ? visible(JSON.stringify({ ...auditJson(audit), ...raw }))
        : forms[options.format](auditDocument(audit)),
    );
    process.exitCode = worstOf([statusOf(audit, failOn), ...(isAllThere(options) ? [] : [exitStatus.refused])]);
  });
}

function severityOf(text: string): Severity {
  const severity = severities.find((one) => one === text);
  if (severity === undefined)
    throw new CommandFailed(`--fail-on: ${text} is no severity; one of ${severities.join(", ")} is expected`);
  return severity;
}

/** Whether each file that was named can be evidence at all. One that cannot is a slip, and an audit without it is not the one asked for. */
const isAllThere = ({ mail, report }: AuditOptions): boolean => mail.every(canBeMail) && report.every(canBeReport);

/** What could not be determined counts for no severity: it is a state of its own. */
function statusOf({ findings }: Audit, failOn: Severity): ExitStatus {
  if (findings.some(({ code, severity }) => code !== "Undetermined" && isAtLeast(severity, failOn)))
    return exitStatus.negative;
  return findings.some(({ code }) => code === "Undetermined") ? exitStatus.undetermined : exitStatus.done;
}
