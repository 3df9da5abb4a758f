import { type CustomerRecord, type Finding, severities } from "@chancery/api";
import { shown, table, visible } from "./table.ts";

/** The records that a customer publishes, for people. */
export const recordsTable = (records: readonly CustomerRecord[]): string =>
  table(
    ["NAME", "TYPE", "TTL", "DATA", "STATE", "FOR"],
    records.map(({ name, type, ttl, data, state, purpose, note, stream }) => [
      name,
      type,
      String(ttl),
      data,
      state,
      `${purpose}${stream === undefined ? "" : ` of ${stream}`}${note === undefined ? "" : `: ${note}`}`,
    ]),
  );

/** The same records as a zone file has them: absolute names, quoted strings. Those that can go, and those whose time has yet to come, are left out. */
export const recordsZoneText = (records: readonly CustomerRecord[]): string =>
  records
    .filter(isAskedFor)
    .map(({ name, type, ttl, data }) => `${name}. ${ttl} IN ${type} ${dataText(type, data)}`)
    .join("\n");

/** Whether a record is to be there now: others can go, or come later. */
export const isAskedFor = ({ purpose, need }: CustomerRecord): boolean =>
  purpose !== "key (can go)" && need !== "removable" && need !== "later";

/** The value of a record as a zone file has it. */
export const dataText = (type: string, data: string): string => {
  if (type === "TXT") return quoted(data);
  return type === "DS" ? data : `${data}.`; // all others are names
};

/** Character-strings of at most 255 octets (RFC 1035 §3.3.14), each in quotes. */
export const quoted = (text: string): string =>
  (text.match(/[\s\S]{1,255}/g) ?? [""]).map((part) => `"${part.replace(/["\\]/g, "\\$&")}"`).join(" ");

/** What is not as it should be, the worst first: what was seen, by whom and when, and what to do. The same of several names is told once. */
export function findingsText(findings: readonly Finding[]): string {
  const alike = Map.groupBy(findings, ({ code, severity, summary, evidence, seenAt }) =>
    JSON.stringify([code, severity, summary, evidence, seenAt]),
  );
  const sorted = [...alike.values()].toSorted((a, b) => rank(a[0]!) - rank(b[0]!));
  return sorted.flatMap(linesOf).join("\n");
}

const rank = ({ severity }: Finding): number => severities.indexOf(severity);

function linesOf(same: readonly Finding[]): string[] {
  const { code, severity, summary, evidence, seenAt } = same[0]!;
  const subjects = [...new Set(same.map(({ subject }) => subject))].join(", ");
  const when = seenAt === undefined ? "" : ` (seen ${shown.time(seenAt)})`;
  const remedies = [...new Set(same.map(({ remedy }) => remedy))];
  return [
    `${severity} ${code} ${subjects}: ${visible(summary)}${when}`,
    ...evidence.map((line) => `  seen:  ${visible(line)}`),
    ...remedies.map((remedy) => `  do:    ${visible(remedy)}`),
  ];
}
