import type { Command } from "commander";
import { addOverride } from "../nameserver/override.ts";
import { addReconcile } from "../nameserver/reconcile.ts";
import { addStatus } from "../nameserver/status.ts";
import { group } from "../options/common.ts";

/** What concerns name servers themselves; zones have commands of their own. */
export function addNameServer(program: Command): void {
  const nameServer = group(
    program,
    "nameserver",
    "our name servers and those that copy from them (operator)",
    "chancery nameserver status",
  );
  addStatus(nameServer);
  addOverride(nameServer);
  addReconcile(nameServer);
}
