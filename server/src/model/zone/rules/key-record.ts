import { lintKeyRecord } from "chancery/dkim";
import { labelsOf, readTxt, TYPE } from "chancery/dns";
import { type Found, refuse, setOf, warn, type ZoneRule } from "../rule.ts";

/** Where in a name `_domainkey` stands with a selector before it; -1 for a name that is none of a key. `_adsp`, `_report`: of other standards. */
const isKeyName = (labels: readonly string[]): boolean =>
  labels.indexOf("_domainkey") > 0 && labels[0]?.startsWith("_") !== true;

/** RFC 6376 §3.6: one sound key record at a key name. */
export const keyRecord: ZoneRule = {
  rule: "key-record",
  check: (name, sets, _zone, { editor }) => {
    const labels = labelsOf(name);
    const texts = (setOf(sets, TYPE.TXT)?.data ?? []).map((data) => readTxt(data).join(""));
    if (labels[0] === "_domainkey" && texts.length > 0)
      return [warn("a TXT at _domainkey itself says nothing to DKIM", "a key stands at <selector>._domainkey")];
    if (!isKeyName(labels) || texts.length === 0) return [];
    if (texts.length > 1)
      return [
        refuse(
          `${texts.length} TXT records at a key name; which one a verifier takes is undefined (RFC 6376 §3.6.2.2)`,
          "keep one; a second key stands at a selector of its own",
        ),
      ];
    return lintKeyRecord(texts[0]!, { keyName: name }).findings.flatMap(
      ({ code, severity, problem, remedy }): Found[] => {
        if (code === "KeyRevoked" || severity === "info") return [];
        // An operator may keep for others what no verifier takes; a tenant would only hurt themselves.
        const isFatal = severity === "critical" || severity === "high";
        if (code === "KeyWeak" && editor === "operator") return [warn(problem, remedy)];
        return [isFatal ? refuse(problem, remedy) : warn(problem, remedy)];
      },
    );
  },
};

/** RFC 4592: a wildcard answers for every name that is not there. */
export const wildcard: ZoneRule = {
  rule: "wildcard",
  check: (name, sets, _zone, { wildcardKeys }) => {
    const labels = labelsOf(name);
    if (labels[0] !== "*" || sets.length === 0) return [];
    if (!labels.includes("_domainkey"))
      return [
        warn(
          "a wildcard answers for every name below it that is not there, key names among them",
          "put the names that are meant, if they can be counted",
        ),
      ];
    const problem = "a wildcard under _domainkey answers for every selector (RFC 6376 §6.1.2)";
    return wildcardKeys === "wanted"
      ? [warn(problem, "remove it when it is not wanted any more")]
      : [
          refuse(
            problem,
            "put the selectors that are meant; if it is really wanted, allow the wildcard (--allow-wildcard)",
          ),
        ];
  },
};
