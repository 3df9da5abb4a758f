import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { promisify } from "node:util";
import { type Canonicalization, formatKeyRecord, type SigningKey, startSigning } from "chancery/dkim";
import { insertOnTop, type MilterMessage } from "chancery/milter";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Decide } from "../../server/src/engine/milter-server/decide.ts";
import { type Postfix, startPostfix } from "../postfix.ts";
import { type Milter, type Sink, smtpClient, startMilter, startSink } from "./milter-rig.ts";

const run = promisify(execFile);

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ed25519 = generateKeyPairSync("ed25519");
const keys: SigningKey[] = [
  { signingDomain: "example.com", selector: "rsa", privateKey: rsa.privateKey },
  { signingDomain: "example.com", selector: "ed", privateKey: ed25519.privateKey },
];
const keyRecords: Record<string, string> = {
  "rsa._domainkey.example.com": formatKeyRecord(rsa.publicKey),
  "ed._domainkey.example.com": formatKeyRecord(ed25519.publicKey),
};

let sink: Sink;
let milter: Milter;
let postfix: Postfix;
/** Speaks milter version 4, without HDR_LEADSPC. */
let oldPostfix: Postfix;

beforeAll(async () => {
  sink = await startSink();
  milter = await startMilter();
  const ports = { nextHopPort: sink.port, smtpdMilters: [milter.server.port], nonSmtpdMilters: [milter.server.port] };
  [postfix, oldPostfix] = await Promise.all([
    startPostfix(ports),
    startPostfix({ ...ports, settings: { milter_protocol: "4" } }),
  ]);
});
afterAll(async () => {
  await Promise.all([postfix.stop(), oldPostfix.stop()]);
  await milter.server.close();
  await sink.close();
});

/** Signs everything with both keys. */
const signing =
  (canonicalization: Canonicalization): Decide["openMessage"] =>
  async ({ header }: MilterMessage) => {
    const signer = startSigning(header, { keys, canonicalization });
    return {
      kind: "body",
      sink: {
        update: (chunk) => signer.update(chunk),
        async finish() {
          const fields = insertOnTop(await signer.finish());
          if (!fields.ok) throw new Error(fields.problem);
          return { action: "accept", headerChanges: fields.value };
        },
      },
    };
  };

/** dkimpy's verdict on each DKIM-Signature field, from the top. */
async function dkimpy(octets: string): Promise<string[]> {
  const script = `
import json, sys, dkim
records = json.loads(sys.argv[1])
message = sys.stdin.buffer.read()
lookup = lambda name, timeout=5: records.get(name.decode().rstrip(".").lower(), "").encode() or None
verifier = dkim.DKIM(message)
count = sum(1 for name, _ in verifier.headers if name.lower() == b"dkim-signature")
print(json.dumps(["pass" if verifier.verify(idx=i, dnsfunc=lookup) else "fail" for i in range(count)]))
`;
  const child = run("/usr/bin/python3", ["-c", script, JSON.stringify(keyRecords)]);
  child.child.stdin?.end(octets, "latin1");
  const { stdout } = await child;
  return JSON.parse(stdout) as string[];
}

const plain = ["Date: Sun, 22 Nov 2026 00:00:00 +0000", "Message-ID: <1@example.com>"];
const compose = (fields: string[], body: string): string =>
  `${["From: Alice <a@example.com>", "To: b@example.net", ...plain, ...fields].join("\r\n")}\r\n\r\n${body}`;

