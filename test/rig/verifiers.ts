import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, temporaryDirectory } from "./peer.ts";

/** The verifiers of others that the rig has. */
export const verifierNames = ["dkimpy", "Mail::DKIM", "OpenDKIM"] as const;
export type VerifierName = (typeof verifierNames)[number];

/** `pass`: the message is signed and every signature verifies. `none`: there is no signature at all. */
export type PeerVerdict = { file: string; verifier: VerifierName; result: "pass" | "fail" | "none"; detail: string };

export type ResolverAddress = { address: string; port: number };

type Verify = (files: readonly string[], resolver: ResolverAddress) => Promise<PeerVerdict[]>;

const verifiers: Record<VerifierName, Verify> = {
  // Debian's own Python and Perl: others on PATH do not see Debian's dkimpy and Mail::DKIM.
  dkimpy: script("dkimpy", "/usr/bin/python3", "dkimpy.py"),
  "Mail::DKIM": script("Mail::DKIM", "/usr/bin/perl", "mail-dkim.pl"),
  OpenDKIM: openDkim,
};

/** Verifies message files with one verifier, one run of it for all of them, asking the given resolver alone. */
export const verifyWith = async (
  verifier: VerifierName,
  files: readonly string[],
  resolver: ResolverAddress,
): Promise<PeerVerdict[]> => (files.length === 0 ? [] : verifiers[verifier](files, resolver));

/** Verifies message files with every verifier of the rig, side by side. */
export const verifyWithAll = async (files: readonly string[], resolver: ResolverAddress): Promise<PeerVerdict[]> =>
  (await Promise.all(verifierNames.map((name) => verifyWith(name, files, resolver)))).flat();

/** A verifier that is a library: a script of ours around it prints a line a file, result and detail. */
function script(verifier: VerifierName, interpreter: string, name: string): Verify {
  const path = join(import.meta.dirname, "peers", name);
  return async (files, resolver) => {
    const ran = await run(interpreter, [path, resolver.address, String(resolver.port), ...files], { seconds: 120 });
    const lines = ran.stdout.split("\n").filter((line) => line !== "");
    if (ran.status !== 0 || lines.length !== files.length)
      throw new Error(`${verifier} did not run: ${ran.stderr || ran.stdout}`);
    return files.map((file, index) => {
      const [result, detail = ""] = lines[index]!.split("\t");
      if (result !== "pass" && result !== "fail" && result !== "none")
        throw new Error(`${verifier} said: ${lines[index]}`);
      return { file, verifier, result, detail };
    });
  };
}

/**
 * OpenDKIM's test mode, with the libunbound inside it told to ask our resolver for everything. It says a line a message:
 * `opendkim: FILE: verification (s=…) succeeded`, `… failed: why`, or `message not signed`.
 */
async function openDkim(files: readonly string[], resolver: ResolverAddress): Promise<PeerVerdict[]> {
  const directory = temporaryDirectory("opendkim");
  try {
    const forwarding = join(directory.path, "unbound.conf");
    const forward = `forward-zone:\n  name: "."\n  forward-addr: ${resolver.address}@${resolver.port}\n`;
    writeFileSync(
      forwarding,
      `server:\n  do-not-query-localhost: no\n  do-ip6: no\n  module-config: "iterator"\n${forward}`,
    );
    const configuration = join(directory.path, "opendkim.conf");
    writeFileSync(configuration, `Mode v\nResolverConfiguration ${forwarding}\n`);
    const { stdout, stderr } = await run("opendkim", ["-x", configuration, "-t", files.join(",")], { seconds: 120 });
    const lines = `${stdout}\n${stderr}`.split("\n");
    return files.map((file) => {
      const start = `opendkim: ${file}: `;
      const detail = lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
      if (detail.length === 0) throw new Error(`OpenDKIM said nothing about ${file}: ${stdout}${stderr}`);
      return { file, verifier: "OpenDKIM", result: openDkimResult(detail), detail: detail.join("; ") };
    });
  } finally {
    directory.remove();
  }
}

function openDkimResult(detail: readonly string[]): PeerVerdict["result"] {
  if (detail.every((line) => line === "message not signed")) return "none";
  return detail.every((line) => /^verification \(.*\) succeeded$/.test(line)) ? "pass" : "fail";
}
