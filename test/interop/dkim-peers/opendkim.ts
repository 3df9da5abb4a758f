import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { signBatch, verifyBatch } from "./batch.ts";
import type { Keys } from "./keys.ts";
import { allCanonicalizations, selectors, type DkimPeer } from "./peer.ts";

/** libopendkim through a C program that is compiled here: the `opendkim` program rebuilds fields before it looks at them. */
export function openDkim(keys: Keys): DkimPeer {
  const command = join(keys.directory, "opendkim");
  try {
    const source = join(import.meta.dirname, "opendkim.c");
    execFileSync("gcc", ["-O2", "-D_GNU_SOURCE", "-o", command, source, "-lopendkim"], { stdio: "pipe" });
  } catch (error) {
    throw new Error("the OpenDKIM peer was not compiled: are gcc, libc6-dev and libopendkim-dev installed?", {
      cause: error,
    });
  }
  const program = { command, args: [keys.directory], install: "libopendkim11" };
  return {
    name: "OpenDKIM",
    verify: (messages) => verifyBatch(program, messages),
    range: {
      selectors,
      canonicalizations: allCanonicalizations,
      oversigned: true,
      identity: true,
      lifetime: true,
      bodyLength: true,
      copiedFields: true,
      fieldNames: /^[\w-]+$/, // it reads the others as patterns
    },
    sign: (orders) => signBatch(program, orders),
    close: () => Promise.resolve(),
  };
}
