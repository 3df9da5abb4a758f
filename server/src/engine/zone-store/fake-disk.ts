import { dirname, join } from "node:path";
import type { Disk, DiskFile } from "./disk.ts";

type Inode = { now: Buffer; durable: Buffer };

/** What a power cut leaves of that which was not synced. `names`: the file system kept the names, and not what is in the files. */
export const survivals = ["nothing", "everything", "names", "half of each write"] as const;
export type Survival = (typeof survivals)[number];

/** A disk in memory that can fail or lose power at any operation, and knows what was synced. */
export class FakeDisk {
  /** Operations so far that change something. */
  operations = 0;
  /** Names of the operations. */
  readonly log: string[] = [];
  #now = new Map<string, Inode>();
  #durable = new Map<string, Inode>();
  #failing: ((operation: string, count: number) => string | undefined) | undefined;

  /** From now on `code` of an operation, where it has one, is thrown instead of it. */
  failWhen(codeOf: (operation: string, count: number) => string | undefined): void {
    this.#failing = codeOf;
  }

  /** The disk as the next start finds it. */
  afterPowerCut(survival: Survival): FakeDisk {
    const next = new FakeDisk();
    for (const [path, inode] of survival === "nothing" ? this.#durable : this.#now) {
      const content = {
        nothing: inode.durable,
        everything: inode.now,
        names: inode.durable,
        "half of each write": half(inode),
      }[survival];
      const kept = { now: content, durable: content };
      next.#now.set(path, kept);
      next.#durable.set(path, kept);
    }
    return next;
  }

  get files(): string[] {
    return [...this.#now.keys()].sort();
  }

  content(path: string): Buffer {
    return Buffer.from(this.#now.get(path)?.now ?? "");
  }

  put(path: string, content: Buffer): void {
    this.#now.set(path, { now: content, durable: content });
    this.#durable = new Map(this.#now);
  }

  readonly disk: Disk = {
    read: async (path) => this.#now.get(path)?.now,
    source: async (path) => {
      const octets = this.#now.get(path)?.now;
      let at = 0;
      const next = (count: number): Uint8Array | undefined =>
        count > (octets?.length ?? 0) - at ? undefined : Uint8Array.from(octets?.subarray(at, (at += count)) ?? []);
      return octets && { length: octets.length, next, close: () => {} };
    },
    list: async (directory) =>
      this.files.filter((path) => dirname(path) === directory).map((path) => path.slice(directory.length + 1)),
    open: async (path, content) => {
      this.#operate(`open ${path}`);
      const there = this.#now.get(path);
      if (content === "kept" && there === undefined) throw Object.assign(new Error("missing"), { code: "ENOENT" });
      const inode = there ?? { now: Buffer.alloc(0), durable: Buffer.alloc(0) };
      if (content === "empty") inode.now = Buffer.alloc(0);
      this.#now.set(path, inode);
      return this.#file(path, inode);
    },
    rename: async (from, to) => {
      this.#operate(`rename ${from} ${to}`);
      const inode = this.#now.get(from);
      if (inode === undefined) throw Object.assign(new Error("missing"), { code: "ENOENT" });
      this.#now.delete(from);
      this.#now.set(to, inode);
    },
    remove: async (path) => {
      this.#operate(`remove ${path}`);
      this.#now.delete(path);
    },
    syncDirectory: async (directory) => {
      this.#operate(`sync ${join(directory, ".")}`);
      this.#durable = new Map(this.#now);
    },
  };

  #file(path: string, inode: Inode): DiskFile {
    return {
      write: async (octets, at) => {
        this.#operate(`write ${path}`);
        const end = Math.max(inode.now.length, at + octets.length);
        inode.now = Buffer.concat([inode.now], end);
        inode.now.set(octets, at);
      },
      sync: async () => {
        this.#operate(`sync ${path}`);
        inode.durable = inode.now;
      },
      truncate: async (length) => {
        this.#operate(`truncate ${path}`);
        inode.now = inode.now.subarray(0, length);
      },
      close: async () => {},
    };
  }

  #operate(operation: string): void {
    this.operations += 1;
    this.log.push(operation);
    const code = this.#failing?.(operation, this.operations);
    if (code !== undefined) throw Object.assign(new Error(`${code}: ${operation}`), { code });
  }
}

/** The part of what was written last that fits before the middle of it. */
function half({ now, durable }: Inode): Buffer {
  const same = Math.min(now.length, durable.length);
  let from = 0;
  while (from < same && now[from] === durable[from]) from++;
  return now.subarray(0, from + Math.ceil((now.length - from) / 2));
}
