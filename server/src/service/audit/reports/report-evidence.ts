import { isAtOrBelow } from "chancery/mail";
import type { ReportRow } from "chancery/dmarc";
import { readReport } from "../../../engine/aggregate-reports/read-report.ts";
import { reportLimits } from "../../../engine/aggregate-reports/limits.ts";
import { unpack } from "../../../engine/aggregate-reports/unpack.ts";
import { fileOctets } from "../../../engine/aggregate-reports/file-octets.ts";
import type { Member } from "../../../engine/aggregate-reports/member.ts";
import type { Lookup } from "../../../engine/resolver/resolution.ts";
import type { Unread } from "../../../model/audit/evidence/mail.ts";
import type { ReportEvidence, SeenReport } from "../../../model/audit/evidence/reports.ts";
import type { Aligner } from "../alignment.ts";
import { type LookAt, lookAtBy } from "../mail/seen-message.ts";
import { carrierOf } from "./carrier.ts";
import { RowTally } from "./row-tally.ts";

export type ReportSearch = {
  /** Aggregate reports as they came: XML, gzip, zip, or the mail around them. */
  files: readonly string[];
  /** The domain audited. */
  domain: string;
  lookup: Lookup;
  /** Epoch seconds. */
  now: number;
};

const reportsMax = 10_000;
const unreadMax = 100;

/** Reads reports, each once, and adds up what they say of the domain and of what is below it. Nothing in them makes it reject. */
export async function gatherReports({ files, domain, lookup, now }: ReportSearch): Promise<ReportEvidence> {
  const lookAt = lookAtBy(lookup, now);
  const { aligner } = lookAt;
  const reports: SeenReport[] = [];
  const unread: Unread[] = [];
  const total = new RowTally(aligner);
  const known = new Set<string>();
  let duplicates = 0;
  const leaveOut = (file: string, problem: string): void => {
    if (unread.length < unreadMax) unread.push({ file, problem });
  };
  for (const file of files) {
    const opened = await openFile(file, lookAt);
    if ("problem" in opened) {
      leaveOut(file, opened.problem);
      continue;
    }
    for (const member of opened.members) {
      const name = [file, ...member.path].join(" › ");
      const read = await readMember({ member, name, carrier: opened.carrier }, domain, aligner);
      if ("problem" in read) leaveOut(name, read.problem);
      else if (known.has(identityOf(read.report))) duplicates++;
      else if (reports.length >= reportsMax) leaveOut(name, `more than ${reportsMax} reports: the rest was left out`);
      else {
        known.add(identityOf(read.report));
        reports.push(read.report);
        total.addAll(read.tally, read.report);
      }
    }
  }
  return { reports, duplicates, unread, ...(await total.evidence()), ...spanOf(reports) };
}

type Opened = { members: Member[]; carrier: SeenReport["carrier"] };

async function openFile(file: string, lookAt: LookAt): Promise<Opened | { problem: string }> {
  const octets = await fileOctets(file, Math.max(reportLimits.mailOctetsMax, reportLimits.xmlOctetsMax));
  if (!octets.ok) return octets;
  const unpacked = await unpack(octets.value);
  if (!unpacked.ok) return { problem: unpacked.quarantine.detail };
  const carrier = await carrierOf(octets.value, lookAt);
  return carrier === "forged"
    ? { problem: "the mail that carries it fails DMARC: it is not from whom it says" }
    : { members: unpacked.members, carrier };
}

/** Rows are counted apart until the whole report was seen: one that turns out to be none must leave nothing behind. */
async function readMember(
  { member, name: file, carrier }: { member: Member; name: string; carrier: SeenReport["carrier"] },
  domain: string,
  aligner: Aligner,
): Promise<{ report: SeenReport; tally: RowTally } | { problem: string }> {
  const tally = new RowTally(aligner);
  const reading = readReport(member.pieces);
  let next = await reading.next();
  for (; next.done !== true; next = await reading.next()) tally.add(next.value, isAbout(next.value, domain));
  const outcome = next.value;
  if (outcome.state === "quarantined") return { problem: outcome.quarantine.detail };
  const { organization, reportId, begin, end } = outcome.metadata;
  const remarks = Object.fromEntries(outcome.remarks);
  const report: SeenReport = {
    file,
    organization,
    reportId,
    domain: outcome.policy.domain,
    begin,
    end,
    messages: tally.messages,
    carrier,
    remarks,
  };
  return { report, tally };
}

const isAbout = ({ headerFrom }: ReportRow, domain: string): boolean =>
  headerFrom !== undefined && isAtOrBelow(headerFrom, domain);

/** What RFC 9990 §3.5.1 tells reports apart by. One that says nothing of itself is only itself. */
const identityOf = ({ file, organization, reportId, domain, begin, end }: SeenReport): string =>
  reportId === "" ? file : JSON.stringify([organization.toLowerCase(), reportId, domain, begin, end]);

function spanOf(reports: readonly SeenReport[]): Pick<ReportEvidence, "begin" | "end"> {
  const begins = reports.flatMap(({ begin }) => begin ?? []);
  const ends = reports.flatMap(({ end }) => end ?? []);
  return {
    begin: begins.length === 0 ? undefined : Math.min(...begins),
    end: ends.length === 0 ? undefined : Math.max(...ends),
  };
}
