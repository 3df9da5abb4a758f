import { loadCatalogue, shippedCatalogueFolder } from "../engine/provider-catalogue/load.ts";
import { type Catalogue, parseCatalogue } from "../model/provider/catalogue.ts";

/** `problem` names the file, and says what is wrong with it. */
export type OpenedCatalogue = { ok: true; value: Catalogue } | { ok: false; problem: string };

/** Reads a catalogue from a folder; absent: the one that comes with this release. */
export function openCatalogue(folder: string = shippedCatalogueFolder): OpenedCatalogue {
  const loaded = loadCatalogue(folder);
  if (!loaded.ok) return loaded;
  const read = parseCatalogue(loaded.value);
  return read.ok ? read : { ok: false, problem: `the catalogue in ${folder}: ${read.problem}` };
}

let shipped: Catalogue | undefined;

/** The catalogue that comes with this release, read once. It is part of the program: that it cannot be read is a bug. */
export function shippedCatalogue(): Catalogue {
  if (shipped === undefined) {
    const opened = openCatalogue();
    if (!opened.ok) throw new Error(opened.problem);
    shipped = opened.value;
  }
  return shipped;
}
