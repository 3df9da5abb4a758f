import type { Command } from "commander";
import { apiClient } from "../api-client.ts";
import { CommandFailed, print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { useElsewhereText } from "../../../model/key/use-elsewhere.ts";
import { shown, visible } from "../table.ts";
import { usesText } from "../uses-text.ts";

export function addKeyWithdraw(key: Command): void {
  remote(
    common(
      key
        .command("withdraw <domain>")
        .description("say that nobody signs with a brought key any more: it goes once mail in flight has arrived")
        .requiredOption("--selector <selector>", "s=, the name of the key")
        .option("--yes", "do it; without it, only what is known of the key's last use is shown"),
      "chancery key withdraw customer.example --selector mail --yes",
    ),
  ).action(async (domain: string, options: CommonOptions & { selector: string; yes?: true }) => {
    const withdrawal = await apiClient(options)("withdrawKey", {
      params: { domain },
      body: { selector: options.selector, ...(options.yes && { yes: true }) },
    });
    if (options.json) print(JSON.stringify(withdrawal));
    const { key: one, lastUse, declared } = withdrawal;
    if (!options.json) {
      print(`${one.name}  ${one.phase}`);
      print(`  last use here       ${usesText(lastUse)}`);
      if (lastUse.stoppedHereAt !== null) print(`  stopped here        ${shown.time(lastUse.stoppedHereAt)}`);
      print(`  last use elsewhere  ${visible(useElsewhereText(lastUse.elsewhere))}`);
      if (declared) print(`  next                ${one.waitsFor ?? "nothing"}, until ${shown.time(one.waitsUntil)}`);
    }
    if (!declared)
      throw new CommandFailed(
        `nothing is done yet: mail that anybody signs with ${one.selector} fails once its record is gone. Say --yes when nobody does`,
      );
  });
}
