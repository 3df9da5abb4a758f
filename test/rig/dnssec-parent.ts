import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startNsd } from "./nsd.ts";
import { run, temporaryDirectory } from "./peer.ts";

/** A signed parent zone, the root of a small world: BIND's tools sign it and read the child's CDS records, NSD serves it. */
export type DnssecParent = {
  /** DS RDATA of the root's key: the trust anchor of that world. */
  anchor: string;
  /** DS RDATA of the child, as it is published now. */
  ds(): readonly string[];
  /** The owner edits the zone by hand. */
  setDs(rdata: readonly string[]): Promise<void>;
  /**
   * What a registry does that looks for CDS records: `dnssec-cds` checks them against the DS records there are, and what it says is
   * published. It does not know the request to take all DS records away (RFC 8078 §4): this is believed when a validating resolver does,
   * whose address is `validating`. Answers whether anything changed; with a `refusal` when it did not accept what it saw.
   */
  takeCds(validating: string): Promise<{ changed: boolean; refusal?: string }>;
  stop(): Promise<void>;
};

export async function startDnssecParent(options: {
  addresses: readonly string[];
  child: string;
  childAddress: string;
  ttlSeconds: number;
}): Promise<DnssecParent> {
  const { addresses, child, childAddress, ttlSeconds } = options;
  const directory = temporaryDirectory("parent");
  const tool = async (command: string, args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await run(command, args, { cwd: directory.path });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
    return stdout;
  };
  const key = (await tool("dnssec-keygen", ["-q", "-a", "ECDSAP256SHA256", "-f", "KSK", "."])).trim();
  const keyDs = await tool("dnssec-dsfromkey", ["-2", `${key}.key`]);
  let serial = 1;
  let ds: readonly string[] = [];

  const signed = async (): Promise<string> => {
    const file = join(directory.path, "root.zone");
    const glue = addresses.map((address) => `ns.root. A ${address}`);
    const lines = ds.map((rdata) => `${child}. DS ${rdata}`);
    const soa = `. SOA ns.root. hostmaster.root. ${serial} 3600 600 86400 ${ttlSeconds}`;
    const delegation = [`${child}. NS ns1.${child}.`, `ns1.${child}. A ${childAddress}`];
    writeFileSync(
      file,
      [
        `$TTL ${ttlSeconds}`,
        soa,
        ". NS ns.root.",
        ...glue,
        ...delegation,
        ...lines,
        readFileSync(join(directory.path, `${key}.key`), "utf8"),
      ].join("\n"),
    );
    await tool("dnssec-signzone", ["-z", "-o", ".", "-f", `${file}.signed`, file, key]);
    return readFileSync(`${file}.signed`, "utf8");
  };

  const nsd = await startNsd({ addresses, zones: { ".": await signed() } });
  const setDs = async (rdata: readonly string[]): Promise<void> => {
    ds = rdata;
    serial++;
    await nsd.replaceZone(".", await signed());
  };

  const isDelete = async (validating: string): Promise<boolean> => {
    const { stdout } = await run("dig", [`@${validating}`, "+dnssec", child, "CDS"]);
    return /flags:[^;]*\bad\b/.test(stdout) && /\sCDS\s+0 0 0 00\s/.test(stdout);
  };

  const takeCds = async (validating: string): Promise<{ changed: boolean; refusal?: string }> => {
    if (ds.length > 0 && (await isDelete(validating))) {
      await setDs([]);
      return { changed: true };
    }
    const answers = await Promise.all(
      ["DNSKEY", "CDS", "CDNSKEY"].map((type) =>
        run("dig", [`@${childAddress}`, "+dnssec", "+noall", "+answer", "+tcp", child, type]),
      ),
    );
    const seen = join(directory.path, "seen");
    const before = join(directory.path, `dsset-${child}.`);
    writeFileSync(seen, answers.map(({ stdout }) => stdout).join(""));
    writeFileSync(before, ds.map((rdata) => `${child}. ${ttlSeconds} IN DS ${rdata}\n`).join(""));
    // Signatures may be a day old: they are made anew once a day.
    const { status, stdout, stderr } = await run("dnssec-cds", ["-s", "-172800", "-f", seen, "-d", before, child], {
      cwd: directory.path,
    });
    if (status !== 0) return { changed: false, refusal: stderr };
    const next = stdout
      .split("\n")
      .flatMap((line) => /\sDS\s+(.*)$/.exec(line)?.[1]?.replace(/\s*;.*$/, "") ?? [])
      .map(spaced);
    const same = next.toSorted().join() === ds.map(spaced).toSorted().join();
    if (!same) await setDs(next);
    return { changed: !same };
  };

  return {
    anchor: spaced(keyDs.split(/\bDS\b/)[1] ?? ""),
    ds: () => ds,
    setDs,
    takeCds,
    stop: async () => {
      await nsd.stop();
      directory.remove();
    },
  };
}

/** Tools break long digests into pieces. */
function spaced(rdata: string): string {
  const [keyTag, algorithm, digestType, ...digest] = rdata.trim().split(/\s+/);
  return `${keyTag} ${algorithm} ${digestType} ${digest.join("").toUpperCase()}`;
}
