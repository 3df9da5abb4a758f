import { createPublicKey, type KeyObject } from "node:crypto";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { fingerprintOf, formatKeyRecord } from "chancery/dkim";
import { rdataText, txtData, TYPE } from "chancery/dns";
import { parseDomain } from "chancery/mail";
import { type Command, Option } from "commander";
import { generateKeypair, type KeyKind } from "../../../engine/keystore/keypair.ts";
import { CommandFailed, note, print } from "../exit.ts";
import { type CommonOptions, common } from "../options/common.ts";

const kinds = {
  rsa2048: { algorithm: "rsa-sha256", bits: 2048 },
  rsa4096: { algorithm: "rsa-sha256", bits: 4096 },
  ed25519: { algorithm: "ed25519-sha256" },
} as const satisfies Record<string, KeyKind>;

export type KeyRequest = {
  type: keyof typeof kinds;
  /** The folder for the private key; made when it is not there. */
  out: string;
  /** Absent: the record is shown without a name. */
  selector?: string | undefined;
  /** Absent: the name of the record is relative to the domain. Needs a selector. */
  domain?: string | undefined;
};

/** What a generated key is published as. The private half is in the file alone. */
export type GeneratedKey = {
  type: keyof typeof kinds;
  file: string;
  /** The key name, without `domain` relative to it; null without a selector. */
  name: string | null;
  /** SHA-256 of the SubjectPublicKeyInfo in hexadecimal, as `key show` and `trace` have it. */
  fingerprint: string;
  /** The key record as one string. */
  record: string;
  /** The record as a line of a zone file, in character-strings of at most 255 octets (RFC 1035 §3.3.14). */
  zone: string;
  /**
   * What goes into the fields of a DNS host's form. Most hosts add the domain to `name`, others want `fullName`; most split
   * `value` by themselves, others want `strings`: quoted, of at most 255 octets each.
   */
  form: { name: string | null; fullName: string | null; type: "TXT"; value: string; strings: string };
};

const ttlSeconds = 3600;

export function addKeyGenerate(key: Command): void {
  common(
    key
      .command("generate")
      .description("make a key pair in a file, and show the record to publish; needs no server")
      .addOption(new Option("--type <type>", "the kind of key").choices(Object.keys(kinds)).makeOptionMandatory())
      .requiredOption(
        "--out <dir>",
        "the folder for the private key (PEM, mode 0600); a file there is never overwritten",
      )
      .option("--selector <selector>", "s=, for the name of the record")
      .option("--domain <domain>", "d=, for the name of the record"),
    "chancery key generate --type rsa2048 --out keys --selector s1 --domain customer.example",
  ).action(async (options: CommonOptions & KeyRequest) => {
    const key = await generateKey(options);
    if (options.json) return print(JSON.stringify(key));
    print(textOf(key));
    note("keep the private key secret: whoever has it can sign as the domain");
  });
}

/** Makes a key pair and writes its private half. Refuses (CommandFailed) names that are none, and to write over a file. */
export async function generateKey({ type, out, selector, domain }: KeyRequest): Promise<GeneratedKey> {
  const below = selector === undefined ? null : `${dnsName("--selector", selector)}._domainkey`;
  if (domain !== undefined && below === null) throw new CommandFailed("--domain needs --selector to name a record");
  const name = domain === undefined ? below : `${below}.${dnsName("--domain", domain)}`;
  if (name !== null && name.length > 253) throw new CommandFailed(`the name ${name} is over 253 octets`);
  const { privateKey } = await generateKeypair(kinds[type]);
  const file = join(out, `${name ?? type}.pem`);
  await writePrivateKey(out, file, privateKey);
  const publicKey = createPublicKey(privateKey);
  const record = formatKeyRecord(publicKey);
  const strings = rdataText(TYPE.TXT, txtData(record));
  const owner = domain === undefined ? (name ?? "") : `${name}.`;
  const zone = `${owner}\t${ttlSeconds}\tIN\tTXT\t${strings}`;
  const fullName = domain === undefined ? null : name;
  const form = { name: below, fullName, type: "TXT" as const, value: record, strings };
  return { type, file, fingerprint: fingerprintOf(publicKey), name, record, zone, form };
}

function dnsName(option: string, text: string): string {
  const name = parseDomain(text);
  if (!name.ok) throw new CommandFailed(`${option} ${text}: ${name.problem}`);
  return name.value;
}

async function writePrivateKey(folder: string, file: string, privateKey: KeyObject): Promise<void> {
  let opened: FileHandle;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CommandFailed(`--out: ${(error as Error).message}; a folder is expected`);
  }
  try {
    // "wx" creates or fails in one step, and does not follow a link that waits under the name.
    opened = await open(file, "wx", 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailed(code === "EEXIST" ? `${file} is there already, and is left as it is` : `--out: ${message}`);
  }
  try {
    await opened.writeFile(privateKey.export({ type: "pkcs8", format: "pem" }));
    await opened.sync();
    await opened.close();
  } catch (error) {
    // A full disk: half a key is of no use, and would stand in the way of the next try.
    await opened.close().catch(() => undefined);
    await rm(file, { force: true });
    throw new CommandFailed(`--out ${file}: ${(error as Error).message}; no key is left there`);
  }
}

function textOf({ file, fingerprint, name, record, zone, form }: GeneratedKey): string {
  const lines = [
    `private key: ${file}`,
    `fingerprint: SHA-256 ${fingerprint}`,
    `\nthe record as one string:\n${record}`,
    `\nin a zone file${name === null ? " (below the line of its name)" : ""}:\n${zone}`,
    "\nin the form of a DNS host, which splits the value by itself:",
    `  name   ${form.name ?? "<selector>._domainkey"}`,
    `  type   ${form.type}`,
    `  value  ${form.value}`,
    "\nand where the form does not take that:",
    `  a host that wants the name in full:  ${form.fullName ?? `${form.name ?? "<selector>._domainkey"}.<domain>`}`,
  ];
  if (form.strings !== `"${form.value}"`) lines.push(`  a host that takes 255 characters a string:  ${form.strings}`);
  return lines.join("\n");
}
