import { parsed, unparsed, type Parsed } from "../parsed.ts";
import { isAscii } from "./octets.ts";
import { punycode } from "./punycode.ts";

/**
 * A domain name as mail writes it, brought to the one form that is compared and looked up: A-labels, lower case, no final dot.
 * Labels are letters, digits, hyphen and underscore (selectors carry underscores); a U-label is turned into its A-label
 * (RFC 8616 §3, RFC 5891 §4.4). Address literals, empty labels and names over 253 octets are no domain names.
 */
export function parseDomain(text: string): Parsed<string> {
  if (text.length === 0) return unparsed("empty domain name", 0);
  if (text.length > 253) return unparsed("domain name over 253 octets", 253);
  if (/^[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*$/.test(text)) return parsed(text.toLowerCase());
  const labels: string[] = [];
  let offset = 0;
  for (const label of text.split(".")) {
    const ascii = isAscii(label) ? label.toLowerCase() : aLabel(label);
    if (ascii === undefined) return unparsed("not a U-label", offset);
    if (!/^[a-z0-9_-]{1,63}$/.test(ascii)) return unparsed(ascii === "" ? "empty label" : "not a DNS label", offset);
    labels.push(ascii);
    offset += label.length + 1;
  }
  const name = labels.join(".");
  return name.length > 253 ? unparsed("domain name over 253 octets", 253) : parsed(name);
}

/** Whether `name` is `ancestor` or below it, on label boundaries. Both as `parseDomain` gives them. */
export const isAtOrBelow = (name: string, ancestor: string): boolean =>
  name === ancestor || name.endsWith(`.${ancestor}`);

/**
 * A U-label's A-label. IDNA 2008 knows no mapping: a label that changes under NFKC (full-width letters, the ideographic full
 * stop) is no U-label (RFC 5892 §2.2). Upper case alone is folded, as everywhere in the DNS.
 */
function aLabel(label: string): string | undefined {
  const folded = label.toLowerCase();
  if (folded.normalize("NFKC") !== folded.normalize("NFC")) return undefined;
  const composed = folded.normalize("NFC");
  if (!/^(?:[\p{L}\p{M}\p{Nd}\u00b7\u0375\u05f3\u05f4\u30fb-]|\u200c|\u200d)+$/u.test(composed)) return undefined;
  return isAscii(composed) ? composed : `xn--${punycode(composed)}`;
}
