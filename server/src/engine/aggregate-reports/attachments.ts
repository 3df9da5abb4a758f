import PostalMime from "postal-mime";
import type { ReportLimits } from "./limits.ts";
import { kindOf, shownName } from "./member.ts";
import { quarantine, type Quarantine } from "./quarantine.ts";

export type AttachedReport = { name: string; octets: Uint8Array };

/** Parts within parts, and octets of header over all of them: report mails are two parts. */
const partDepthMax = 16;
const headerOctetsMax = 512 * 1024;

/**
 * What is attached to a mail and looks like a report: gzip and zip whatever the mail says of them (RFC 9990 §3.5.2 has
 * `application/gzip` and `text/xml`; many send `application/zip` and `application/octet-stream`), and XML that is not shown as
 * the mail's text. Subject and file names say nothing that counts.
 */
export async function attachedReports(
  mail: Uint8Array,
  limits: ReportLimits,
): Promise<{ ok: true; attachments: AttachedReport[] } | { ok: false; quarantine: Quarantine }> {
  let attachments: AttachedReport[];
  try {
    const parsed = await PostalMime.parse(mail, {
      maxNestingDepth: partDepthMax,
      maxHeadersSize: headerOctetsMax,
      forceRfc822Attachments: true,
    });
    attachments = parsed.attachments.map(({ filename, mimeType, content }) => ({
      name: shownName(filename ?? mimeType),
      octets: typeof content === "string" ? Buffer.from(content, "latin1") : new Uint8Array(content),
    }));
  } catch {
    return {
      ok: false,
      quarantine: quarantine("not-a-report", "neither XML, gzip nor zip, nor a mail that can be read"),
    };
  }
  const reports = attachments.filter(({ octets }) => kindOf(octets) !== "other");
  if (reports.length === 0)
    return {
      ok: false,
      quarantine: quarantine("no-report-inside", "neither XML, gzip nor zip, nor a mail with one of them"),
    };
  if (reports.length > limits.membersMax)
    return { ok: false, quarantine: quarantine("too-many-members", `${reports.length} reports in one mail`) };
  return { ok: true, attachments: reports };
}
