import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatKeyRecord, sign } from "chancery/dkim";
import { afterAll, expect, test } from "vitest";
import { run } from "../test-run.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-why-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const record = formatKeyRecord(createPublicKey(privateKey));
const dns = file("dns.json", JSON.stringify({ "s1._domainkey.customer.example": { TXT: [record] } }));
const unsigned = "From: a@customer.example\r\nSubject: café\r\n\r\nhello\r\n";
const keys = [{ signingDomain: "customer.example", selector: "s1", privateKey }];
const signedText = Buffer.from(await sign(Buffer.from(unsigned), { keys })).toString() + unsigned;
const sent = file("sent.eml", signedText);
const tagged = file("tagged.eml", signedText.replace("Subject: ", "Subject: [list\x1b[2J] "));
const changed = file("changed.eml", signedText.replace("hello", "hullo"));

const verify = (...words: string[]): ReturnType<typeof run> => run("verify", "--dns", dns, ...words);

test("the change stands below the result, without control characters", async () => {
  const { out, status } = await verify(tagged);
  const [result, fact, evidence] = out.split("\n");
  expect(result).toContain("fail (signature-mismatch)");
  expect(fact).toContain("only the header was changed");
  expect(evidence).toContain('Subject: a tag was added to the Subject: now " [list\\u001b[2J] café", signed " café"');
  expect(status).toBe(1);
});

test("JSON has the change and what is certain, in every signature, null where it did not break", async () => {
  const { out } = await verify("--json", tagged, changed, sent);
  const [first, second, third] = out
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { dkim: Record<string, unknown>[]; sent: unknown }).dkim[0]!);
  expect(first).toMatchObject({
    result: "fail",
    change: { kind: "subject-tagged", field: "Subject", line: null, signed: " café" },
    broken: { body: "intact", header: "changed", madeByKey: "yes", searched: "all" },
  });
  expect(second).toMatchObject({ change: null, broken: { body: "changed", header: "intact", changes: [] } });
  expect(third).toMatchObject({ result: "pass", change: null, broken: null });
});

test("--sent says what differs and what of it broke the signature", async () => {
  const { out, status } = await verify("--sent", sent, changed);
  expect(out).toContain(`compared with ${sent} (pass d=customer.example s=s1):`);
  expect(out).toContain('sent "hello", received "hullo": breaks d=customer.example s=s1');
  expect(status).toBe(1);
  const { out: json } = await verify("--json", "--sent", sent, tagged);
  expect(JSON.parse(json)).toMatchObject({
    sent: {
      file: sent,
      dkim: [{ result: "pass" }],
      fields: [{ name: "Subject", difference: "changed", kind: "subject-tagged", sent: " café" }],
      body: null,
      signatures: [{ carriedWhenSent: true, breakingFields: ["subject"], bodyBreaks: false }],
    },
  });
});

test("--sent with several messages, or a file that is not there, is refused", async () => {
  const several = await verify("--sent", sent, changed, tagged);
  expect(several.errors).toContain("--sent goes with one message");
  expect(several.status).toBe(2);
  expect(await verify("--sent", join(folder, "nowhere"), changed)).toMatchObject({ out: "", status: 2 });
});
