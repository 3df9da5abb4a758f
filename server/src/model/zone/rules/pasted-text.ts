import { labelsOf, readTxt, TYPE } from "chancery/dns";
import { type Found, refuse, setOf, warn, type ZoneRule } from "../rule.ts";

/** How the records begin that somebody parses; a quote or backslash in them makes them unreadable. */
const parsedByOthers = /^["'\\\s]*v\s*=\s*(?:spf1|DKIM1|DMARC1|STSv1|TLSRPTv1|BIMI1)/i;

/** Quotes and backslashes of a zone file or a web form that were pasted into the text itself. Key names have a rule of their own. */
export const pastedText: ZoneRule = {
  rule: "pasted-text",
  check: (name, sets) => {
    if (labelsOf(name).indexOf("_domainkey") > 0) return [];
    return (setOf(sets, TYPE.TXT)?.data ?? []).flatMap((data): Found[] => {
      const text = readTxt(data).join("");
      if (parsedByOthers.test(text) && /^\s*["']|["']\s*$|\\/.test(text))
        return [
          refuse(
            "quotes or backslashes stand in the text itself, so that nobody can read it; they were pasted along",
            "give the text as it is meant, in one pair of quotes",
          ),
        ];
      if (/^".*"$/s.test(text))
        return [
          warn("the text begins and ends with a quote", "quotes around a TXT belong to the file, not to the text"),
        ];
      return [];
    });
  },
};
