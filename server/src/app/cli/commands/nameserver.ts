import type { Command } from "commander";
import { addOverride } from "../nameserver/override.ts";
import { addReconcile } from "../nameserver/reconcile.ts";
import { addFollowCatalog } from "../nameserver/follow-catalog.ts";
import { addTsigKey } from "../nameserver/tsig-key.ts";
import { addRecipe } from "../nameserver/recipe.ts";
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
  addTsigKey(nameServer);
  addRecipe(nameServer);
  addFollowCatalog(nameServer);
}
