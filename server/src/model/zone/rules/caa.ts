import { TYPE } from "chancery/dns";
import { type Found, refuse, setOf, warn, type ZoneRule } from "../rule.ts";

/** RFC 8659 §4, RFC 9495 (issuemail), CA/B Forum: vmc for marks (issuevmc); contacts. */
const knownTags: readonly string[] = [
  "issue",
  "issuewild",
  "iodef",
  "issuemail",
  "issuevmc",
  "contactemail",
  "contactphone",
];
const critical = 128;

/** RFC 8659: a certification authority has to refuse what it does not understand and is marked critical. */
export const caa: ZoneRule = {
  rule: "caa",
  check: (_name, sets) =>
    (setOf(sets, TYPE.CAA)?.data ?? []).flatMap((data): Found[] => {
      const [flags = 0, length = 0] = data;
      const tag = Buffer.from(data.subarray(2, 2 + length))
        .toString("latin1")
        .toLowerCase();
      const value = Buffer.from(data.subarray(2 + length)).toString("latin1");
      if (!knownTags.includes(tag))
        return flags & critical
          ? [
              refuse(
                `CAA with the unknown tag ${tag} marked critical: no authority may issue any certificate (RFC 8659 §4.1)`,
                `write flags 0, or one of the tags ${knownTags.slice(0, 4).join(", ")}`,
              ),
            ]
          : [warn(`CAA with the unknown tag ${tag}`, `known are ${knownTags.join(", ")}`)];
      const found = flags & ~critical ? [warn(`CAA flags ${flags}`, "0 and 128 mean something (RFC 8659 §4.1)")] : [];
      const problem = valueProblem(tag, value);
      return problem === undefined ? found : [...found, refuse(problem.problem, problem.remedy)];
    }),
};

/** RFC 8659 §4.2, §4.4: a name and parameters, or nothing (";": nobody); an address for reports. */
function valueProblem(tag: string, value: string): { problem: string; remedy: string } | undefined {
  if (tag === "iodef")
    return /^(?:mailto:[^\s@]+@[^\s@]+|https?:\/\/\S+)$/i.test(value)
      ? undefined
      : { problem: `CAA iodef "${value}" is no address`, remedy: "write mailto:security@example.com or https://…" };
  if (!tag.startsWith("issue")) return undefined;
  return /^[ \t]*(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)?[ \t]*(?:;[\x20-\x7e]*)?$/i.test(value)
    ? undefined
    : {
        problem: `CAA ${tag} "${value}" names no certification authority`,
        remedy: `write the authority's domain such as "letsencrypt.org", or ";" for nobody`,
      };
}
