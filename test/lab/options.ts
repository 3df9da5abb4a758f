import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NamedCase } from "./case.ts";
import { labResolvers } from "./internet.ts";

/** The words of `chancery audit` for a case; its files are written below `directory`. */
export async function auditWords(one: NamedCase, directory: string): Promise<string[]> {
  const folder = join(directory, one.name);
  for (const [name, content] of Object.entries((await one.files?.()) ?? {})) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const places = { dir: folder, ...labResolvers };
  const placed = (word: string): string =>
    Object.entries(places).reduce((text, [name, place]) => text.replaceAll(`{${name}}`, place), word);
  const options = (one.options ?? []).map(placed);
  return ["audit", one.domain, "--json", ...options];
}
