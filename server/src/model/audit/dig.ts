import type { AuditFinding } from "./check.ts";

/** The command that shows a finding to whoever types it, where the finding brings none of its own. */
export function commandsFor({ subject }: AuditFinding): string[] {
  return /^[\w.*-]+$/.test(subject) ? [`dig +noall +answer +comments ${subject} TXT`] : [];
}
