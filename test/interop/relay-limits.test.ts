import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newId } from "../../server/src/engine/smtp-relay/message-store.ts";
import { type SmtpSink, SmtpTalker, startSink } from "../fakes/smtp-sink.ts";

let directory: string;
let mounted = false;
let sink: SmtpSink;
let child: ChildProcess;
let port: number;

async function start(settings: object, hop: Parameters<typeof startSink>[0] = {}): Promise<void> {
  sink = await startSink(hop);
  const env = { ...process.env, RELAY_CHILD: JSON.stringify({ directory, hopPort: sink.port, ...settings }) };
  child = fork(new URL("./relay-child.ts", import.meta.url), { env, execArgv: ["--max-old-space-size=96"] });
  const [ready] = (await once(child, "message")) as [{ port: number }];
  port = ready.port;
}

async function state(): Promise<{ rss: number; queued: number }> {
  child.send("state");
  const [answer] = (await once(child, "message")) as [{ rss: number; queued: number }];
  return answer;
}

async function talk(): Promise<SmtpTalker> {
  const talker = await SmtpTalker.connect(port);
  await talker.secure();
  await talker.login("app", "right");
  return talker;
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "relay-limits-"));
});

afterEach(async () => {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
  await sink.close();
  if (mounted) execFileSync("umount", [directory]);
  mounted = false;
  await rm(directory, { recursive: true });
});

const MB = 1 << 20;

test("F-13 a full disk: 452, nothing half stored, and what was queued is delivered", async () => {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", directory]);
  mounted = true;
  let open = false;
  // The limit on messages says 1 MB, the disk holds 4: `room` sees enough, and the octets of the third do not fit.
  await start(
    { messageOctetsMax: 1.9 * MB },
    { script: ({ verb }) => (verb === "connect" && !open ? "421 later" : undefined) },
  );
  const replies: string[] = [];
  const talkers = await Promise.all([talk(), talk(), talk(), talk()]);
  for (const talker of talkers) replies.push((await talker.envelope("a@example.com", "b@example.net")).slice(0, 3));
  expect(replies).toEqual(["354", "354", "354", "354"]);
  const line = `${"x".repeat(98)}\r\n`;
  const text = `Subject: a\r\n\r\n${line.repeat(15_000)}`;
  const outcomes: string[] = [];
  for (const talker of talkers) {
    talker.send(`${text}.\r\n`);
    outcomes.push((await talker.reply()).slice(0, 9));
  }
  expect(outcomes).toEqual(["250 2.0.0", "250 2.0.0", "452 4.3.1", "452 4.3.1"]);
  const names = (await readdir(directory)).filter((name) => name !== "quarantine");
  expect(names.map((name) => name.replace(/^.*\./, "")).sort()).toEqual(["eml", "eml", "json", "json"]);
  const next = await talk();
  expect(await next.command("MAIL FROM:<a@example.com>")).toMatch(/^452 4\.3\.1 /);
  open = true;
  await expect.poll(() => sink.messages.length, { timeout: 10_000 }).toBe(2);
  for (const { octets } of sink.messages) expect(octets.toString("latin1")).toContain(text);
  await expect.poll(() => next.command("MAIL FROM:<a@example.com>")).toMatch(/^250 /);
});

test("M4 a message of 200 MB goes through in constant memory, octet for octet", async () => {
  const block = Buffer.from(`${"0123456789abcdef".repeat(60)}\r\n`.repeat(1090));
  const blocks = Math.ceil((200 * MB) / block.length);
  await start({ messageOctetsMax: 300 * MB }, { digestsOnly: true });
  const before = (await state()).rss;
  const talker = await talk();
  await talker.envelope("a@example.com", "b@example.net");
  const header = Buffer.from("From: a@example.com\r\n\r\n");
  await talker.pour(header);
  let highest = 0;
  for (let at = 0; at < blocks; at += 1) {
    await talker.pour(block);
    if (at % 20 === 0) highest = Math.max(highest, (await state()).rss);
  }
  talker.send(".\r\n");
  expect(await talker.reply()).toMatch(/^250 /);
  while (sink.messages.length === 0) {
    highest = Math.max(highest, (await state()).rss);
    await sleep(50);
  }
  expect((highest - before) / MB).toBeLessThan(96);
  const [sunk] = sink.messages;
  const top = sunk?.octets.subarray(0, sunk.octets.indexOf("From:")) ?? Buffer.alloc(0);
  expect(top.toString()).toMatch(/^Received: [^]*\r\nDKIM-Signature: [^\r\n]*\r\n$/);
  const expected = createHash("sha256").update(top).update(header);
  for (let at = 0; at < blocks; at += 1) expected.update(block);
  expect(sunk?.sha256).toBe(expected.digest("hex"));
  expect(sunk?.length).toBe(top.length + header.length + blocks * block.length);
}, 120_000);

