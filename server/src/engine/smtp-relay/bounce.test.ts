import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FailedRecipient, headerOf, spoolBounce } from "./bounce.ts";
import type { StoredMessage } from "./message-store.ts";
import type { QueuedMessage } from "./queued-message.ts";
import { openSpool, type Spool } from "./spool.ts";

const now = 1_800_000_000;
let directory: string;
let spool: Spool;
let queued: QueuedMessage[];

const text = (octets: string): StoredMessage => ({
  octets: octets.length,
  read: async function* () {
    for (let at = 0; at < octets.length; at += 7) yield Buffer.from(octets.slice(at, at + 7), "latin1");
  },
});

const failed: FailedRecipient[] = [
  { address: "b@example.net", state: "failed", at: now, reply: "550 5.1.1 no", reported: false },
  { address: "\u00e9@example.net", state: "failed", at: now, reply: "5.4.7 not delivered in time", reported: false },
];

const message: QueuedMessage = {
  id: "t-00000000-00000000000000000000",
  principal: { tenant: "t1", sender: "app" },
  mailFrom: "a@example.com",
  recipients: failed,
  receivedAt: now,
  nextAttemptAt: now,
  attempts: 1,
  octets: 1,
  body: "7bit",
  smtpUtf8: true,
  trace: "",
  signature: { state: "signed", fields: "DKIM-Signature: x\r\n", signedAt: now, keyIds: ["k"] },
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bounce-"));
  queued = [];
  spool = await openSpool({
    directory,
    now: () => now,
    messagesMax: 10,
    freeOctetsMin: 0,
    messageOctetsMax: 1000,
    quarantined: () => undefined,
  });
});
afterEach(() => rm(directory, { recursive: true }));

const bounce = (): ReturnType<ReturnType<typeof spoolBounce>> =>
  spoolBounce({
    spool,
    hostname: "relay.example.com",
    postmaster: "postmaster@relay.example.com",
    now: () => now,
    queued: (one) => queued.push(one),
  })(message, failed, text("From: a@example.com\r\n\r\nsecret\r\n"));

test("RFC 3464 a notification names each recipient, from the null sender, unsigned and marked as such", async () => {
  const outcome = await bounce();
  const [notice] = queued;
  expect(outcome).toEqual({ sent: notice?.id });
  expect(notice).toMatchObject({
    mailFrom: "",
    recipients: [{ address: "a@example.com", state: "queued" }],
    body: "8bitmime",
    smtpUtf8: true,
    signature: { state: "unsigned-permitted", reason: "delivery-status-notification" },
  });
  let sent = "";
  for await (const chunk of (await spool.load(notice?.id ?? ""))?.message.read() ?? [])
    sent += Buffer.from(chunk).toString();
  expect(sent).toContain("Final-Recipient: rfc822; b@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n");
  expect(sent).toContain("Final-Recipient: utf-8; \u00e9@example.net\r\nAction: failed\r\nStatus: 5.4.7\r\n");
  expect(sent).toContain("Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n");
  expect(sent).not.toContain("secret");
  expect(sent).not.toMatch(/(?<!\r)\n|\r(?!\n)/);
});

test("F-43 the same failure told twice is one notification", async () => {
  const first = await bounce();
  expect(await bounce()).toEqual(first);
  expect(spool.count).toBe(1);
  expect(queued).toHaveLength(1);
});

const headers: [name: string, octets: string, max: number, header: string][] = [
  ["a header and a body", "A: 1\r\nB: 2\r\n\r\nbody\r\n", 100, "A: 1\r\nB: 2\r\n"],
  ["no header", "\r\nbody\r\n", 100, ""],
  ["no body", "A: 1\r\n", 100, "A: 1\r\n"],
  ["an empty message", "", 100, ""],
  ["a header over the limit is cut after a whole line", "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", 14, "A: 1\r\nB: 2\r\n"],
];

for (const [name, octets, max, header] of headers) {
  test(`the header that is returned: ${name}`, async () => {
    expect(await headerOf(text(octets), max)).toBe(header);
  });
}
