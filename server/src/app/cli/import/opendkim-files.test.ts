import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { opendkimKeys } from "./opendkim-files.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "chancery-opendkim-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const put = (files: Record<string, string>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
};
const read = (): string[] =>
  opendkimKeys(folder).keys.map(
    ({ domain, selector, file }) => `${selector} ${domain} ${file?.replace(folder, "") ?? "no file"}`,
  );
const genkeyText = (selector: string, domain: string): string =>
  `${selector}._domainkey\tIN\tTXT\t( "v=DKIM1; h=sha256; k=rsa; "\n\t  "p=MIIB" )  ; ----- DKIM key ${selector} for ${domain}\n`;

test("the tables of a copy are found under another name of the folder, and so are the keys beside them", () => {
  put({
    "opendkim.conf": "KeyTable refile:/etc/opendkim/KeyTable\nSigningTable refile:/etc/opendkim/SigningTable\n",
    KeyTable:
      "a example.com:s1:/etc/opendkim/s1.private\nb example.net:s2:/etc/opendkim/keys/example.net/s2.private\nc example.org:s3:/etc/opendkim/keys/s3.private\n",
    SigningTable: "*@example.com a\n",
    "s1.private": "",
    "keys/example.net/s2.private": "",
  });
  expect(read()).toEqual([
    "s1 example.com /s1.private",
    "s2 example.net /keys/example.net/s2.private",
    "s3 example.org no file",
  ]);
});

test("without tables the files of opendkim-genkey are taken, with the domain that they or their folder tell", () => {
  put({
    "mail.private": "",
    "mail.txt": genkeyText("mail", "Example.com"),
    "keys/example.net/s1.private": "",
    "keys/in-full/s2.private": "",
    "keys/in-full/s2.txt": 's2._domainkey.example.org.\tIN\tTXT\t( "v=DKIM1" )',
    "keys/lost/s3.private": "",
  });
  expect(read()).toEqual(
    [
      "s2 example.org /keys/in-full/s2.private",
      "s1 example.net /keys/example.net/s1.private",
      "mail example.com /mail.private",
    ].toSorted((a, b) => (a.split(" ")[2]! < b.split(" ")[2]! ? -1 : 1)),
  );
  expect(opendkimKeys(folder).problems).toEqual([expect.stringContaining("s3.private: neither a .txt")]);
});

test("a folder without any key is refused with what is looked for", () => {
  expect(() => read()).toThrow(/no key table, no opendkim\.conf .* no SELECTOR\.private/);
});
