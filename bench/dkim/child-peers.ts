// Peers that run as a process of their own. They measure themselves: CPU seconds of a loop, without their start.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Verb } from "./child-peer.ts";
import { openDkim } from "./opendkim.ts";
import { scriptPeers } from "./script-peers.ts";
import { domain, pems, records, selectors, type Algorithm } from "./message.ts";

export type ChildPeers = {
  names: readonly string[];
  /** What is not there, in words. */
  missing: readonly string[];
  /** CPU seconds for one message; undefined when this peer cannot do it. */
  measure(name: string, verb: Verb, algorithm: Algorithm, message: Uint8Array, seconds: number): number | undefined;
  close(): void;
};

export function findChildPeers(): ChildPeers {
  const folder = mkdtempSync(path.join(tmpdir(), "chancery-bench-"));
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  const candidates = [openDkim(folder), ...scriptPeers(file)];
  const peers = new Map(candidates.flatMap((peer) => (peer === undefined ? [] : [[peer.name, peer]])));
  const expected = ["libopendkim", "Mail::DKIM", "dkimpy"];
  return {
    names: [...peers.keys()],
    missing: expected.filter((name) => !peers.has(name)),
    close: () => rmSync(folder, { recursive: true }),
    measure: (name, verb, algorithm, message, seconds) => {
      const peer = peers.get(name)!;
      if (!peer.can(verb, algorithm)) return undefined;
      const record = `${selectors[algorithm]}._domainkey.${domain} ${records[algorithm]}\n`;
      const [program, ...first] = peer.command;
      const files = [file("message", message), file("key", verb === "sign" ? pems[algorithm] : record)];
      const output = execFileSync(program, [...first, verb, ...files, algorithm, String(seconds)], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      });
      return Number(output);
    },
  };
}