const cases: [string, string][] = [
  ["a plain message", compose(["Subject: x"], "Hello\r\n")],
  ["folded fields", compose(["Subject: one\r\n\ttwo\r\n   three", "X-A:\r\n late"], "Hello\r\n")],
  ["no space after the colon", compose(["Subject:x"], "Hello\r\n")],
  ["two spaces after the colon", compose(["Subject:  x"], "Hello\r\n")],
  ["a tab after the colon", compose(["Subject:\tx"], "Hello\r\n")],
  ["an empty field", compose(["Subject:", "Comments: "], "Hello\r\n")],
  ["trailing blanks", compose(["Subject: x \t "], "Hello \t\r\n \r\n")],
  ["an 8-bit body", compose(["Subject: x", "Content-Type: text/plain; charset=iso-8859-1"], "\xe9\xff\x80\r\n")],
  ["an 8-bit field", compose(["Subject: gr\xc3\xbc\xc3\x9fe"], "Hello\r\n")],
  ["leading dots", compose(["Subject: x"], ".\r\n..\r\n...\r\n.a\r\n")],
  [
    "a field of many lines",
    compose([`References: ${"<1234567890@example.com>\r\n ".repeat(300)}<end@example.com>`], "x\r\n"),
  ],
  ["a field of 50 kB", compose([`X-A: ${`${"x".repeat(88)}\r\n `.repeat(550)}end`], "x\r\n")],
  ["a long line in a field", compose([`Subject: ${"x".repeat(900)}`], "Hello\r\n")],
  [
    "the same field many times",
    compose(
      Array.from({ length: 50 }, (_, i) => `X-Trace: ${i}`),
      "Hello\r\n",
    ),
  ],
  ["no body", compose(["Subject: x"], "")],
  ["empty lines at the end", compose(["Subject: x"], "Hello\r\n\r\n\r\n")],
  ["a body of a megabyte", compose(["Subject: x"], `${"0123456789".repeat(80)}\r\n`.repeat(1300))],
];

describe.each(["simple/simple", "relaxed/relaxed", "simple/relaxed"] as const)(
  "MLT-14 DKIM-S-15 c=%s",
  (canonicalization) => {
    test.each(cases)("%s verifies at dkimpy after Postfix", async (_, message) => {
      milter.decide = signing(canonicalization);
      const { octets } = await sink.arrival(await (await smtpClient(postfix.port)).send(message));
      expect(octets).toMatch(/^DKIM-Signature: v=1; a=rsa-sha256;[^]*\r\nDKIM-Signature: v=1; a=ed25519-sha256;/);
      expect(octets.endsWith(message)).toBe(true);
      expect(await dkimpy(octets)).toEqual(["pass", "pass"]);
    });
  },
);

test("a message that is changed after signing does not verify", async () => {
  milter.decide = signing("simple/simple");
  const { octets } = await sink.arrival(await (await smtpClient(postfix.port)).send(cases[0]?.[1] ?? ""));
  expect(await dkimpy(octets.replace("Subject: x", "Subject:  x"))).toEqual(["fail", "fail"]);
});

test("MLT-06 every message of a connection is signed for itself", async () => {
  milter.decide = signing("relaxed/relaxed");
  const client = await smtpClient(postfix.port);
  const replies: string[] = [];
  for (const [, message] of cases.slice(0, 5)) replies.push(await client.send(message));
  for (const reply of replies) expect(await dkimpy((await sink.arrival(reply)).octets)).toEqual(["pass", "pass"]);
});

test("MLT-29 mail from sendmail(1) is signed after Postfix has completed it", async () => {
  milter.decide = signing("simple/simple");
  await postfix.sendmail("Subject: local mail\nTo: b@example.net\n\n.dot\nbye\n", "b@example.net");
  const { octets } = await sink.arrival("\r\nSubject: local mail\r\n");
  expect(octets).toMatch(/\r\nFrom: .*root@example\.com/);
  expect(await dkimpy(octets)).toEqual(["pass", "pass"]);
});

describe("MLT-11 an MTA without HDR_LEADSPC", () => {
  test.each(cases)("%s verifies with relaxed header canonicalization", async (_, message) => {
    milter.decide = signing("relaxed/simple");
    const { octets } = await sink.arrival(await (await smtpClient(oldPostfix.port)).send(message));
    expect(await dkimpy(octets)).toEqual(["pass", "pass"]);
  });

  test("MLT-12 the usual form with one space verifies even with simple", async () => {
    milter.decide = signing("simple/simple");
    const { octets } = await sink.arrival(await (await smtpClient(oldPostfix.port)).send(cases[0]?.[1] ?? ""));
    expect(octets).toMatch(/^DKIM-Signature: v=1;/);
    expect(await dkimpy(octets)).toEqual(["pass", "pass"]);
  });
});

test("a message that cannot be signed is deferred, never sent on", async () => {
  milter.decide = signing("relaxed/relaxed");
  const client = await smtpClient(postfix.port);
  const before = sink.arrived.length;
  expect(await client.send(compose(["From: second@example.com"], "x\r\n"))).toMatch(/^451 4\.7\.1 /);
  expect(milter.faults.at(-1)).toMatchObject({
    kind: "decision-failed",
    problem: "the message has several from fields",
  });
  expect(await postfix.queued()).toEqual([]);
  expect(sink.arrived.length).toBe(before);
});
