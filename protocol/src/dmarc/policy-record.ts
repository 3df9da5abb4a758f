import { parseTagList } from "../dkim/signature/tag-list.ts";
import { parsed, unparsed, type Parsed } from "../parsed.ts";
import { parseReportUris, type ReportUri } from "./report-uri.ts";

/** What the domain owner asks to be done with mail that fails (`p=`, `sp=`, `np=`; RFC 9989 §4.7). */
export type Policy = "none" | "quarantine" | "reject";
export type AlignmentMode = "relaxed" | "strict";
/** `fo=`: when a failure report is wanted. */
export type FailureOption = "0" | "1" | "d" | "s";

/** A DMARC policy record as it takes effect: defaults filled in, what cannot be read left out and told in `remarks`. */
export type PolicyRecord = {
  /**
   * The policy for the domain itself. Undefined: what the record asks for cannot be read and it names nobody to report to, so
   * no DMARC is applied (§4.10.1).
   */
  p: Policy | undefined;
  /** For subdomains that exist, and for those that do not. Undefined: the tag before it in the order np, sp, p decides. */
  sp: Policy | undefined;
  np: Policy | undefined;
  /** Whether names are registered below this one: yes, no (it is an organizational domain), unsaid. */
  psd: "y" | "n" | "u";
  /** `t=y`: apply one level less than the policy says. */
  testing: boolean;
  adkim: AlignmentMode;
  aspf: AlignmentMode;
  rua: ReportUri[];
  ruf: ReportUri[];
  fo: FailureOption[];
  remarks: RecordRemark[];
  /** Every tag as published, names in lower case. For those who read the record by another standard. */
  tags: ReadonlyMap<string, string>;
};

/** Worth telling the record's owner. `tag` is the name in lower case, empty where there is none. */
export type RecordRemark = { code: RecordRemarkCode; tag: string };

export type RecordRemarkCode =
  /** Not `name=value` in printing characters; left out. */
  | "syntax"
  /** The same tag again; the first stands. */
  | "duplicate"
  /** A tag that the standard does not know; ignored. */
  | "unknown"
  /** `pct`, `rf`, `ri`: were in RFC 7489, have no effect any more. `pct=0` is `t=y` now. */
  | "removed"
  /** A value that the tag does not have; its default stands. */
  | "bad-value"
  /** There is no `p=`: it counts as `none`. */
  | "no-policy"
  /** A policy tag cannot be read: the record counts as `p=none`, or as nothing at all where `rua=` is missing. */
  | "bad-policy"
  /** The obsolete size limit behind a URI; ignored. */
  | "uri-size"
  /** No aggregate reports will come. */
  | "no-reports"
  /** `sp=` or `np=` asks for less than `p=`: subdomains are easier to forge than the domain. */
  | "weaker-subdomains";

/** A longer text is no policy record: it is not read. */
export const policyRecordOctetsMax = 8192;

/**
 * Parses a policy record (RFC 9989 §4.7, §4.8), its character-strings joined. Not ok: this text is no DMARC record and does not
 * count as one. Everything behind `v=DMARC1` is tolerated: what is wrong in a tag costs that tag and nothing else.
 */
export function parsePolicyRecord(text: string): Parsed<PolicyRecord> {
  if (text.length > policyRecordOctetsMax) return unparsed("policy record over 8192 octets", policyRecordOctetsMax);
  const [version = "", ...rest] = text.split(";");
  // The name compares without case by RFC 5234 §2.3, the value with case by `%s` of RFC 7405.
  if (!/^v[ \t]*=[ \t]*DMARC1[ \t]*$/i.test(version) || !version.includes("DMARC1"))
    return unparsed("does not begin with v=DMARC1", 0);
  const remarks: RecordRemark[] = [];
  const tags = readTags(rest, remarks);
  const value = (name: string): string | undefined => tags.get(name)?.toLowerCase();
  const oneOf = <T extends string>(name: string, values: readonly T[], fallback: T): T => {
    const found = values.find((one) => one === (value(name) ?? fallback));
    if (found === undefined) remarks.push({ code: "bad-value", tag: name });
    return found ?? fallback;
  };
  const rua = readUris("rua", tags, remarks);
  const ruf = readUris("ruf", tags, remarks);
  const policies = readPolicies(value, rua.length > 0, remarks);
  const record: PolicyRecord = {
    ...policies,
    psd: oneOf("psd", ["u", "y", "n"], "u"),
    testing: oneOf("t", ["n", "y"], "n") === "y",
    adkim: oneOf("adkim", ["r", "s"], "r") === "s" ? "strict" : "relaxed",
    aspf: oneOf("aspf", ["r", "s"], "r") === "s" ? "strict" : "relaxed",
    rua,
    ruf,
    fo: readFailureOptions(value("fo"), ruf.length > 0, remarks),
    remarks,
    tags,
  };
  if (rua.length === 0) remarks.push({ code: "no-reports", tag: "rua" });
  return parsed(record);
}

