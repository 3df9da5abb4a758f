import type { Command } from "commander";
import type { Catalogue } from "../../../model/provider/catalogue.ts";
import { openCatalogue } from "../../provider-catalogue.ts";
import { CommandFailed } from "../exit.ts";

export type CatalogueOptions = { catalogue?: string };

/** Adds the option of commands that know providers. */
export const catalogueOption = (command: Command): Command =>
  command.option(
    "--catalogue <dir>",
    "take the providers from here (default: the catalogue that comes with this release)",
  );

/** The catalogue a command works with. */
export function catalogueOf({ catalogue: folder }: CatalogueOptions): Catalogue {
  const opened = openCatalogue(folder);
  if (!opened.ok) throw new CommandFailed(opened.problem);
  return opened.value;
}
