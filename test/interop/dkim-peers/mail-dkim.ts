import { join } from "node:path";
import { signBatch, verifyBatch, type Program } from "./batch.ts";
import type { Keys } from "./keys.ts";
import { allCanonicalizations, anyFieldName, type DkimPeer } from "./peer.ts";

/** Perl's Mail::DKIM; it has no `l=` to give, and Debian's knows RSA alone. */
export function mailDkim(keys: Keys): DkimPeer {
  const program: Program = {
    command: "/usr/bin/perl",
    args: [join(import.meta.dirname, "mail-dkim.pl"), keys.directory],
    install: "libmail-dkim-perl",
  };
  return {
    name: "Mail::DKIM",
    verify: (messages) => verifyBatch(program, messages),
    range: {
      selectors: ["rsa1024", "rsa2048", "rsa4096"],
      canonicalizations: allCanonicalizations,
      oversigned: true,
      identity: true,
      lifetime: true,
      bodyLength: false,
      copiedFields: false,
      fieldNames: anyFieldName,
    },
    sign: (orders) => signBatch(program, orders),
    close: () => Promise.resolve(),
  };
}
