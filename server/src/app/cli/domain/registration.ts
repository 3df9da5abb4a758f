import type { Registration } from "@chancery/api";
import type { Command } from "commander";
import { apiClient } from "../api-client.ts";
import { CommandFailed, print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { shown, table, visible } from "../table.ts";

/** `domain registration`: until when the domains are registered in which names are held for others. */
export function addDomainRegistration(domain: Command): void {
  remote(
    common(
      domain
        .command("registration [name]")
        .description(
          "show until when the domains are registered that we hold names in for others; needs the admin token",
        )
        .option("--registration-expires <date>", "say it by hand, for example 2027-03-31"),
      "chancery domain registration held.example --registration-expires 2027-03-31",
    ),
  ).action(async (name: string | undefined, options: CommonOptions & { registrationExpires?: string }) => {
    const { registrationExpires: expiresOn } = options;
    const call = apiClient(options);
    if (expiresOn !== undefined && name === undefined) throw new CommandFailed("name the domain that is meant");
    const items =
      expiresOn !== undefined && name !== undefined
        ? [await call("tellRegistration", { params: { name }, body: { expiresOn } })]
        : (await call("listRegistrations", {})).items.filter((one) => name === undefined || one.name === name);
    if (options.json) return items.forEach((one) => print(JSON.stringify(one)));
    if (items.length === 0) return print("no name is held for others");
    print(table(["DOMAIN", "REGISTERED UNTIL", "SAID BY", "ON", "PROBLEM"], items.map(row)));
  });
}

const row = ({ name, expiresAt, source, knownAt, problem }: Registration): string[] => [
  name,
  shown.time(expiresAt),
  source ?? "nobody",
  shown.time(knownAt),
  visible(problem ?? "-"),
];

/** For `domain show`: the domain that the signing domain is in. */
export const registrationText = ({ name, expiresAt, source }: Registration): string =>
  expiresAt === null
    ? `Signed as a name in ${name}; until when that is registered nobody says.\n`
    : `Signed as a name in ${name}, registered until ${shown.time(expiresAt)} (${source}).\n`;
