import { join } from "node:path";
import { signBatch, verifyBatch, type Program } from "./batch.ts";
import type { Keys } from "./keys.ts";
import { allCanonicalizations, anyFieldName, selectors, type DkimPeer } from "./peer.ts";

/** Python's dkimpy; it has no `x=` to give. */
export function dkimpy(keys: Keys): DkimPeer {
  const program: Program = {
    command: "/usr/bin/python3",
    args: [join(import.meta.dirname, "dkimpy.py"), keys.directory],
    install: "python3-dkim, with python3-nacl,",
  };
  return {
    name: "dkimpy",
    verify: (messages) => verifyBatch(program, messages),
    range: {
      selectors,
      canonicalizations: allCanonicalizations,
      oversigned: true,
      identity: true,
      lifetime: false,
      bodyLength: true,
      copiedFields: false,
      fieldNames: anyFieldName,
    },
    sign: (orders) => signBatch(program, orders),
    close: () => Promise.resolve(),
  };
}
