import type { Key } from "@chancery/api";
import type { Command } from "commander";
import { apiClient } from "../api-client.ts";
import { CommandFailed, note, print } from "../exit.ts";
import { type CommonOptions, common, remote } from "../options/common.ts";
import { privateKeyOf, publicKeyOf } from "./key-file.ts";

type ImportOptions = CommonOptions & {
  selector: string;
  key?: string;
  public?: string;
  host?: true;
  passphraseFile?: string;
  allow1024?: true;
};

export function addKeyImport(key: Command): void {
  remote(
    common(
      key
        .command("import <domain>")
        .description("bring a key that the domain's owner made: we sign with it, or host its public half")
        .requiredOption("--selector <selector>", "s=, the name of the key; one that never had another key")
        .option("--key <file>", "the private key, as any DKIM tool writes it; - is standard input")
        .option("--public <file>", "the public half; without --key others sign, and we only host it")
        .option("--host", "we publish the record, behind an alias (default: the owner publishes it)")
        .option("--passphrase-file <file>", "a file whose first line opens an encrypted key")
        .option("--allow-1024", "take RSA keys under 2048 bits"),
      "chancery key import customer.example --selector mail --key mail.private",
    ),
  ).action(async (domain: string, options: ImportOptions) => {
    if (options.key === undefined && options.public === undefined)
      throw new CommandFailed("--key FILE is needed, or --public FILE where others sign");
    if (options.key === "-" && options.public === "-") throw new CommandFailed("standard input can stand once");
    const privateKey = options.key === undefined ? undefined : await privateKeyOf(options.key, options.passphraseFile);
    const publicKey = options.public === undefined ? undefined : await publicKeyOf(options.public);
    const imported = await apiClient(options)("importKey", {
      params: { domain },
      body: {
        selector: options.selector,
        ...(privateKey !== undefined && { privateKey: privateKey.open() }),
        ...(publicKey !== undefined && { publicKey }),
        ...(options.host && { host: true }),
        ...(options.allow1024 && { allowSmall: true }),
      },
    });
    if (options.json) return print(JSON.stringify(imported));
    print(importedText(imported));
    note(`what has to be published: chancery records ${imported.domain}`);
  });
}

/** What becomes of a key that was brought. */
function importedText({ name, origin, keeper, target, algorithm, bits, fingerprint }: Key): string {
  const kind = algorithm === "rsa-sha256" ? `rsa-sha256 ${bits}` : algorithm;
  const record =
    keeper === "customer"
      ? `its owner publishes the record at ${name}`
      : `${name} leads to ${target}, where we publish it`;
  const next =
    origin === "hosted"
      ? "nothing is done with it by itself: it stays until its owner says that nobody signs with it"
      : "it signs as soon as its record is seen everywhere and no cache can hold anything else";
  return `${name}  ${kind}\n  fingerprint  ${fingerprint}\n  record       ${record}\n  next         ${next}`;
}
