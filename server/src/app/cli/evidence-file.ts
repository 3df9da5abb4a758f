import { accessSync, constants, existsSync, statSync } from "node:fs";
import path from "node:path";

/** Whether a file that was named is there, may be read and holds something; or is a folder that is taken. */
export function canBeEvidence(file: string, isFolderTaken: (folder: string) => boolean): boolean {
  try {
    accessSync(file, constants.R_OK);
    const seen = statSync(file);
    return seen.isDirectory() ? isFolderTaken(file) : !seen.isFile() || seen.size > 0;
  } catch {
    return false;
  }
}

export const isMaildir = (folder: string): boolean =>
  ["new", "cur"].some((part) => existsSync(path.join(folder, part)));
