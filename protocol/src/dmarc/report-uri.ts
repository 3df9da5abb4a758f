import { parseDomain } from "../mail/domain.ts";
import { trimFws } from "../mail/octets.ts";

/** Where reports are to be sent: one URI of `rua=` or `ruf=` (RFC 9989 §4.6). */
export type ReportUri = {
  /** As published, without the obsolete size suffix (`!10m`). */
  uri: string;
  /** In lower case. Whoever sends reports passes over the schemes that it does not support. */
  scheme: string;
  /** Of a `mailto:` the address, percent-encoding undone and its domain as `parseDomain` gives it; undefined for the rest. */
  address: string | undefined;
};

/** More are not read: whoever sends reports would have to send to all of them. */
const urisMax = 50;

/** Splits a list of URIs at its commas (§4.8). Those that are no URI are counted, not kept. */
export function parseReportUris(value: string): { uris: ReportUri[]; malformed: number } {
  const items = value.split(",");
  const uris: ReportUri[] = [];
  for (const item of items.slice(0, urisMax)) {
    const uri = parseReportUri(trimFws(item));
    if (uri !== undefined) uris.push(uri);
  }
  return { uris, malformed: items.length - uris.length };
}

function parseReportUri(text: string): ReportUri | undefined {
  const uri = withoutSize(text);
  const colon = uri.indexOf(":");
  const scheme = uri.slice(0, Math.max(colon, 0)).toLowerCase();
  // RFC 3986 §3.1 and the characters of Appendix A, without the comma and the exclamation mark.
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) return undefined;
  if (!/^(?:[A-Za-z0-9._~:/?#[\]@$&'()*+;=-]|%[0-9A-Fa-f]{2})+$/.test(uri.slice(colon + 1))) return undefined;
  if (scheme !== "mailto") return { uri, scheme, address: undefined };
  const address = mailboxOf(uri.slice(colon + 1));
  return address === undefined ? undefined : { uri, scheme, address };
}

/** RFC 7489 let a maximal size follow. It is still published, and says nothing any more. */
const withoutSize = (text: string): string => text.replace(/![0-9]+[kmgt]?$/i, "");

/** The one mailbox that `mailto:` names (RFC 6068 §2); header fields behind `?` are dropped. */
function mailboxOf(hierarchicalPart: string): string | undefined {
  let text: string;
  try {
    text = decodeURIComponent(hierarchicalPart.split("?", 1)[0]!);
  } catch {
    return undefined; // percent-encoded octets that are no UTF-8
  }
  const at = text.lastIndexOf("@");
  const domain = parseDomain(text.slice(at + 1));
  if (at < 1 || !domain.ok || /[\0-\x20\x7f]/.test(text)) return undefined;
  return `${text.slice(0, at)}@${domain.value}`;
}
