import { randomBytes } from "node:crypto";
import { parseName, tsigAlgorithms, type TsigAlgorithm } from "chancery/dns";
import type { Command } from "commander";
import { CommandFailed, print } from "../exit.ts";
import { type CommonOptions, common } from "../options/common.ts";

/** RFC 8945 §8: a secret as long as the hash. */
const secretOctets: Record<TsigAlgorithm, number> = { "hmac-sha256": 32, "hmac-sha384": 48, "hmac-sha512": 64 };

/** `chancery nameserver tsig-key`: an entry for `dns.tsig_keys`. It is stored nowhere. */
export function addTsigKey(nameServer: Command): void {
  common(
    nameServer
      .command("tsig-key <name>")
      .description("make a TSIG key, as an entry for dns.tsig_keys")
      .option("--algorithm <name>", tsigAlgorithms.join(", "), "hmac-sha256"),
    "chancery nameserver tsig-key ns2-key",
  ).action((written: string, options: CommonOptions & { algorithm: string }) => {
    const name = parseName(written);
    const algorithm = tsigAlgorithms.find((one) => one === options.algorithm);
    if (!name.ok || !/^[a-z0-9._-]+$/.test(name.value))
      throw new CommandFailed(`${written}: a key's name is made of letters, digits, hyphens and dots`);
    if (algorithm === undefined) throw new CommandFailed(`--algorithm is one of ${tsigAlgorithms.join(", ")}`);
    const key = { name: name.value, algorithm, secret: randomBytes(secretOctets[algorithm]).toString("base64") };
    print(
      options.json
        ? JSON.stringify(key)
        : `- {name: ${key.name}, algorithm: ${key.algorithm}, secret: "${key.secret}"}`,
    );
  });
}
