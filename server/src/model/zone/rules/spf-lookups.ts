import { readTxt, TYPE } from "chancery/dns";
import { isSpfRecord, parseSpfRecord, spfLimits } from "chancery/policy";
import { setOf, warn, type ZoneRule } from "../rule.ts";
import type { ZoneLookup } from "../zone-lookup.ts";

const depthMax = 11;

/**
 * RFC 7208 §4.6.4: over ten terms that ask the DNS the result is permerror. Counted is what can be seen from here: the record,
 * and those it includes from the same zone; what others include comes on top.
 */
export const spfLookups: ZoneRule = {
  rule: "spf-lookups",
  check: (name, sets, zone) => {
    const text = spfText(sets);
    const lookups = text === undefined ? 0 : countOf(text, zone, 1);
    return lookups > spfLimits.lookupsMax
      ? [
          warn(
            `SPF at ${name} asks the DNS at least ${lookups} times; over ${spfLimits.lookupsMax} it is an error (RFC 7208 §4.6.4)`,
            "take out what sends no more, or write addresses as ip4: and ip6:",
          ),
        ]
      : [];
  },
};

const spfText = (sets: ReturnType<ZoneLookup["at"]>): string | undefined =>
  (setOf(sets, TYPE.TXT)?.data ?? []).map((data) => readTxt(data).join("")).find(isSpfRecord);

function countOf(text: string, zone: ZoneLookup, depth: number): number {
  const record = parseSpfRecord(text);
  if (!record.ok) return 0;
  let lookups = 0;
  const follow = (target: string): void => {
    lookups++;
    const included =
      depth < depthMax && lookups <= spfLimits.lookupsMax ? spfText(zone.at(target.toLowerCase())) : undefined;
    if (included !== undefined) lookups += countOf(included, zone, depth + 1);
  };
  for (const { mechanism, text: term } of record.value.directives)
    if (mechanism.kind === "include") follow(term.slice(term.indexOf(":") + 1).replace(/\.$/, ""));
    else if (["a", "mx", "ptr", "exists"].includes(mechanism.kind)) lookups++;
  const redirect = /(?:^| )redirect=([^ ]+)/i.exec(text)?.[1];
  if (redirect !== undefined && !record.value.directives.some(({ mechanism }) => mechanism.kind === "all"))
    follow(redirect.replace(/\.$/, ""));
  return lookups;
}