/** Whether a text that is no policy record was meant as one: worth telling whoever published it. */
export const looksLikePolicyRecord = (text: string): boolean =>
  /dmarc1|(?:^|;)[ \t]*(?:p=(?:none|quarantine|reject)|rua=mailto:)/i.test(text.slice(0, policyRecordOctetsMax));

/** The policies from the weakest to the strongest. */
const policies: readonly Policy[] = ["none", "quarantine", "reject"];
const knownTags = new Set(["p", "sp", "np", "psd", "t", "adkim", "aspf", "rua", "ruf", "fo"]);
const removedTags = new Set(["pct", "rf", "ri"]);

function readTags(pieces: readonly string[], remarks: RecordRemark[]): Map<string, string> {
  const tags = new Map<string, string>();
  for (const [at, piece] of pieces.entries()) {
    if (at === pieces.length - 1 && piece.trim() === "") break;
    const list = parseTagList(piece);
    const [written, tag] = (list.ok ? list.value.entries().next().value : undefined) ?? [];
    const name = written?.toLowerCase() ?? "";
    if (tag === undefined || !/^[\x20-\x7e]+$/.test(tag.value)) {
      remarks.push({ code: "syntax", tag: name });
      // A policy that cannot be read is not an absent one: §4.10.1 tells them apart.
      if (tag !== undefined && !tags.has(name)) tags.set(name, "");
    } else if (tags.has(name) || name === "v") remarks.push({ code: "duplicate", tag: name });
    else {
      tags.set(name, tag.value);
      if (removedTags.has(name)) remarks.push({ code: "removed", tag: name });
      else if (!knownTags.has(name)) remarks.push({ code: "unknown", tag: name });
    }
  }
  return tags;
}

/** `p=`, `sp=` and `np=` by the rules of §4.7 (absent) and §4.10.1 (present and not valid). */
function readPolicies(
  value: (name: string) => string | undefined,
  hasReports: boolean,
  remarks: RecordRemark[],
): { p: Policy | undefined; sp: Policy | undefined; np: Policy | undefined } {
  const read = (name: string): Policy | undefined => policies.find((policy) => policy === value(name));
  const bad = ["p", "sp", "np"].filter((name) => value(name) !== undefined && read(name) === undefined);
  for (const tag of bad) remarks.push({ code: "bad-policy", tag });
  if (bad.length > 0) return { p: hasReports ? "none" : undefined, sp: undefined, np: undefined };
  if (value("p") === undefined) remarks.push({ code: "no-policy", tag: "p" });
  const p = read("p") ?? "none";
  for (const tag of ["sp", "np"]) {
    const subdomains = read(tag);
    if (subdomains !== undefined && policies.indexOf(subdomains) < policies.indexOf(p))
      remarks.push({ code: "weaker-subdomains", tag });
  }
  return { p, sp: read("sp"), np: read("np") };
}

function readUris(tag: string, tags: ReadonlyMap<string, string>, remarks: RecordRemark[]): ReportUri[] {
  const value = tags.get(tag);
  if (value === undefined) return [];
  const { uris, malformed } = parseReportUris(value);
  if (malformed > 0) remarks.push({ code: "bad-value", tag });
  if (/![0-9]+[kmgt]?[ \t]*(?:,|$)/i.test(value)) remarks.push({ code: "uri-size", tag });
  return uris;
}

/** `fo=` has no effect without `ruf=`; `0` and `1` exclude each other, and nothing comes twice (§4.7, §4.8). */
function readFailureOptions(value: string | undefined, hasRuf: boolean, remarks: RecordRemark[]): FailureOption[] {
  if (value === undefined || !hasRuf) return ["0"];
  const words = value.split(":").map((word) => word.trim());
  const options = words.filter((word): word is FailureOption => /^[01ds]$/.test(word));
  const valid = options.length === words.length && new Set(options).size === options.length;
  if (valid && !(options.includes("0") && options.includes("1"))) return options;
  remarks.push({ code: "bad-value", tag: "fo" });
  return ["0"];
}
