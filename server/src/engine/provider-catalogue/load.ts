import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** A catalogue as it lies on disk: its version, and the text of each entry with the name of its file. */
export type CatalogueOnDisk = { version: string; files: { file: string; text: string }[] };

/** `problem` names the file or folder, and says what is wrong with it. */
export type LoadedCatalogue = { ok: true; value: CatalogueOnDisk } | { ok: false; problem: string };

/** The catalogue that comes with this release. */
export const shippedCatalogueFolder = path.resolve(import.meta.dirname, "../../../../catalogue");

const entryOctetsMax = 65_536;
const entriesMax = 2000;

/** Reads `version` and `providers/*.json` of a folder. Other files are left alone. */
export function loadCatalogue(folder: string): LoadedCatalogue {
  const version = path.join(folder, "version");
  const providers = path.join(folder, "providers");
  let at = version;
  try {
    const loaded: CatalogueOnDisk = { version: readFileSync(version, "utf8").trim(), files: [] };
    at = providers;
    const names = readdirSync(providers).filter((name) => name.endsWith(".json"));
    if (names.length === 0) return { ok: false, problem: `${providers}: there is no provider in it` };
    if (names.length > entriesMax) return { ok: false, problem: `${providers}: more than ${entriesMax} providers` };
    for (const file of names.sort()) {
      at = path.join(providers, file);
      if (statSync(at).size > entryOctetsMax)
        return { ok: false, problem: `${at}: longer than ${entryOctetsMax} octets` };
      loaded.files.push({ file, text: readFileSync(at, "utf8") });
    }
    return { ok: true, value: loaded };
  } catch (error) {
    return { ok: false, problem: `${at}: ${(error as Error).message}` };
  }
}
