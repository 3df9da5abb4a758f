import { createHash } from "node:crypto";
import { type ResolveTxt, verify } from "chancery/dkim";
import { authorOf, splitMessage } from "chancery/mail";
import { failureReportIn } from "../../engine/aggregate-reports/failure-report.ts";
import type { Member } from "../../engine/aggregate-reports/member.ts";
import { readReport } from "../../engine/aggregate-reports/read-report.ts";
import { unpack } from "../../engine/aggregate-reports/unpack.ts";
import { insertReport, type SelectorUse } from "../../engine/database/reports.ts";
import type { Database, NewReport } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { withCrlf } from "../../engine/mail-files/line-ends.ts";
import type { Seconds } from "../../model/seconds.ts";
import { UseTally } from "./use-tally.ts";

/** What became of a report in a file. `known`: it came before, and counts once (DMARC-A-20). */
export type TakenReport = Pick<NewReport, "kind" | "organization" | "reportId" | "domain" | "messages"> & {
  outcome: "taken" | "known";
  beginAt: Seconds | null;
  endAt: Seconds | null;
};

/** A file may hold several reports, of which some can be read. */
export type TakenFile = { reports: TakenReport[]; problems: string[] };

type Read = { report: Omit<NewReport, "tenantId" | "takenAt">; uses: SelectorUse[] };

/**
 * Keeps what a file shows of selectors in use: an aggregate report (XML, gzip, zip, or the mail around them), a failure report, or a message as
 * somebody received it, which is verified now. Whoever hands it in answers for where it is from. Nothing in the file makes it reject.
 */
export async function takeReport(
  deps: { db: Database; resolveTxt: ResolveTxt },
  { tenantId, octets, now }: { tenantId: string; octets: Uint8Array; now: Seconds },
): Promise<TakenFile> {
  const { read, problems } = await readFile(octets, deps.resolveTxt, now);
  const reports: TakenReport[] = [];
  for (const { report, uses } of read) {
    const isNew = await transact(deps.db, (trx) => insertReport(trx, { ...report, tenantId, takenAt: now }, uses));
    const { kind, organization, reportId, domain, messages, beginAt = null, endAt = null } = report;
    const outcome = isNew ? "taken" : "known";
    reports.push({ outcome, kind, organization, reportId, domain, messages, beginAt, endAt });
  }
  return { reports, problems };
}

async function readFile(
  octets: Uint8Array,
  resolveTxt: ResolveTxt,
  now: Seconds,
): Promise<{ read: Read[]; problems: string[] }> {
  const unpacked = await unpack(octets);
  if (unpacked.ok) {
    const read: Read[] = [];
    const problems: string[] = [];
    for (const member of unpacked.members) {
      const one = await readMember(member, octets);
      if ("problem" in one) problems.push(one.problem);
      else read.push(one);
    }
    return { read, problems };
  }
  const { code, detail } = unpacked.quarantine;
  const other = code === "no-report-inside" ? (readFailure(octets) ?? (await readMail(octets, resolveTxt, now))) : null;
  return other === null
    ? { read: [], problems: [detail] }
    : other === undefined
      ? { read: [], problems: ["neither a report, nor a message with an author"] }
      : { read: [other], problems: [] };
}

/** Rows count only once the whole report was read: what turns out to be none leaves nothing behind. */
async function readMember({ path, pieces }: Member, file: Uint8Array): Promise<Read | { problem: string }> {
  const tally = new UseTally();
  let messages = 0;
  const reading = readReport(pieces);
  let next = await reading.next();
  for (; next.done !== true; next = await reading.next()) {
    tally.addRow(next.value);
    messages += next.value.messages;
  }
  if (next.value.state === "quarantined") return { problem: next.value.quarantine.detail };
  const { organization, reportId, begin = null, end = null } = next.value.metadata;
  const domain = next.value.policy.domain ?? "";
  // What RFC 9990 §3.5.1 tells reports apart by. One that says nothing of itself is only itself.
  const identity =
    reportId === ""
      ? digest(JSON.stringify(path), file)
      : digest(JSON.stringify([organization.toLowerCase(), reportId, domain, begin, end]));
  return {
    report: { kind: "aggregate", identity, organization, reportId, domain, beginAt: begin, endAt: end, messages },
    uses: tally.uses(),
  };
}

/** What failed shows that somebody names the selector; only mail that verifies is lost with the key. */
function readFailure(octets: Uint8Array): Read | undefined {
  const failure = failureReportIn(octets);
  if (failure === undefined) return undefined;
  const { reporter: organization, domain, signature, sourceIp: source, arrivedAt = null, messages } = failure;
  const tally = new UseTally();
  if (signature !== undefined) tally.add({ ...signature, verified: false, messages, source });
  return {
    report: {
      kind: "failure",
      identity: digest("failure", octets),
      organization,
      reportId: "",
      domain: domain ?? signature?.signingDomain ?? "",
      beginAt: arrivedAt,
      endAt: arrivedAt,
      messages,
    },
    uses: tally.uses(),
  };
}

/** A signature cannot verify by mistake: `t=` says when it was made. */
async function readMail(octets: Uint8Array, resolveTxt: ResolveTxt, now: Seconds): Promise<Read | undefined> {
  const mail = withCrlf(octets);
  const message = mail.ok ? splitMessage(mail.octets) : mail;
  if (!mail.ok || !message.ok) return undefined;
  const author = authorOf(message.value.header);
  if (!author.ok) return undefined;
  const tally = new UseTally();
  let at: Seconds | null = null;
  for (const { result, signingDomain, selector, timestamp } of await verify(mail.octets, { resolveTxt, now })) {
    if (signingDomain === undefined || selector === undefined) continue;
    const verified = result === "pass";
    if (verified && timestamp !== undefined) at = Math.max(at ?? 0, timestamp);
    tally.add({ signingDomain, selector: selector.toLowerCase(), verified, messages: 1, source: undefined });
  }
  return {
    report: {
      kind: "mail",
      identity: digest("mail", octets),
      organization: "a message given by hand",
      reportId: "",
      domain: author.domain,
      beginAt: at,
      endAt: at,
      messages: 1,
    },
    uses: tally.uses(),
  };
}

function digest(text: string, octets: Uint8Array = new Uint8Array()): string {
  return createHash("sha256").update(text).update(octets).digest("base64url");
}