test("F-41 100 000 recipients and an endless header cost nothing but refusals", async () => {
  await start({});
  const talker = await talk();
  await talker.command("MAIL FROM:<a@example.com>");
  const last = { reply: "" };
  for (let at = 0; at < 100; at += 1) {
    talker.send(Array.from({ length: 1000 }, (_, to) => `RCPT TO:<r${at}-${to}@example.net>\r\n`).join(""));
    for (let to = 0; to < 1000; to += 1) last.reply = await talker.reply();
  }
  expect(last.reply).toMatch(/^452 4\.5\.3 /);
  expect(await talker.command("DATA")).toMatch(/^354 /);
  const line = Buffer.from("X-A: 1\r\n".repeat(8192));
  for (let at = 0; at < 200; at += 1) await talker.pour(line);
  talker.send("\r\n.\r\n");
  expect(await talker.reply()).toMatch(/^55[02] 5\./);
  expect((await state()).queued).toBe(0);
}, 120_000);

test("M4 F-46 twenty thousand queued messages take no more memory than none, and the soonest are tried", async () => {
  const due = Math.floor(Date.now() / 1000);
  const envelope = {
    principal: { tenant: "t1", sender: "app" },
    mailFrom: "a@example.com",
    recipients: [{ address: "b@example.net", state: "queued" }],
    receivedAt: due,
    nextAttemptAt: due,
    attempts: 0,
    octets: 11,
    body: "7bit",
    smtpUtf8: false,
    trace: "",
    signature: { state: "signed", fields: "DKIM-Signature: x\r\n", signedAt: due, keyIds: [] },
  };
  const busy = { script: ({ verb }: { verb: string }) => (verb === "MAIL" ? "451 later" : undefined) };
  await start({ indexMax: 500 }, busy);
  const empty = (await state()).rss;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
  await sink.close();
  for (let at = 0; at < 20_000; at += 500) {
    const ids = Array.from({ length: 500 }, (_, of) => newId(`t${of % 7}`, due, `${at + of}`));
    await Promise.all(
      ids.flatMap((id) => [
        writeFile(join(directory, `${id}.eml`), "A: 1\r\n\r\nb\r\n"),
        writeFile(join(directory, `${id}.json`), JSON.stringify({ ...envelope, id })),
      ]),
    );
  }
  await start({ indexMax: 500 }, busy);
  let highest = 0;
  for (let look = 0; look < 30; look += 1) {
    const { rss, queued } = await state();
    expect(queued).toBe(20_000);
    highest = Math.max(highest, rss);
    await sleep(100);
  }
  expect(sink.steps.filter(({ verb }) => verb === "MAIL").length).toBeGreaterThan(20);
  expect((highest - empty) / MB).toBeLessThan(48);
}, 120_000);

test("a slow client is served: a message that comes in octet by octet, beside one that comes at once", async () => {
  await start({});
  const [slow, quick] = [await talk(), await talk()];
  await slow.envelope("slow@example.com", "b@example.net");
  const text = "From: slow@example.com\r\n\r\n..dot\r\nend\r\n.\r\n";
  for (const octet of text) {
    slow.send(octet);
    await sleep(5);
  }
  await quick.envelope("quick@example.com", "b@example.net");
  quick.send("From: quick@example.com\r\n\r\nb\r\n.\r\n");
  expect(await quick.reply()).toMatch(/^250 /);
  expect(await slow.reply()).toMatch(/^250 /);
  await expect.poll(() => sink.messages.length).toBe(2);
  const found = sink.messages.find(({ mailFrom }) => mailFrom.startsWith("slow"))?.octets.toString("latin1") ?? "";
  expect(found.endsWith("From: slow@example.com\r\n\r\n.dot\r\nend\r\n")).toBe(true);
});
