import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatKeyRecord } from "chancery/dkim";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../test-run.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-audit-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const dns = (zone: object): string => {
  const path = join(folder, `${(files += 1)}.json`);
  writeFileSync(path, JSON.stringify(zone));
  return path;
};

const record = formatKeyRecord(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey);
const small = formatKeyRecord(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey);
const name = "s1._domainkey.example.com";
const audit = (zone: object, ...words: string[]): ReturnType<typeof run> =>
  run("audit", "example.com", "--dns", dns(zone), ...words);

type Told = { domain: string; selectors: object[]; findings: { code: string }[]; checklist: object[]; score: number };
const told = async (zone: object, ...words: string[]): Promise<Told> =>
  JSON.parse((await audit(zone, "--json", ...words)).out) as Told;

describe("exit status", () => {
  test.each<[title: string, zone: object, words: string[], status: number]>([
    ["0 where nothing reaches high", { [name]: { TXT: [record] } }, [], 0],
    ["0 for a low finding", { [name]: { TXT: [small] } }, [], 0],
    ["1 for a low finding with --fail-on low", { [name]: { TXT: [small] } }, ["--fail-on", "low"], 1],
    ["1 for a high finding", { [name]: { TXT: ["v=DKIM1; p=!"] } }, [], 1],
    [
      "0 for a high finding with --fail-on critical",
      { [name]: { TXT: ["v=DKIM1; p=!"] } },
      ["--fail-on", "critical"],
      0,
    ],
    ["3 where DNS does not answer", { [name]: { error: "SERVFAIL" } }, [], 3],
    ["3 where DNS does not answer in time", { [name]: { error: "TIMEOUT" } }, [], 3],
    ["3 with --fail-on low too: not known is no severity", { [name]: { error: "SERVFAIL" } }, ["--fail-on", "low"], 3],
    [
      "1 where one is broken and another not known",
      { [name]: { error: "SERVFAIL" }, "s2._domainkey.example.com": { TXT: ["v=DKIM1; p=!"] } },
      [],
      1,
    ],
    ["2 for a severity that there is not", {}, ["--fail-on", "bad"], 2],
    ["2 for a form that there is not", {}, ["--format", "pdf"], 2],
  ])("%s", async (_title, zone, words, status) => {
    expect((await audit(zone, ...words)).status).toBe(status);
  });
});

describe("files that are no evidence", () => {
  const empty = join(folder, "empty.eml");
  writeFileSync(empty, "");
  const plain = mkdtempSync(join(folder, "plain-"));
  const maildir = mkdtempSync(join(folder, "maildir-"));
  mkdirSync(join(maildir, "cur"));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);

  test.each<[title: string, words: string[], status: number]>([
    ["a message that is not there", ["--mail", join(folder, "gone.eml")], 2],
    ["a report that is not there", ["--report", join(folder, "gone.xml")], 2],
    ["an empty message", ["--mail", empty], 2],
    ["a device that never ends, as mail", ["--mail", "/dev/zero"], 2],
    ["a device that never ends, as a report", ["--report", "/dev/zero"], 2],
    ["a pipe into which nobody writes", ["--mail", pipe, "--report", pipe], 2],
    ["a folder that is no Maildir", ["--mail", plain], 2],
    ["a Maildir without mail is one", ["--mail", maildir], 0],
    ["a folder for a report", ["--report", maildir], 2],
  ])("%s: the rest is audited, and the status tells", async (_title, words, status) => {
    const told = await audit({ [name]: { TXT: [record] } }, "--json", ...words);
    expect([told.status, told.errors.includes("left out")]).toEqual([status, status === 2]);
    expect(JSON.parse(told.out)).toMatchObject({ domain: "example.com" });
  });
});

test("a file's name cannot drive the terminal, nor can a domain's", async () => {
  const told = await audit({}, "--mail", "gone\u001b[31m.eml");
  expect(told.errors).toContain("gone\\u001b[31m.eml: left out");
  expect((await run("audit", "example\u001b[31m.com", "--dns", dns({}))).errors).toContain("example\\u001b[31m.com");
});

