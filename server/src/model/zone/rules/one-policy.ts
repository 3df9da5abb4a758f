import { labelsOf, readTxt, TYPE } from "chancery/dns";
import { looksLikePolicyRecord, parsePolicyRecord } from "chancery/dmarc";
import {
  isBimiRecord,
  isMtaStsRecord,
  isSpfRecord,
  isTlsRptRecord,
  parseBimiRecord,
  parseMtaStsRecord,
  parseSpfRecord,
  parseTlsRptRecord,
} from "chancery/policy";
import type { Parsed } from "chancery/dns";
import { type Found, refuse, setOf, warn, type ZoneRule } from "../rule.ts";

/** One kind of TXT record of which a name holds one, and at which names it is asked for. */
type PolicyKind = {
  kind: string;
  section: string;
  isMeant: (text: string, labels: readonly string[]) => boolean;
  /** What is in a record that can be read, and does not count. */
  doubts?: (text: string) => string[];
  parse: (text: string) => Parsed<unknown>;
  /** Whether it is asked for at a name of these labels. */
  isPlace: (labels: readonly string[]) => boolean;
  place: string;
};

const startsWith =
  (...wanted: string[]) =>
  (labels: readonly string[]): boolean =>
    wanted.every((label, index) => labels[index] === label);

const reportAuthorisation = (labels: readonly string[]): boolean => {
  const at = labels.indexOf("_report");
  return at >= 0 && labels[at + 1] === "_dmarc";
};

const kinds: readonly PolicyKind[] = [
  {
    kind: "SPF",
    section: "RFC 7208 §4.5",
    isMeant: isSpfRecord,
    parse: parseSpfRecord,
    isPlace: () => true,
    place: "any name that sends mail",
  },
  {
    kind: "DMARC",
    section: "RFC 9989 §4.10",
    isMeant: (text, [first]) => (first === "_dmarc" ? looksLikePolicyRecord(text) : /^\s*v\s*=\s*DMARC1/i.test(text)),
    doubts: (text) => {
      const read = parsePolicyRecord(text);
      const told = ["bad-value", "bad-policy", "no-policy", "syntax", "duplicate"];
      return read.ok ? read.value.remarks.filter(({ code }) => told.includes(code)).map(({ tag }) => tag) : [];
    },
    parse: parsePolicyRecord,
    isPlace: (labels) => labels[0] === "_dmarc" || reportAuthorisation(labels),
    place: "_dmarc.<domain>",
  },
  {
    kind: "MTA-STS",
    section: "RFC 8461 §3.1",
    isMeant: isMtaStsRecord,
    parse: parseMtaStsRecord,
    isPlace: startsWith("_mta-sts"),
    place: "_mta-sts.<domain>",
  },
  {
    kind: "TLS-RPT",
    section: "RFC 8460 §3",
    isMeant: isTlsRptRecord,
    parse: parseTlsRptRecord,
    isPlace: startsWith("_smtp", "_tls"),
    place: "_smtp._tls.<domain>",
  },
  {
    kind: "BIMI",
    section: "draft-brand-indicators-for-message-identification §4.2",
    isMeant: isBimiRecord,
    parse: parseBimiRecord,
    isPlace: (labels) => labels[1] === "_bimi",
    place: "default._bimi.<domain>",
  },
];

/** Of each kind a name has one record; with two of them receivers act as if there were none, or fail. */
export const onePolicy: ZoneRule = {
  rule: "one-policy",
  check: (name, sets) => {
    const texts = (setOf(sets, TYPE.TXT)?.data ?? []).map((data) => readTxt(data).join(""));
    const labels = labelsOf(name);
    return kinds.flatMap((kind) =>
      checkKind(
        kind,
        texts.filter((text) => kind.isMeant(text, labels)),
        labels,
      ),
    );
  },
};

function checkKind(
  { kind, section, parse, doubts, isPlace, place }: PolicyKind,
  texts: readonly string[],
  labels: readonly string[],
): Found[] {
  const [text] = texts;
  if (text === undefined) return [];
  if (!isPlace(labels)) return [warn(`a ${kind} record here is never asked for`, `it belongs at ${place}`)];
  if (texts.length > 1)
    return [
      refuse(
        `${texts.length} ${kind} records at one name; there may be one (${section})`,
        "make one record of them, and put it in their place",
      ),
    ];
  // What authorises reports is `v=DMARC1` alone (RFC 9990 §3); it needs no policy.
  if (reportAuthorisation(labels) && /^v=DMARC1\s*(?:;|$)/i.test(text)) return [];
  const read = parse(text);
  if (!read.ok)
    return [
      refuse(
        `a ${kind} record that nobody can read: ${read.problem} (${section})`,
        "correct it; a template writes a sound one",
      ),
    ];
  const tags = doubts?.(text) ?? [];
  return tags.length === 0
    ? []
    : [warn(`in the ${kind} record ${tags.join(", ")} cannot be read, and does not count (${section})`, "correct it")];
}
