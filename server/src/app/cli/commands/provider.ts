import { TYPE } from "chancery/dns";
import type { Command } from "commander";
import {
  type Attribution,
  ownerOfSharedKey,
  ownersOfNameServer,
  ownersOfSigningDomain,
  ownersOfSpfInclude,
  ownersOfTarget,
} from "../../../model/provider/attribution.ts";
import type { Catalogue } from "../../../model/provider/catalogue.ts";
import { leavingSteps } from "../../../model/provider/leaving.ts";
import { microsoftSays, microsoftState, type MicrosoftState } from "../../../model/provider/microsoft365/state.ts";
import { microsoftSteps } from "../../../model/provider/microsoft365/steps.ts";
import { entryOf } from "../../../model/provider/provider-entry.ts";
import { tracedChainOf } from "../../../service/audit/chain.ts";
import { catalogueOf, catalogueOption, type CatalogueOptions } from "../options/catalogue.ts";
import { domainNameOf, nameOf } from "../dns-name.ts";
import { CommandFailed, type ExitStatus, exitStatus, print } from "../exit.ts";
import { type DnsOptions, dnsOptions, lookupOf } from "../lookup.ts";
import { microsoftText, providerText } from "../provider-text.ts";
import { type CommonOptions, common, group } from "../options/common.ts";
import { signingConfigsOf } from "../signing-configs.ts";
import { table, visible } from "../table.ts";

export function addProvider(program: Command): void {
  const provider = group(program, "provider", "who signs for others, and how", "chancery provider list");
  addList(provider);
  addShow(provider);
  addMatch(provider);
  addMicrosoft365(provider);
}

const json = (value: unknown): string => visible(JSON.stringify(value));

function addList(provider: Command): void {
  catalogueOption(
    common(
      provider.command("list").description("list the providers of the catalogue; needs no server"),
      "chancery provider list",
    ),
  ).action((options: CommonOptions & CatalogueOptions) => {
    const providers = [...catalogueOf(options).providers.values()];
    if (options.json) for (const one of providers) print(json(entryOf(one)));
    else
      print(
        table(
          ["PROVIDER", "NAME", "KIND", "BY", "KEY", "SURE"],
          providers.map(({ id, name, kind, modes, key, evidence }) => [
            id,
            name,
            kind,
            modes.join(" "),
            key.scope,
            evidence.confidence,
          ]),
        ),
      );
  });
}

function addShow(provider: Command): void {
  catalogueOption(
    common(
      provider
        .command("show <id>")
        .description("show what is known of a provider, and how one leaves it; needs no server")
        .option("--domain <domain>", "write the steps for this domain"),
      "chancery provider show sendgrid --domain customer.example",
    ),
  ).action((id: string, options: CommonOptions & CatalogueOptions & { domain?: string }) => {
    const known = catalogueOf(options).providers.get(id);
    if (known === undefined)
      throw new CommandFailed(`there is no provider ${id}; "chancery provider list" shows them all`);
    const leaving = leavingSteps(known, options.domain === undefined ? undefined : domainNameOf(options.domain));
    print(options.json ? json({ ...entryOf(known), leavingSteps: leaving }) : linesOf(providerText(known, leaving)));
  });
}

const linesOf = (lines: readonly string[]): string => lines.map(visible).join("\n");

function addMatch(provider: Command): void {
  catalogueOption(
    common(
      provider
        .command("match <name>")
        .description(
          "say whose a name is: an alias's target, a name server, a d=, an SPF include, or a key by its SHA-256; 1 when nobody is known",
        ),
      "chancery provider match s1.domainkey.u1234567.wl123.sendgrid.net",
    ),
  ).action((written: string, options: CommonOptions & CatalogueOptions) => {
    const found = ownersOf(catalogueOf(options), written);
    if (options.json)
      print(json(found.map(({ provider: { id, name }, certainty, by, form }) => ({ id, name, certainty, by, form }))));
    else if (found.length === 0) print(`nobody known: ${visible(written)}`);
    else
      print(
        table(
          ["PROVIDER", "NAME", "HOW SURE", "BY", "FORM"],
          found.map(({ provider: { id, name }, certainty, by, form }) => [id, name, certainty, by, form]),
        ),
      );
    process.exitCode = found.length === 0 ? exitStatus.negative : exitStatus.done;
  });
}

function ownersOf(catalogue: Catalogue, written: string): Attribution[] {
  if (/^[0-9a-fA-F]{64}$/.test(written)) {
    const owner = ownerOfSharedKey(catalogue, written.toLowerCase());
    return owner === undefined ? [] : [owner];
  }
  const name = nameOf(written);
  return [ownersOfTarget, ownersOfNameServer, ownersOfSigningDomain, ownersOfSpfInclude].flatMap((ask) =>
    ask(catalogue, name),
  );
}

function addMicrosoft365(provider: Command): void {
  dnsOptions(
    common(
      provider
        .command("microsoft365 <domain>")
        .description("the state of a domain's DKIM with Microsoft 365, and the commands that lead on from it")
        .option("--microsoft365 <file>", "what Microsoft 365 says: Get-DkimSigningConfig | ConvertTo-Json"),
      "chancery provider microsoft365 customer.example --microsoft365 config.json",
    ),
  ).action(async (written: string, options: CommonOptions & DnsOptions & { microsoft365?: string }) => {
    const domain = domainNameOf(written);
    const configs = options.microsoft365 === undefined ? undefined : signingConfigsOf(options.microsoft365);
    const lookup = await lookupOf(options);
    const chainOf = async (selector: string) =>
      tracedChainOf(await lookup.lookup(`${selector}._domainkey.${domain}`, TYPE.TXT));
    const [selector1, selector2] = await Promise.all([chainOf("selector1"), chainOf("selector2")]);
    const says = microsoftSays(configs, domain);
    const state = microsoftState({ selector1, selector2 }, says, Math.floor(Date.now() / 1000));
    const steps = microsoftSteps(domain, state, says);
    print(options.json ? json({ domain, ...state, steps }) : linesOf(microsoftText(domain, state, steps)));
    process.exitCode = statusOf(state);
  });
}

function statusOf({ status, signing }: MicrosoftState): ExitStatus {
  if (status === "unknown") return exitStatus.undetermined;
  const isSigning = (status === "Valid" || status === "Rotating") && signing !== "off";
  return isSigning ? exitStatus.done : exitStatus.negative;
}
