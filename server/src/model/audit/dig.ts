import type { AuditFinding } from "./check.ts";

/** The command that shows a finding to whoever types it, where the finding brings none of its own. */
export function commandsFor({ subject }: AuditFinding): string[] {
  return isPlain(subject) ? [`dig +noall +answer +comments ${subject} TXT`] : [];
}

/** The command that asks one server one thing; none where a name cannot stand in a command line as it is. */
export function digAt(server: string, name: string, type: string, ...flags: string[]): string[] {
  if (!isPlain(name) || !/^[\w.:-]+$/.test(server)) return [];
  return [["dig", ...flags, `@${server}`, name, type].join(" ")];
}

const isPlain = (name: string): boolean => /^[\w.*-]+$/.test(name);
