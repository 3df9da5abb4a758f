import { crc32, deflateRawSync } from "node:zlib";
import type { ReportRow } from "chancery/dmarc";
import { reportLimits, type ReportLimits } from "./limits.ts";
import { readReport, type ReportOutcome } from "./read-report.ts";
import { unpack } from "./unpack.ts";

/** A row as reporters write it, and a report of rows. For tests. */
export const rowXml = (messages = 1): string =>
  `<record><row><source_ip>192.0.2.1</source_ip><count>${messages}</count><policy_evaluated><disposition>none</disposition>` +
  "<dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers>" +
  "<auth_results><dkim><domain>example.com</domain><selector>s1</selector><result>pass</result></dkim>" +
  "<spf><domain>example.net</domain><result>pass</result></spf></auth_results></record>";

export const headXml =
  "<report_metadata><org_name>Example</org_name><email>dmarc@example.org</email><report_id>r1</report_id>" +
  "<date_range><begin>1700000000</begin><end>1700086399</end></date_range></report_metadata>" +
  "<policy_published><domain>example.com</domain><p>none</p></policy_published>";

export const reportXml = (
  rows = rowXml(),
  root = "feedback",
  before = '<?xml version="1.0" encoding="UTF-8"?>\n',
): string => `${before}<${root}>${headXml}${rows}</${root.split(" ")[0]}>\n`;

/** Everything that is read of a file, of each report in it. */
export async function readAll(
  file: Uint8Array,
  limits: ReportLimits = reportLimits,
): Promise<{ path: string[]; rows: ReportRow[]; outcome: ReportOutcome }[]> {
  const unpacked = await unpack(file, limits);
  if (!unpacked.ok) return [{ path: [], rows: [], outcome: { state: "quarantined", quarantine: unpacked.quarantine } }];
  const reports = [];
  for (const { path, pieces } of unpacked.members) {
    const rows: ReportRow[] = [];
    const reading = readReport(pieces, limits);
    let next = await reading.next();
    for (; next.done !== true; next = await reading.next()) rows.push(next.value);
    reports.push({ path, rows, outcome: next.value });
  }
  return reports;
}

/** The code that the first report of a file is quarantined for; `read` where it is read. */
export async function codeOf(file: Uint8Array, limits: ReportLimits = reportLimits): Promise<string> {
  const reports = await readAll(file, limits);
  for (const { outcome } of reports) if (outcome.state === "quarantined") return outcome.quarantine.code;
  return reports.length === 0 ? "nothing" : "read";
}

type ZipMember = { name: string; octets: Uint8Array; declaredOctets?: number; method?: number; flags?: number };

/** A zip archive (APPNOTE §4.3), with lies where they are asked for. `overlapping`: all members share the first one's octets. */
export function zip(members: readonly ZipMember[], { overlapping = false } = {}): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, octets, declaredOctets = octets.length, method = 8, flags = 0 } of members) {
    const stored = method === 8 ? deflateRawSync(octets) : Buffer.from(octets);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(crc32(octets), 10);
    fields.writeUInt32LE(stored.length, 14);
    fields.writeUInt32LE(declaredOctets, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const entry = Buffer.alloc(46);
    entry.write("PK\x01\x02", 0, "latin1");
    entry.writeUInt16LE(20, 4);
    fields.copy(entry, 6);
    entry.writeUInt32LE(overlapping ? 0 : offset, 42);
    central.push(entry, Buffer.from(name));
    const member = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, Buffer.from(name), stored]);
    if (overlapping && local.length > 0) continue;
    local.push(member);
    offset += member.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}
