import { createHash } from "node:crypto";
import { canonicalJson, readCanonical } from "./canonical.ts";
import { readCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";
import { hashOfLine, readEntry, type RollEntry } from "./entry.ts";

/** An export as it was written: entries, the private halves that were disclosed, and the signed checkpoint at the end. */
export type RollsExport = {
  entries: readonly RollEntry[];
  /** The hash of each entry's line. */
  hashes: readonly string[];
  /** By key: SHA-256 of the PKCS#8 octets that stand in the export, hexadecimal. */
  disclosed: ReadonlyMap<string, string>;
  signed: SignedCheckpoint;
};

/** `too-large`: nothing was judged. `broken`: it is not what `rolls export` wrote; `line` counts from 1. */
export type ReadExport =
  | { read: "export"; value: RollsExport }
  | { read: "too-large"; problem: string }
  | { read: "broken"; line: number; problem: string };

export const exportOctetsMax = 64 * 1024 * 1024;
const linesMax = 200_000;
const lineOctetsMax = 128 * 1024;

/** Reads an export: canonical JSON, a line each, every line ended by a line feed. Linear in its size; never throws. */
export function readExport(octets: Uint8Array): ReadExport {
  if (octets.length > exportOctetsMax) return { read: "too-large", problem: `more than ${exportOctetsMax} octets` };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return broken(1, "it is not UTF-8");
  }
  const lines = text.split("\n");
  if (lines.pop() !== "") return broken(lines.length + 1, "it does not end with a line feed: the end is missing");
  if (lines.length > linesMax) return { read: "too-large", problem: `more than ${linesMax} lines` };
  const long = lines.findIndex((line) => line.length > lineOctetsMax);
  if (long !== -1) return { read: "too-large", problem: `line ${long + 1} has more than ${lineOctetsMax} octets` };

  const last = lines.pop();
  const signed = last === undefined ? undefined : readCheckpoint(last);
  if (signed === undefined) return broken(lines.length + 1, "the signed checkpoint is missing at the end");
  const entries: RollEntry[] = [];
  const hashes: string[] = [];
  const disclosed = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const entry = readEntry(line);
    if (entry !== undefined && disclosed.size === 0) {
      entries.push(entry);
      hashes.push(hashOfLine(line));
      continue;
    }
    const half = readDisclosed(line);
    if (half === undefined || disclosed.has(half.key))
      return broken(index + 1, "it is not an entry as Chancery writes it");
    disclosed.set(half.key, half.sha256);
  }
  return { read: "export", value: { entries, hashes, disclosed, signed } };
}

const broken = (line: number, problem: string): ReadExport => ({ read: "broken", line, problem });

/** The line of a private half that was disclosed; PKCS#8 in base64. */
export function disclosedLine(disclosed: { key: string; privateKey: string }): string {
  const line = canonicalJson({ disclosed });
  if (line === undefined) throw new Error("it is not nested deeply");
  return line;
}

function readDisclosed(line: string): { key: string; sha256: string } | undefined {
  const value = readCanonical(line) as
    | { disclosed?: { key?: unknown; privateKey?: unknown } | null }
    | null
    | undefined;
  const { key, privateKey } = value?.disclosed ?? {};
  if (typeof key !== "string" || typeof privateKey !== "string") return undefined;
  if (line !== disclosedLine({ key, privateKey })) return undefined; // nothing vouches for what would stand beside them
  const octets = Buffer.from(privateKey, "base64");
  if (octets.toString("base64") !== privateKey) return undefined;
  return { key, sha256: createHash("sha256").update(octets).digest("hex") };
}
