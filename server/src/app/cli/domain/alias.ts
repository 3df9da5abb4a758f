import type { Alias } from "@chancery/api";
import type { Command } from "commander";
import { useElsewhereText } from "../../../model/key/use-elsewhere.ts";
import { apiClient } from "../api-client.ts";
import { CommandFailed, note, print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { shown, visible } from "../table.ts";

type AliasOptions = CommonOptions & {
  to?: string;
  back?: true;
  cancel?: true;
  show?: true;
  yes?: true;
  oldStoppedAt?: string;
};

/** `domain alias`: where our alias behind a customer's selector leads, and moving it. */
export function addDomainAlias(domain: Command): void {
  remote(
    common(
      domain
        .command("alias <domain> <selector>")
        .description("show where our alias leads, or have it lead to another upstream when that breaks no mail")
        .option("--to <target>", "the name that the new upstream wants the alias to lead to")
        .option("--back", "to where it led before")
        .option("--cancel", "the move that is asked for is not wanted any more")
        .option(
          "--old-stopped-at <time>",
          "since when the present upstream signs nothing any more: now, or 2026-11-22T10:00Z",
        )
        .option("--yes", "with --old-stopped-at: it has stopped, although mail was seen after that")
        .option("--show", "change nothing (also when no other option is given)"),
      "chancery domain alias customer.example s1 --to s1.domainkey.u123.upstream.example --old-stopped-at now",
    ),
  ).action(async (name: string, selector: string, options: AliasOptions) => {
    const { to, back, cancel, oldStoppedAt, yes } = options;
    if ([to, back, cancel].filter(Boolean).length > 1)
      throw new CommandFailed("--to, --back and --cancel exclude each other");
    const asks = to !== undefined || back || cancel || oldStoppedAt !== undefined;
    if (asks && options.show) throw new CommandFailed("--show changes nothing; leave it or the other options out");
    const body = {
      ...(to !== undefined && { to }),
      ...(back && { back }),
      ...(cancel && { cancel }),
      ...(oldStoppedAt !== undefined && { oldStoppedAt: secondsOf(oldStoppedAt) }),
      ...(yes && { yes }),
    };
    const call = apiClient(options);
    const alias = asks
      ? await call("moveAlias", { params: { domain: name, selector }, body })
      : (await call("listAliases", { params: { domain: name } })).items.find((one) => one.selector === selector);
    if (alias === undefined)
      throw new CommandFailed(`${name} has no alias for the selector ${selector}; see chancery domain show ${name}`);
    if (options.json) return print(JSON.stringify(alias));
    print(aliasText(alias));
    if (asks && alias.wanted !== null) note(`watch it with: chancery domain alias ${alias.domain} ${alias.selector}`);
  });
}

function secondsOf(written: string): number {
  if (written === "now") return Math.floor(Date.now() / 1000);
  const ms = /^\d+$/.test(written) ? Number(written) * 1000 : Date.parse(written);
  if (Number.isNaN(ms)) throw new CommandFailed(`${written} is not a time: now, 2026-11-22T10:00Z, or epoch seconds`);
  return Math.floor(ms / 1000);
}

function aliasText(one: Alias): string {
  const { name, alias, target, wanted, previous, phase, since, waitsFor, waitsUntil, seen, use } = one;
  const until = waitsUntil === null ? "" : ` until ${shown.time(waitsUntil)}`;
  return [
    name,
    `  our alias    ${alias}`,
    `  leads to     ${target ?? "nothing yet"}  (${phase} since ${shown.time(since)})`,
    ...(wanted === null ? [] : [`  asked for    ${wanted}`]),
    ...(previous === null ? [] : [`  way back     ${previous}`]),
    ...(waitsFor === null ? [] : [`  waits for    ${visible(waitsFor)}${until}`]),
    `  last use     ${visible(useElsewhereText(use))}`,
    ...seen.map(
      (one) => `  seen         ${one.name}: ${one.state}${one.fingerprint === null ? "" : ` ${one.fingerprint}`}`,
    ),
  ].join("\n");
}
