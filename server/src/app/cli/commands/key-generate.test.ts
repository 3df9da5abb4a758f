import { spawnSync } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lintKeyRecord, parseKeyRecord, publicKeyText, sign, verify } from "chancery/dkim";
import { parseZoneFile, readTxt } from "chancery/dns";
import { afterAll, describe, expect, test } from "vitest";
import { CommandFailed } from "../exit.ts";
import { run } from "../test-run.ts";
import { type GeneratedKey, generateKey, type KeyRequest } from "./key-generate.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-key-"));
afterAll(() => rmSync(folder, { recursive: true }));
let folders = 0;
const newFolder = (): string => join(folder, `${++folders}`, "keys");

describe("each kind of key", () => {
  test.each<[title: string, type: KeyRequest["type"], bits: number | undefined, start: RegExp, strings: number]>([
    ["KEY-01 rsa2048", "rsa2048", 2048, /^v=DKIM1; k=rsa; p=[A-Za-z0-9+/]{390,}=*$/, 2],
    ["KEY-04 rsa4096 in more strings than one", "rsa4096", 4096, /^v=DKIM1; k=rsa; p=[A-Za-z0-9+/]{730,}=*$/, 3],
    ["KEY-06 ed25519", "ed25519", undefined, /^v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=$/, 1],
  ])(
    "%s",
    async (_title, type, bits, start, strings) => {
      const key = await generateKey({ type, out: newFolder(), selector: "S1.mail", domain: "Customer.example" });
      const privateKey = createPrivateKey(readFileSync(key.file));
      expect(privateKey.asymmetricKeyDetails?.modulusLength).toBe(bits);
      expect(key.record).toMatch(start);
      expect(parseKeyRecord(key.record)).toMatchObject({ ok: true, value: { key: { state: "usable" }, warnings: [] } });
      expect(key.record.endsWith(`p=${publicKeyText(createPublicKey(privateKey))}`)).toBe(true);
      expect(key).toMatchObject({
        type,
        name: "s1.mail._domainkey.customer.example",
        fingerprint: createHash("sha256")
          .update(createPublicKey(privateKey).export({ type: "spki", format: "der" }))
          .digest("hex"),
        form: {
          name: "s1.mail._domainkey",
          fullName: "s1.mail._domainkey.customer.example",
          type: "TXT",
          value: key.record,
        },
      });
      expect(lintKeyRecord(key.form.value).findings).toEqual([]);
      // What a host that wants quoted strings publishes is the same record.
      const quoted = key.form.strings.match(/"[^"]*"/g)!.map((string) => string.slice(1, -1));
      expect(quoted.join("")).toBe(key.record);
      expect(quoted.filter((string) => string.length > 255)).toEqual([]);
      expect(statSync(key.file).mode & 0o777).toBe(0o600);

      const zone = parseZoneFile(key.zone, { origin: "elsewhere.example" });
      if (!zone.ok) throw new Error(zone.problem);
      const [record, ...others] = zone.value;
      expect(others).toEqual([]);
      expect(record!.name).toBe(key.name);
      const texts = readTxt(record!.data);
      expect(texts.join("")).toBe(key.record);
      expect(texts.length).toBe(strings);
    },
    120_000,
  );

  test("what the file signs verifies under the record", async () => {
    const { file, name, record } = await generateKey({
      type: "ed25519",
      out: newFolder(),
      selector: "s1",
      domain: "customer.example",
    });
    const message = Buffer.from("From: a@customer.example\r\n\r\nhello\r\n");
    const fields = await sign(message, {
      keys: [{ signingDomain: "customer.example", selector: "s1", privateKey: readFileSync(file, "utf8") }],
    });
    const resolveTxt = (asked: string): Promise<string[][]> => Promise.resolve(asked === name ? [[record]] : []);
    const [verification] = await verify(Buffer.concat([fields, message]), { resolveTxt });
    expect(verification!.result).toBe("pass");
  });
});

describe("the name of the record", () => {
  test("is relative without a domain", async () => {
    const key = await generateKey({ type: "ed25519", out: newFolder(), selector: "s1" });
    expect(key).toMatchObject({ name: "s1._domainkey", form: { name: "s1._domainkey", fullName: null } });
    const zone = parseZoneFile(key.zone, { origin: "customer.example" });
    expect(zone.ok && zone.value[0]!.name).toBe("s1._domainkey.customer.example");
  });

  test("is left open without a selector", async () => {
    const out = newFolder();
    const key = await generateKey({ type: "ed25519", out });
    expect(key).toMatchObject({ file: join(out, "ed25519.pem"), name: null, form: { name: null, fullName: null } });
    const zone = parseZoneFile(`s9._domainkey 60 IN TXT other\n${key.zone}`, { origin: "customer.example" });
    expect(zone.ok && zone.value[1]!.name).toBe("s9._domainkey.customer.example");
  });

  test.each<[title: string, names: { selector?: string; domain?: string }]>([
    ["a domain without a selector", { domain: "customer.example" }],
    ["a selector that leaves the folder", { selector: "../s1" }],
    ["an empty selector", { selector: "" }],
    ["a domain with an empty label", { selector: "s1", domain: "customer..example" }],
    ["a name over 253 octets", { selector: "s1", domain: `${"a.".repeat(122)}example` }],
  ])("%s is refused, and nothing is written", async (_title, names) => {
    const out = newFolder();
    await expect(generateKey({ type: "ed25519", out, ...names })).rejects.toThrow(CommandFailed);
    expect(() => readdirSync(out)).toThrow("ENOENT");
  });
});