describe("--json", () => {
  test("has the fixed fields, and findings with all their parts", async () => {
    const { domain, selectors, findings, checklist, score } = await told({ [name]: { CNAME: "s1.esp.example" } });
    expect([domain, selectors.length, checklist.length, typeof score]).toEqual(["example.com", 1, 12, "number"]);
    const [first] = findings.filter(({ code }) => code === "TargetMissing");
    expect(first).toMatchObject({
      code: "TargetMissing",
      severity: "high",
      subject: "s1.esp.example",
      summary: expect.any(String),
      evidence: expect.any(Array),
      remedy: expect.any(String),
      symptoms: expect.any(String),
      commands: expect.any(Array),
    });
  });

  test("--selector names what has to be there, however it is written", async () => {
    const { findings } = await told({}, "--selector", "Gone");
    expect(findings).toContainEqual(
      expect.objectContaining({ code: "NoKeyRecord", evidence: ["gone._domainkey.example.com TXT: NXDOMAIN"] }),
    );
  });

  test("a private key in DNS is in no form of the report", async () => {
    const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });
    const secret = (pem as string).split("\n").slice(1, -2).join("");
    const zone = {
      [name]: { TXT: [`v=DKIM1; k=rsa; p=${secret}`] },
      "_dmarc.example.com": { TXT: [`v=DMARC1; p=reject; x=${secret}`] },
    };
    for (const words of [["--json"], ["--format", "text"], ["--format", "md"], ["--format", "html"]])
      expect((await audit(zone, ...words)).out).not.toContain(secret.slice(0, 60));
  });
});

test("a domain that is none is refused", async () => {
  expect((await run("audit", "not a domain", "--dns", dns({}))).status).toBe(2);
});

test("--format md and html say the same findings as text", async () => {
  const zone = { [name]: { CNAME: "s1.esp.example" } };
  for (const format of ["text", "md", "html"])
    expect((await audit(zone, "--format", format)).out).toContain("TargetMissing");
});

describe("the domain around its keys", () => {
  const zone = {
    "example.com": { TXT: ["v=spf1 -all"], MX: ["0 ."] },
    "_dmarc.example.com": { TXT: ["v=DMARC1; p=none"] },
  };
  const codes = async (...words: string[]) => (await told(zone, ...words)).findings.map(({ code }) => code);

  test("--parked asks whether a domain says that it sends no mail", async () => {
    expect(await codes("--parked")).toContain("ParkedUnprotected");
    expect(
      (await told({ ...zone, "_dmarc.example.com": { TXT: ["v=DMARC1; p=reject"] } }, "--parked")).findings,
    ).toEqual([]);
  });
  test("--blocklist asks the lists that are named", async () => {
    const listed = { ...zone, "example.com.bl.example.org": { A: "127.0.0.2" } };
    const found = (await told(listed, "--blocklist", "domain:bl.example.org")).findings;
    expect(found.map(({ code }) => code)).toContain("ListedOnBlocklist");
    expect((await audit(zone, "--blocklist", "bl.example.org")).status).toBe(2);
  });
  test("text has the records, the policy in plain words, what receivers ask, and the score with its rules", async () => {
    const { out } = await audit(zone);
    for (const part of [
      "The domain around its keys",
      "p=none, from _dmarc.example.com",
      "and only count it",
      "What Gmail, Yahoo and Microsoft ask",
      "of 100",
      "Nobody else can sign or take a name",
    ])
      expect(out).toContain(part);
  });
  test("--json has the score as a number with its rules", async () => {
    const { score, scoreRules, posture, readiness } = (await told(zone)) as Told & Record<string, unknown[]>;
    expect(score).toBeGreaterThanOrEqual(0);
    expect([scoreRules!.length, posture!.length, readiness!.length].every((count) => count > 5)).toBe(true);
  });
});
