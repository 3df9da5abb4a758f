import type { Audit } from "../../../model/audit/audit.ts";
import { visible } from "../table.ts";

/** An audit for people in a terminal. */
export function auditText({ domain, findings, checks }: Audit): string {
  const lines = [visible(domain)];
  for (const { severity, code, subject, summary, remedy } of findings)
    lines.push(`${severity} ${code}: ${visible(subject)}: ${visible(summary)}`, `  do: ${visible(remedy)}`);
  const passed = checks.filter(({ state }) => state === "passed").length;
  lines.push(`${passed} of ${checks.length} checks passed`);
  return lines.join("\n");
}