describe("on the command line", () => {
  const words = (out: string, ...more: string[]): string[] =>
    ["key", "generate", "--type", "ed25519", "--out", out].concat(more);

  test("the record is shown in three forms, the private key in none", async () => {
    const folder = newFolder();
    const { out, errors, status } = await run(...words(folder, "--selector", "s1", "--domain", "customer.example"));
    const file = join(folder, "s1._domainkey.customer.example.pem");
    const pem = readFileSync(file, "utf8");
    const record = /^v=DKIM1; k=ed25519; p=\S+$/m.exec(out)![0];
    expect(out).toContain(`private key: ${file}\n`);
    expect(out).toContain(`s1._domainkey.customer.example.\t3600\tIN\tTXT\t"${record}"\n`);
    expect(out).toMatch(/^fingerprint: SHA-256 [0-9a-f]{64}$/m);
    expect(out).toContain("wants the name in full:  s1._domainkey.customer.example\n");
    expect(out).toContain(`  name   s1._domainkey\n  type   TXT\n  value  ${record}\n`);
    expect(status).toBe(0);
    for (const secret of pem.split("\n").filter((line) => line !== "")) expect(out + errors).not.toContain(secret);
  });

  test("a file where the folder should be is said, and is no key that is there already: 2", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const { errors, status } = await run(...words(file));
    expect(status).toBe(2);
    expect(errors).toContain("a folder is expected");
  });

  test("a file that is there is left as it is: 2", async () => {
    const folder = newFolder();
    expect((await run(...words(folder))).status).toBe(0);
    const before = readFileSync(join(folder, "ed25519.pem"));
    const { out, errors, status } = await run(...words(folder));
    expect([out, status]).toEqual(["", 2]);
    expect(errors).toContain("is there already");
    expect(readFileSync(join(folder, "ed25519.pem"))).toEqual(before);
  });

  test("a folder that is there takes more keys, and stays as it is", async () => {
    const out = mkdtempSync(join(folder, "there-"));
    chmodSync(out, 0o755);
    for (const selector of ["s1", "s2"]) expect((await run(...words(out, "--selector", selector))).status).toBe(0);
    expect(readdirSync(out).sort()).toEqual(["s1._domainkey.pem", "s2._domainkey.pem"]);
    expect(statSync(out).mode & 0o777).toBe(0o755);
  });

  test("KEY-04 a record of more strings than one is shown in quotes as well", async () => {
    const { out } = await run("key", "generate", "--type", "rsa2048", "--out", newFolder());
    expect(out).toMatch(/ {2}a host that takes 255 characters a string: {2}"v=DKIM1; k=rsa; p=[^"]{237}" "[^"]+"$/m);
    expect(out).toContain("wants the name in full:  <selector>._domainkey.<domain>\n");
  });

  test("a link under the name is not followed: 2", async () => {
    const out = mkdtempSync(join(folder, "link-"));
    symlinkSync(join(out, "elsewhere"), join(out, "ed25519.pem"));
    expect((await run(...words(out))).status).toBe(2);
    expect(readdirSync(out)).toEqual(["ed25519.pem"]);
  });

  test.each<[title: string, command: () => string[]]>([
    [
      "a folder that is a file",
      () => {
        const file = join(mkdtempSync(join(folder, "file-")), "x");
        writeFileSync(file, "");
        return words(file);
      },
    ],
    ["an unknown type", () => ["key", "generate", "--type", "rsa1024", "--out", newFolder()]],
    ["no type", () => ["key", "generate", "--out", newFolder()]],
    ["no folder", () => ["key", "generate", "--type", "ed25519"]],
    ["a selector that is no name", () => words(newFolder(), "--selector", "s 1")],
  ])("%s: 2", async (_title, command) => {
    const { out, errors, status } = await run(...command());
    expect([out, status]).toEqual(["", 2]);
    expect(errors).not.toBe("");
  });

  test("./chancery, with --json", () => {
    const out = newFolder();
    const command = new URL("../../../../../chancery", import.meta.url).pathname;
    const { stdout, status } = spawnSync(command, words(out, "--json", "--selector", "s1"), { encoding: "utf8" });
    expect(status).toBe(0);
    const key = JSON.parse(stdout) as GeneratedKey;
    expect(Object.keys(key)).toEqual(["type", "file", "fingerprint", "name", "record", "zone", "form"]);
    expect(key.file).toBe(join(out, "s1._domainkey.pem"));
    expect(createPrivateKey(readFileSync(key.file)).asymmetricKeyType).toBe("ed25519");
  }, 60_000);
});
