import type { ReportLimits } from "./limits.ts";
import { kindOf, shownName } from "./member.ts";
import { mimeLeaves, type MimeLeaf } from "./mime-leaves.ts";
import { quarantine, type Quarantine } from "./quarantine.ts";

export type AttachedReport = { name: string; octets: Uint8Array };

/**
 * What is attached to a mail and looks like a report: gzip and zip whatever the mail says of them (RFC 9990 §3.5.2 has
 * `application/gzip` and `text/xml`; many send `application/zip` and `application/octet-stream`), and XML that is not shown as
 * the mail's text. Subject and file names say nothing that counts.
 */
export function attachedReports(
  mail: Uint8Array,
  limits: ReportLimits,
): { ok: true; attachments: AttachedReport[] } | { ok: false; quarantine: Quarantine } {
  const refuse = (reason: Quarantine) => ({ ok: false as const, quarantine: reason });
  const attachments: AttachedReport[] = [];
  for (const leaf of mimeLeaves(mail)) {
    const octets = leaf.octets();
    const kind = kindOf(octets);
    if (kind === "other" || (kind === "xml" && isShownText(leaf))) continue;
    if (attachments.length === limits.membersMax)
      return refuse(quarantine("too-many-members", `over ${limits.membersMax} reports in one mail`));
    attachments.push({ name: shownName(leaf.fileName ?? leaf.type), octets });
  }
  if (attachments.length === 0)
    return refuse(quarantine("no-report-inside", "neither XML, gzip nor zip, nor a mail with one of them attached"));
  return { ok: true, attachments };
}

const isShownText = ({ type, fileName }: MimeLeaf): boolean =>
  fileName === undefined && (type === "text/html" || type === "text/plain");
