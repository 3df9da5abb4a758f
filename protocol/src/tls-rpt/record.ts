import { parseReportUris, type ReportUri } from "../dmarc/report-uri.ts";
import { parseDomain } from "../mail/domain.ts";
import { parsed, unparsed, type Parsed } from "../parsed.ts";
import { parseFields } from "../policy/fields.ts";

/** The record at `_smtp._tls.<domain>`: where reports on failed TLS go. */
export type TlsRptRecord = {
  /** `mailto` and `https`; a reporter may send to any of them. `host`: of the mailbox or of the server. */
  rua: { uri: string; scheme: "mailto" | "https"; host: string }[];
  /** URIs of other schemes, or that are none; nobody reports to them. */
  unusable: number;
};

/** A longer text is not read. */
const recordOctetsMax = 4096;

/** Whether a text counts as a TLS-RPT record, sound or not: of these there may be one (RFC 8460 §3). */
export const isTlsRptRecord = (text: string): boolean => /^v=TLSRPTv1[ \t]*;/.test(text);

/** Parses the record at `_smtp._tls.<domain>` (RFC 8460 §3). Not ok: nobody reports. */
export function parseTlsRptRecord(text: string): Parsed<TlsRptRecord> {
  if (text.length > recordOctetsMax) return unparsed(`record over ${recordOctetsMax} octets`, recordOctetsMax);
  const fields = parseFields(text, "v=TLSRPTv1");
  if (!fields.ok) return fields;
  const [field, another] = fields.value.filter(({ name }) => name === "rua");
  if (field === undefined) return unparsed("rua= is missing", 0);
  if (another !== undefined) return unparsed("rua= stands twice", 0);
  const { uris, malformed } = parseReportUris(field.value);
  const rua = uris.flatMap((uri) => destinationOf(uri) ?? []);
  if (rua.length === 0) return unparsed("rua= names neither a mailto: nor an https: address", 0);
  return parsed({ rua, unusable: malformed + uris.length - rua.length });
}

function destinationOf({ uri, scheme, address }: ReportUri): TlsRptRecord["rua"][number] | undefined {
  if (scheme === "mailto" && address !== undefined)
    return { uri, scheme, host: address.slice(address.lastIndexOf("@") + 1) };
  const written = /^https:\/\/([A-Za-z0-9._-]+)(?::[0-9]{1,5})?(?:[/?#]|$)/i.exec(uri)?.[1];
  const host = parseDomain(written ?? "");
  return host.ok ? { uri, scheme: "https", host: host.value } : undefined;
}
