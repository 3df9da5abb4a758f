import { mkdirSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Command } from "commander";
import { type Config, type Endpoint, endpointOf } from "../../config-keys.ts";
import { catalogOrigin, type Secondary } from "../../secondaries-config.ts";
import { CommandFailed, note, print } from "../exit.ts";
import { type CommonOptions, common, configOf } from "../options/common.ts";
import { bindRecipe } from "./recipes/bind.ts";
import { knotRecipe } from "./recipes/knot.ts";
import { nsdRecipe } from "./recipes/nsd.ts";
import { secretPlaceholder, type Recipe, type RecipeFacts } from "./recipes/recipe.ts";

const recipes: Record<string, (facts: RecipeFacts) => Recipe> = {
  knot: knotRecipe,
  bind: bindRecipe,
  nsd: nsdRecipe,
};

type Options = CommonOptions & { secondary?: string; primary?: string; into?: string; withSecret?: true };

/** `chancery nameserver recipe`: the configuration of a secondary, from ours. Needs no running Chancery. */
export function addRecipe(nameServer: Command): void {
  common(
    nameServer
      .command("recipe <server>")
      .description("print the configuration of a secondary: knot, bind or nsd")
      .option("--secondary <name>", "which of dns.secondaries (default: the only one)")
      .option("--primary <host:port>", "where it reaches us (default: dns.listen)")
      .option("--into <dir>", "write the files into this folder instead of printing them")
      .option("--with-secret", "with the secret of the key (default: words in its place)"),
    "chancery nameserver recipe knot --secondary ns2",
  ).action((server: string, options: Options) => {
    const make = recipes[server];
    if (make === undefined)
      throw new CommandFailed(`there is no recipe for ${server}; there are ${Object.keys(recipes).join(", ")}`);
    const recipe = make(factsOf(configOf(options).config, options));
    if (options.into !== undefined) writeFiles(options.into, recipe);
    else if (options.json) print(JSON.stringify(recipe));
    else for (const { name, text } of recipe.files) print(`# ${name}\n${text}`);
    if (!options.json) note(recipe.steps.join("\n"));
  });
}

function factsOf(config: Config, options: Options): RecipeFacts {
  const secondary = secondaryOf(config["dns.secondaries"], options.secondary);
  const catalog = catalogOrigin(config);
  if (catalog === undefined)
    throw new CommandFailed("the catalog has no name: set dns.catalog, or dns.zone in the file or the environment");
  const key = config["dns.tsig_keys"].find(({ name }) => name === secondary.keys[0]);
  const [from] = secondary.addresses;
  if (key === undefined || from === undefined) throw new CommandFailed(`${secondary.name} has no key or no address`);
  const secret = options.withSecret ? key.secret.export().toString("base64") : secretPlaceholder;
  return {
    secondary: secondary.name,
    primary: primaryOf(config, options.primary),
    from: from.host,
    catalog,
    key: { name: key.name, algorithm: key.algorithm, secret },
  };
}

function secondaryOf(secondaries: readonly Secondary[], name: string | undefined): Secondary {
  const names = secondaries.map((one) => one.name).join(", ");
  if (secondaries.length === 0) throw new CommandFailed("there is no secondary: set dns.secondaries");
  if (name === undefined && secondaries.length > 1)
    throw new CommandFailed(`say for which secondary: --secondary, one of ${names}`);
  const found = name === undefined ? secondaries[0] : secondaries.find((one) => one.name === name);
  if (found === undefined) throw new CommandFailed(`there is no secondary ${name}; there are ${names}`);
  return found;
}

const everyAddress: readonly string[] = ["0.0.0.0", "::"];

function primaryOf(config: Config, written: string | undefined): Endpoint {
  if (written !== undefined) {
    const primary = endpointOf(isIP(written) === 4 ? `${written}:53` : written);
    if (!primary.ok || isIP(primary.value.host) === 0)
      throw new CommandFailed(`--primary ${written}: an IP address and a port are expected, for example 192.0.2.1:53`);
    return primary.value;
  }
  const listen = config["dns.listen"];
  if (everyAddress.includes(listen.host))
    throw new CommandFailed("dns.listen is every address of this machine: say which one with --primary");
  return listen;
}

/** What holds a secret is for its owner, and the group that the server runs in. */
function writeFiles(folder: string, { files }: Recipe): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    for (const { name, text, holdsSecret } of files)
      writeFileSync(join(folder, name), text, { mode: holdsSecret ? 0o640 : 0o644 });
  } catch (error) {
    throw new CommandFailed(`${folder}: ${(error as Error).message}`);
  }
}
