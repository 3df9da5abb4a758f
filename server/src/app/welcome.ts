import type { Prepared } from "./prepare.ts";
import type { RoleName } from "./role.ts";

const purposes: Record<RoleName, string> = {
  nameserver: "name server (UDP, TCP)",
  controller: "controller",
  milter: "milter",
  relay: "relay (SMTP submission)",
  ingest: "ingest (SMTP, reports)",
  api: "API",
};

/** What `chancery up` prints once every role listens. The admin token is shown at the first start, never again. */
export function welcome(
  prepared: Prepared,
  roles: readonly { role: RoleName; where: string | undefined }[],
  dataRoot: string,
): string {
  const lines = ["Chancery is running.", ""];
  for (const { role, where } of roles) if (where !== undefined) lines.push(`  ${purposes[role].padEnd(24)} ${where}`);
  lines.push("", `  ${"data".padEnd(24)} ${dataRoot}`);
  lines.push(`  ${"key-encryption key (KEK)".padEnd(24)} ${prepared.kekFile}`);
  if (prepared.firstStart) {
    lines.push(
      "",
      "Losing the KEK loses every private key: copy it to a safe place that is not this machine.",
      "",
      prepared.adminTokenIsGiven
        ? "The admin token is the one of your configuration."
        : `Admin token, shown this once: ${prepared.adminToken}\n(kept in ${prepared.adminTokenFile}, readable by you alone; the commands read it there)`,
      "",
      "Next, in another terminal:",
      "  ./chancery lab up                                              a small internet to try everything on",
      "  ./chancery domain add customer.example --method cname-ring     take a delegation",
      "  ./chancery doctor                                              is everything as it should be?",
    );
  }
  return `${lines.join("\n")}\n`;
}
