import { parseName, rdataFromText, type ResourceRecord, typeNumber } from "chancery/dns";
import { appendFile, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Disk } from "./disk.ts";

/** An override as an operator wrote it: for people to read, too. No `rdata`: the set is not to be there. */
export type WrittenOverride = {
  zone: string;
  name: string;
  /** Mnemonic, or TYPE123. */
  type: string;
  ttl: number;
  /** One text a record, as in a zone file. */
  rdata: string[];
  /** Epoch seconds. */
  at: number;
  by: string;
  /** It was adopted: the serial of the database's version that has it, with which the override ends. */
  until?: number | undefined;
};

const members: (keyof WrittenOverride)[] = ["zone", "name", "type", "ttl", "rdata", "at", "by", "until"];

export type ReadOverride = WrittenOverride & { typeNumber: number; records: ResourceRecord[] };

/** What is in the file; no file holds none. Throws, with a sentence, when the file is not sound: what is served then stays as it is. */
export async function readOverrides(disk: Disk, path: string): Promise<ReadOverride[]> {
  const octets = await disk.read(path);
  if (octets === undefined) return [];
  let written: unknown;
  try {
    written = JSON.parse(octets.toString());
  } catch {
    throw new Error(`${path} is not JSON`);
  }
  if (!Array.isArray(written)) throw new Error(`${path} is not a list of overrides`);
  return written.map((one: unknown, index) => {
    const override = isWritten(one) ? recordsOf(one) : "members are missing";
    if (typeof override === "string") throw new Error(`${path}: override ${index + 1}: ${override}`);
    return override;
  });
}

/** Writes the file whole or not at all. */
export async function writeOverrides(disk: Disk, path: string, overrides: readonly WrittenOverride[]): Promise<void> {
  const draft = `${path}.new`;
  const file = await disk.open(draft, "empty");
  try {
    await file.write(Buffer.from(`${JSON.stringify(overrides, members, 2)}\n`), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(draft, path);
  await disk.syncDirectory(dirname(path));
}

/** Tells one state of the file from another without reading it; undefined when there is none. */
export async function versionOfFile(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return undefined;
  }
}

/** Adds a line to the record of what operators did on this name server; on disk when it returns. */
export async function auditLocally(path: string, entry: object): Promise<void> {
  await appendFile(path, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The records of an override, or a sentence that says what is wrong with it. */
export function recordsOf(written: WrittenOverride): ReadOverride | string {
  const name = parseName(written.name);
  if (!name.ok) return `${written.name}: ${name.problem}`;
  const type = typeNumber(written.type);
  if (type === undefined) return `unknown type ${written.type}`;
  const records: ResourceRecord[] = [];
  for (const text of written.rdata) {
    const data = rdataFromText(type, text, written.zone);
    if (!data.ok) return `${written.type} ${text}: ${data.problem}`;
    records.push({ name: name.value, type, ttl: written.ttl, data: data.value });
  }
  return { ...written, name: name.value, typeNumber: type, records };
}

const isWritten = (one: unknown): one is WrittenOverride => {
  const { zone, name, type, ttl, rdata, at, by, until = 0 } = (one ?? {}) as Record<keyof WrittenOverride, unknown>;
  return (
    [zone, name, type, by].every((text) => typeof text === "string") &&
    [ttl, at, until].every((number) => Number.isSafeInteger(number)) &&
    Array.isArray(rdata) &&
    rdata.every((text) => typeof text === "string")
  );
};
