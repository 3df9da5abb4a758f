import { parseTagList } from "../dkim/signature/tag-list.ts";
import { parseDomain } from "../mail/domain.ts";
import { parsed, unparsed, type Parsed } from "../parsed.ts";

/**
 * A BIMI assertion record (draft-brand-indicators-for-message-identification §4.2): where the logo is, and the evidence that
 * it may be used. Both undefined: the domain declines to take part (`l=; a=;`).
 */
export type BimiRecord = {
  /** `l=`: an SVG over https. */
  logo: { uri: string; host: string } | undefined;
  /** `a=`: a mark certificate over https; most receivers show no logo without one. */
  evidence: { uri: string; host: string } | undefined;
};

/** A longer text is not read. */
const recordOctetsMax = 4096;

/** Whether a text was meant as a BIMI record. */
export const isBimiRecord = (text: string): boolean => /^v[ \t]*=[ \t]*BIMI1[ \t]*(?:;|$)/i.test(text);

/** Parses the record at `<selector>._bimi.<domain>`. Not ok: no receiver shows a logo. */
export function parseBimiRecord(text: string): Parsed<BimiRecord> {
  if (text.length > recordOctetsMax) return unparsed(`record over ${recordOctetsMax} octets`, recordOctetsMax);
  if (!isBimiRecord(text)) return unparsed("does not begin with v=BIMI1", 0);
  const tags = parseTagList(text);
  if (!tags.ok) return tags;
  if (!tags.value.has("l")) return unparsed("l= is missing", 0);
  const record: BimiRecord = { logo: undefined, evidence: undefined };
  for (const [name, member] of [
    ["l", "logo"],
    ["a", "evidence"],
  ] as const) {
    const tag = tags.value.get(name);
    if (tag === undefined || tag.value === "") continue;
    const host = httpsHost(tag.value);
    if (host === undefined) return unparsed(`${name}= is no https address`, tag.start);
    record[member] = { uri: tag.value, host };
  }
  if (record.logo === undefined && record.evidence !== undefined) return unparsed("a= without l=", 0);
  return parsed(record);
}

function httpsHost(uri: string): string | undefined {
  const host = /^https:\/\/([A-Za-z0-9._-]+)(?::[0-9]{1,5})?(?:[/?#][\x21-\x7e]*)?$/i.exec(uri)?.[1];
  const domain = host === undefined ? undefined : parseDomain(host);
  return domain?.ok === true ? domain.value : undefined;
}
