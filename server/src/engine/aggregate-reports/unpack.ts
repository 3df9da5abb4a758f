import { attachedReports } from "./attachments.ts";
import { inflate, plain, type Budget } from "./inflate.ts";
import { reportLimits, type ReportLimits } from "./limits.ts";
import { kindOf, type Member } from "./member.ts";
import { quarantine, type Quarantine } from "./quarantine.ts";
import { unzip } from "./unzip.ts";

export type Unpacked = { ok: true; members: Member[] } | { ok: false; quarantine: Quarantine };

/**
 * The reports in a file as it came: XML, gzip, zip, or a mail with one of these attached. What it is, its first octets say.
 * Nothing is decompressed before the members' pieces are read, and all of them share one budget.
 */
export async function unpack(file: Uint8Array, limits: ReportLimits = reportLimits): Promise<Unpacked> {
  const budget: Budget = { octetsLeft: limits.xmlOctetsMax };
  if (kindOf(file) !== "other") return open(file, [], limits, budget);
  if (file.length > limits.mailOctetsMax) return refused(tooLarge("mail", limits.mailOctetsMax));
  const attached = attachedReports(file, limits);
  if (!attached.ok) return attached;
  const members: Member[] = [];
  for (const { name, octets } of attached.attachments) {
    const opened = await open(octets, [name], limits, budget);
    if (!opened.ok) return opened;
    members.push(...opened.members);
  }
  return members.length > limits.membersMax
    ? refused(quarantine("too-many-members", `${members.length} reports in one mail`))
    : { ok: true, members };
}

async function open(file: Uint8Array, path: string[], limits: ReportLimits, budget: Budget): Promise<Unpacked> {
  const kind = kindOf(file);
  const isCompressed = kind === "gzip" || kind === "zip";
  const octetsMax = isCompressed ? limits.compressedOctetsMax : limits.xmlOctetsMax;
  if (file.length > octetsMax) return refused(tooLarge(isCompressed ? "compressed report" : "report", octetsMax));
  switch (kind) {
    case "gzip":
      return { ok: true, members: [{ path, pieces: inflate(file, "gzip", limits, budget) }] };
    case "zip": {
      const zip = await unzip(file, limits, budget);
      if (!zip.ok) return zip;
      return { ok: true, members: zip.members.map((member) => ({ ...member, path: [...path, ...member.path] })) };
    }
    case "xml":
    case "other":
      return { ok: true, members: [{ path, pieces: plain(file) }] };
  }
}

const refused = (reason: Quarantine): Unpacked => ({ ok: false, quarantine: reason });
const tooLarge = (what: string, octetsMax: number): Quarantine =>
  quarantine("too-large", `a ${what} of over ${octetsMax} octets`);
