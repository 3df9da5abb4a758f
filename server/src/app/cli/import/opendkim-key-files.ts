import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { KeyTableEntry } from "../../../model/opendkim/tables.ts";

const depthMax = 4;
const keyFile = /^([a-z0-9][a-z0-9._-]*)\.private$/i;
const domainName = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/i;

/**
 * Keys as opendkim-genkey leaves them, where no table names them: `SELECTOR.private`, whose domain the `SELECTOR.txt` beside it
 * tells, or else the name of the folder it lies in.
 */
export function keyFilesIn(folder: string): { entries: KeyTableEntry[]; problems: string[] } {
  const entries: KeyTableEntry[] = [];
  const problems: string[] = [];
  for (const file of privateFiles(folder, depthMax)) {
    const selector = keyFile.exec(basename(file))![1]!.toLowerCase();
    const domain = domainBeside(file, selector) ?? domainOfFolder(file);
    if (domain === undefined)
      problems.push(`${file}: neither a .txt beside it nor its folder says for which domain it is`);
    else entries.push({ name: `${selector}._domainkey.${domain}`, domain, selector, key: file });
  }
  return { entries, problems };
}

function privateFiles(folder: string, depth: number): string[] {
  const inOrder = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);
  return readdirSync(folder, { withFileTypes: true })
    .sort(inOrder)
    .flatMap((one) => {
      const path = join(folder, one.name);
      if (one.isDirectory()) return depth > 1 ? privateFiles(path, depth - 1) : [];
      return one.isFile() && keyFile.test(one.name) ? [path] : [];
    });
}

/** Of `mail._domainkey IN TXT ( … )  ; ----- DKIM key mail for example.com`, or of a name that is written in full. */
function domainBeside(file: string, selector: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file.replace(/private$/i, "txt"), "utf8")
      .slice(0, 10_000)
      .toLowerCase();
  } catch {
    return undefined;
  }
  const [, inFull] = /^\S+?\._domainkey\.(\S+?)\.?\s/.exec(text) ?? [];
  const [, inComment] = new RegExp(`dkim key ${selector.replaceAll(".", "\\.")} for (\\S+)`).exec(text) ?? [];
  return [inFull, inComment].find((name) => name !== undefined && domainName.test(name));
}

const domainOfFolder = (file: string): string | undefined => {
  const name = basename(dirname(file)).toLowerCase();
  return domainName.test(name) ? name : undefined;
};
