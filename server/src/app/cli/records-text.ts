import type { CustomerRecord, Finding } from "@chancery/api";
import { table, visible } from "./table.ts";

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

/** The same records as a zone file has them: absolute names, quoted strings. Those that can go are left out. */
export const recordsZoneText = (records: readonly CustomerRecord[]): string =>
  records
    .filter(isAskedFor)
    .map(({ name, type, ttl, data }) => `${name}. ${ttl} IN ${type} ${dataText(type, data)}`)
    .join("\n");

/** Whether a record is to be there: others can go. */
export const isAskedFor = ({ purpose, need }: CustomerRecord): boolean =>
  purpose !== "key (can go)" && need !== "removable";

/** The value of a record as a zone file has it. */
export const dataText = (type: string, data: string): string => {
  if (type === "TXT") return quoted(data);
  return type === "DS" ? data : `${data}.`; // all others are names
};

/** Character-strings of at most 255 octets (RFC 1035 §3.3.14), each in quotes. */
export const quoted = (text: string): string =>
  (text.match(/[\s\S]{1,255}/g) ?? [""]).map((part) => `"${part.replace(/["\\]/g, "\\$&")}"`).join(" ");

/** What is not as it should be: what was seen, by whom, and what to do. */
export function findingsText(findings: readonly Finding[]): string {
  const lines: string[] = [];
  for (const { code, severity, subject, summary, evidence, remedy } of findings) {
    lines.push(`${severity} ${code} ${subject}: ${visible(summary)}`);
    for (const line of evidence) lines.push(`  seen:  ${visible(line)}`);
    lines.push(`  do:    ${visible(remedy)}`);
  }
  return lines.join("\n");
}
