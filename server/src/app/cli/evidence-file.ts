import { accessSync, constants, existsSync, type Stats, statSync } from "node:fs";
import path from "node:path";

/** Whether a file that was named for a report is there, may be read and holds something. Pipes and devices are no such files. */
export const canBeReport = (file: string): boolean => isReadable(file, isFilled);

/** The same for mail, or a Maildir. */
export const canBeMail = (file: string): boolean =>
  isReadable(file, (seen) => (seen.isDirectory() ? isMaildir(file) : isFilled(seen)));

function isReadable(file: string, isTaken: (seen: Stats) => boolean): boolean {
  try {
    accessSync(file, constants.R_OK);
    return isTaken(statSync(file));
  } catch {
    return false;
  }
}

const isFilled = (seen: Stats): boolean => seen.isFile() && seen.size > 0;
const isMaildir = (folder: string): boolean => ["new", "cur"].some((part) => existsSync(path.join(folder, part)));
