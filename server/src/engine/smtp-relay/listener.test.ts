import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SmtpTalker } from "../../../../test/fakes/smtp-sink.ts";
import { type Listener, type ListenerLimits, startListener } from "./listener.ts";
import type { QueuedMessage } from "./queued-message.ts";
import { relayTake, type SignOutcome } from "./relay-take.ts";
import { selfSignedCertificate } from "./self-signed.ts";
import { openSpool, type Spool, type SpoolOptions } from "./spool.ts";

const now = 1_800_000_000;
const tls = selfSignedCertificate({ hostname: "relay.example.com", now });
const signature = "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=a; b=AAAA\r\n";

let directory: string;
let listener: Listener;
let spool: Spool;
let outcome: SignOutcome | Error;
let queued: QueuedMessage[];
const talkers: SmtpTalker[] = [];

async function start(limits: Partial<ListenerLimits> = {}, store: Partial<SpoolOptions> = {}): Promise<void> {
  spool = await openSpool({
    directory,
    now: () => now,
    messagesMax: 1000,
    freeOctetsMin: 0,
    messageOctetsMax: 1_000_000,
    quarantined: () => undefined,
    ...store,
  });
  listener = await startListener({
    listen: { host: "127.0.0.1", port: 0 },
    hostname: "relay.example.com",
    tls,
    now: () => now,
    limits,
    admission: {
      kind: "authenticated",
      authenticate: async (login, password) => {
        if (login === "broken") throw new Error("no database");
        return password === "right" ? { tenant: "t1", sender: login } : undefined;
      },
    },
    store: spool,
    take: relayTake({
      now: () => now,
      accept: async (_principal, { mailFrom }) =>
        mailFrom.endsWith("@example.com") ? undefined : { code: 550, text: "5.7.1 not your domain" },
      sign: async () => {
        if (outcome instanceof Error) throw outcome;
        return outcome;
      },
      report: () => undefined,
      queued: (message) => queued.push(message),
    }),
    failed: () => undefined,
  });
}

async function talk(login: "login" | "no login" = "login"): Promise<SmtpTalker> {
  const talker = await SmtpTalker.connect(listener.port);
  talkers.push(talker);
  await talker.secure();
  if (login === "login") expect(await talker.login("app", "right")).toMatch(/^235 /);
  return talker;
}

/** Names of messages in the queue; nothing else may lie there. */
async function stored(): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => name !== "quarantine");
  return names.filter((name) => name.endsWith(".eml")).map((name) => name.slice(0, -4));
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "relay-"));
  outcome = { ok: Buffer.from(signature), keyIds: ["key_1"] };
  queued = [];
});

afterEach(async () => {
  for (const talker of talkers.splice(0)) talker.cut();
  await listener.close();
  await rm(directory, { recursive: true });
});

test("the extensions offered are those that are kept", async () => {
  await start();
  const talker = await SmtpTalker.connect(listener.port);
  talkers.push(talker);
  const plain = await talker.command("EHLO client.example");
  expect(plain.split("\n").map((line) => line.slice(4))).toEqual([
    "relay.example.com",
    "PIPELINING",
    "8BITMIME",
    "SMTPUTF8",
    "ENHANCEDSTATUSCODES",
    "AUTH PLAIN LOGIN",
    "STARTTLS",
    "SIZE 52428800",
  ]);
});

test("R-12 MAIL before TLS and AUTH is refused, and AUTH before TLS too", async () => {
  await start();
  const talker = await SmtpTalker.connect(listener.port);
  talkers.push(talker);
  await talker.command("EHLO client.example");
  expect(await talker.command("MAIL FROM:<a@example.com>")).toMatch(/^530 5\.7\.0 /);
  expect(await talker.login("app", "right")).toMatch(/^538 /);
  await talker.secure();
  expect(await talker.command("MAIL FROM:<a@example.com>")).toMatch(/^530 5\.7\.0 /);
  expect(await talker.login("app", "right")).toMatch(/^235 /);
  expect(await talker.command("MAIL FROM:<a@example.com>")).toMatch(/^250 /);
});

test("AUTH LOGIN works as well", async () => {
  await start();
  const talker = await talk("no login");
  expect(await talker.command("AUTH LOGIN")).toMatch(/^334 /);
  expect(await talker.command(Buffer.from("app").toString("base64"))).toMatch(/^334 /);
  expect(await talker.command(Buffer.from("right").toString("base64"))).toMatch(/^235 /);
});

test("the third failed login ends the connection; one that cannot be checked is 454", async () => {
  await start();
  const talker = await talk("no login");
  expect(await talker.login("broken", "right")).toMatch(/^454 4\.7\.0 /);
  expect(await talker.login("app", "wrong")).toMatch(/^535 5\.7\.8 /);
  expect(await talker.login("app", "wrong")).toMatch(/^535 /);
  expect(await talker.login("app", "wrong")).toMatch(/^421 /);
});

test("250 comes with the message and its envelope on disk, octet for octet", async () => {
  await start();
  const talker = await talk();
  await talker.envelope("a@example.com", "b@example.net", "c@example.net");
  const body = "from: a@example.com\r\nSUBJECT:odd  case\xe9\r\n\r\n.dot\r\n..two\r\n\xff\xfe caf\xe9 \t\r\nlast\r\n";
  talker.send(`${body.replaceAll(/^\./gm, "..")}.\r\n`);
  const reply = await talker.reply();
  const [id] = await stored();
  expect(reply).toBe(`250 2.0.0 queued as ${id}`);
  expect(await readFile(join(directory, `${id}.eml`), "latin1")).toBe(body);
  const loaded = await spool.load(id ?? "");
  expect(loaded?.envelope).toEqual(queued[0]);
  expect(loaded?.envelope).toMatchObject({
    principal: { tenant: "t1", sender: "app" },
    mailFrom: "a@example.com",
    recipients: [
      { address: "b@example.net", state: "queued" },
      { address: "c@example.net", state: "queued" },
    ],
    body: "8bitmime",
    smtpUtf8: false,
    signature: { state: "signed", fields: signature, signedAt: now, keyIds: ["key_1"] },
  });
  expect(loaded?.envelope.trace).toBe(
    `Received: from client.example ([127.0.0.1])\r\n\tby relay.example.com with ESMTPSA id ${id};\r\n\tFri, 15 Jan 2027 08:00:00 +0000\r\n`,
  );
});

const refusals: [name: string, message: string, reply: RegExp][] = [
  ["bare LF", "A: 1\r\n\r\na\nb\r\n.\r\n", /^550 5\.6\.0 bare <LF>/],
  ["bare CR", "A: 1\r\n\r\na\rb\r\n.\r\n", /^550 5\.6\.0 bare <CR>/],
  ["NUL", "A: 1\r\n\r\na\0b\r\n.\r\n", /^550 5\.6\.0 NUL/],
  ["DKIM-S-19 a line of 2000 octets", `A: 1\r\n\r\n${"x".repeat(2000)}\r\n.\r\n`, /^550 5\.6\.0 line over/],
  ["more octets than SIZE said", `A: 1\r\n\r\n${"x\r\n".repeat(100_000)}.\r\n`, /^552 5\.3\.4 /],
  ["a header without end", `${"A: 1\r\n".repeat(20_000)}.\r\n`, /^550 5\.6\.0 message header/],
  ["more fields than allowed", `${"A: 1\r\n".repeat(300)}\r\nb\r\n.\r\n`, /^550 5\.6\.0 message header/],
  ["50 Received fields", `${"Received: x\r\n".repeat(50)}\r\nb\r\n.\r\n`, /^554 5\.4\.6 /],
];

for (const [name, message, expected] of refusals) {
  test(`${name}: refused, nothing stored, and the connection goes on`, async () => {
    await start({ messageOctetsMax: 200_000, headerOctetsMax: 50_000, headerFieldsMax: 200 });
    const talker = await talk();
    await talker.envelope("a@example.com", "b@example.net");
    talker.send(message);
    expect(await talker.reply()).toMatch(expected);
    expect(await stored()).toEqual([]);
    expect(await talker.command("NOOP")).toMatch(/^250 /);
  });
}

test("49 Received fields are no loop", async () => {
  await start();
  const talker = await talk();
  await talker.envelope("a@example.com", "b@example.net");
  talker.send(`${"Received: x\r\n".repeat(49)}\r\nb\r\n.\r\n`);
  expect(await talker.reply()).toMatch(/^250 /);
});

const signings: [name: string, outcome: SignOutcome | Error, reply: string][] = [
  [
    "refused by the signer",
    { refuse: { code: 550, enhanced: "5.7.1", text: "two From fields" } },
    "550 5.7.1 two From fields",
  ],
  ["deferred by the signer", { defer: { text: "key store is away" } }, "451 4.7.5 key store is away"],
  ["a signer that throws", new Error("secret detail"), "451 4.3.0 message not taken, try later"],
  [
    "a signer that answers ok without a field",
    { ok: new Uint8Array(), keyIds: [] },
    "451 4.3.0 message not taken, try later",
  ],
];

for (const [name, result, expected] of signings) {
  test(`never unsigned: ${name} leaves nothing stored`, async () => {
    await start();
    outcome = result;
    const talker = await talk();
    await talker.envelope("a@example.com", "b@example.net");
    talker.send("From: a@example.com\r\n\r\nb\r\n.\r\n");
    expect(await talker.reply()).toBe(expected);
    expect(await readdir(directory)).toEqual(["quarantine"]);
  });
}

test("what `accept` refuses is neither signed nor stored", async () => {
  await start();
  const talker = await talk();
  await talker.envelope("a@example.org", "b@example.net");
  talker.send("From: a@example.org\r\n\r\nb\r\n.\r\n");
  expect(await talker.reply()).toBe("550 5.7.1 not your domain");
  expect(await stored()).toEqual([]);
});

const commands: [name: string, lines: string[], reply: RegExp][] = [
  ["SIZE over the limit", ["MAIL FROM:<a@example.com> SIZE=99999999999"], /^552 5\.3\.4 /],
  ["a MAIL parameter we would ignore", ["MAIL FROM:<a@example.com> RET=FULL"], /^555 5\.5\.4 /],
  ["REQUIRETLS", ["MAIL FROM:<a@example.com> REQUIRETLS"], /^555 5\.5\.4 /],
  [
    "a RCPT parameter we would ignore",
    ["MAIL FROM:<a@example.com>", "RCPT TO:<b@example.net> NOTIFY=NEVER"],
    /^555 5\.5\.4 /,
  ],
  ["BINARYMIME", ["MAIL FROM:<a@example.com> BODY=BINARYMIME"], /^501 /],
  ["BDAT", ["MAIL FROM:<a@example.com>", "RCPT TO:<b@example.net>", "BDAT 3 LAST"], /^500 /],
  ["an address beyond ASCII without SMTPUTF8", ["MAIL FROM:<\xc3\xa9@example.com>"], /^553 5\.6\.7 /],
  ["an address that is no UTF-8", ["MAIL FROM:<\xe9@example.com> SMTPUTF8"], /^501 /],
  ["an address beyond ASCII with SMTPUTF8", ["MAIL FROM:<\xc3\xa9@example.com> SMTPUTF8"], /^250 /],
  ["an apostrophe in a local part", ["MAIL FROM:<o'neill@example.com>"], /^250 /],
  ["a local part in quotes", ['MAIL FROM:<"a(\\"b"@example.com>'], /^250 /],
  ["a parenthesis in a local part", ["MAIL FROM:<(a@example.com>"], /^501 5\.1\.7 /],
  ["a local part whose quotes do not end", ['MAIL FROM:<"a@example.com>'], /^501 5\.1\.7 /],
  ["a source route before the sender", ["MAIL FROM:<@example.net,@example.org:a@example.com>"], /^501 5\.1\.7 /],
  ["a source route before a recipient", ["MAIL FROM:<a@example.com>", "RCPT TO:<@example.org:b@example.net>"], /^250 /],
  ["a semicolon in a recipient", ["MAIL FROM:<a@example.com>", "RCPT TO:<a;b@example.net>"], /^501 5\.1\.3 /],
  [
    "the third recipient of two",
    ["MAIL FROM:<a@example.com>", "RCPT TO:<b@example.net>", "RCPT TO:<c@example.net>", "RCPT TO:<d@example.net>"],
    /^452 4\.5\.3 /,
  ],
];

for (const [name, lines, expected] of commands) {
  test(`${name}: ${String(expected)}`, async () => {
    await start({ recipientsMax: 2 });
    const talker = await talk();
    let reply = "";
    for (const line of lines) reply = await talker.command(line);
    expect(reply).toMatch(expected);
  });
}

test("an A-label of the envelope stays an A-label", async () => {
  await start();
  const talker = await talk();
  await talker.envelope("a@example.com", "b@xn--bcher-kva.example");
  talker.send("From: a@example.com\r\n\r\nb\r\n.\r\n");
  await talker.reply();
  expect(queued[0]?.recipients[0]?.address).toBe("b@xn--bcher-kva.example");
});

describe("R-13 commands that do not wait", () => {
  test("a message sent before the reply to DATA ends the connection, and nothing is stored", async () => {
    await start();
    const talker = await talk();
    await talker.command("MAIL FROM:<a@example.com>");
    await talker.command("RCPT TO:<b@example.net>");
    talker.send("DATA\r\nFrom: a@example.com\r\n\r\nb\r\n.\r\n");
    expect(await talker.reply()).toMatch(/^(354|421) /);
    while ((await talker.reply()) !== "") continue;
    expect(talker.closed).toBe(true);
    expect(await stored()).toEqual([]);
  });

  test("RFC 2920 a pipelined group that ends in DATA is taken, and a group right behind <CRLF>.<CRLF> too", async () => {
    await start();
    const talker = await talk();
    const group = "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n";
    talker.send(group);
    for (const code of ["250", "250", "354"]) expect(await talker.reply()).toMatch(new RegExp(`^${code} `));
    talker.send(`From: a@example.com\r\n\r\nb\r\n.\r\n${group}`);
    for (const code of ["250", "250", "250", "354"]) expect(await talker.reply()).toMatch(new RegExp(`^${code} `));
    talker.send("From: a@example.com\r\n\r\nc\r\n.\r\nQUIT\r\n");
    for (const code of ["250", "221"]) expect(await talker.reply()).toMatch(new RegExp(`^${code} `));
    expect(await stored()).toHaveLength(2);
  });
});

test("R-13 smuggling: of 56 ways to write <CRLF>.<CRLF> wrong, none makes commands out of a message", async () => {
  await start();
  const talker = await talk();
  const ends = ["\r\n", "\n", "\r", "\r\r\n", "\n\r", "\0\r\n", "\r\0\n", ""];
  const variants = ends.flatMap((before) => ends.map((after) => `${before}.${after}`));
  let taken = 0;
  for (const variant of variants.filter((variant) => !variant.includes("\r\n.\r\n"))) {
    const message = `From: a@example.com\r\n\r\nbody${variant}MAIL FROM:<evil@example.com>\r\nRCPT TO:<v@example.net>\r\nDATA\r\n\r\nx\r\n`;
    const clean = !/\0|\r(?!\n)|(?<!\r)\n/.test(message);
    await talker.envelope("a@example.com", "b@example.net");
    talker.send(`${message}.\r\n`);
    expect(await talker.reply(), JSON.stringify(variant)).toMatch(clean ? /^250 / : /^550 5\.6\.0 /);
    expect(await talker.command("NOOP"), JSON.stringify(variant)).toMatch(/^250 2\.0\.0 OK/);
    taken += clean ? 1 : 0;
    expect(await stored(), JSON.stringify(variant)).toHaveLength(taken);
    if (!clean) continue;
    const octets = await readFile(join(directory, `${queued.at(-1)?.id}.eml`), "latin1");
    expect(octets).toBe(message.replaceAll("\r\n.", "\r\n"));
  }
  expect(taken).toBeGreaterThan(0);
});

test("F-39 a connection cut before the final dot leaves nothing", async () => {
  await start();
  const talker = await talk();
  await talker.envelope("a@example.com", "b@example.net");
  talker.send("From: a@example.com\r\n\r\nb\r\n.\r");
  await expect.poll(async () => (await readdir(directory)).some((name) => name.endsWith(".eml.tmp"))).toBe(true);
  talker.cut();
  await expect.poll(() => readdir(directory)).toEqual(["quarantine"]);
});

test("F-13 a full queue is 452 at MAIL, before any octet of a message", async () => {
  await start({}, { freeOctetsMin: Number.MAX_SAFE_INTEGER });
  const talker = await talk();
  expect(await talker.command("MAIL FROM:<a@example.com>")).toMatch(/^452 4\.3\.1 /);
});

test("F-46 at the high-water mark of messages new mail is 452", async () => {
  await start({}, { messagesMax: 1 });
  const talker = await talk();
  await talker.envelope("a@example.com", "b@example.net");
  talker.send("From: a@example.com\r\n\r\nb\r\n.\r\n");
  expect(await talker.reply()).toMatch(/^250 /);
  expect(await talker.command("MAIL FROM:<a@example.com>")).toMatch(/^452 /);
});

test("F-15 a failed fsync is 421 for this message and for all that come, and is not tried again", async () => {
  let syncs = 0;
  const sync = async (): Promise<void> => {
    syncs += 1;
    throw Object.assign(new Error("EIO"), { code: "EIO" });
  };
  await start({}, { sync });
  const talker = await talk();
  await talker.envelope("a@example.com", "b@example.net");
  talker.send("From: a@example.com\r\n\r\nb\r\n.\r\n");
  expect(await talker.reply()).toMatch(/^421 4\.3\.0 /);
  const next = await SmtpTalker.connect(listener.port);
  talkers.push(next);
  expect(next.greeting).toMatch(/^421 4\.3\.0 /);
  expect(syncs).toBe(1);
  expect(await stored()).toEqual([]);
});

test("R-36 a session that trickles is ended at its limit", async () => {
  await start({ sessionSecondsMax: 1 });
  const talker = await talk();
  await talker.envelope("a@example.com", "b@example.net");
  const drip = setInterval(() => talker.send("x"), 50);
  expect(await talker.reply()).toMatch(/^421 4\.4\.2 /);
  clearInterval(drip);
  await expect.poll(() => readdir(directory)).toEqual(["quarantine"]);
});

test("close ends idle connections at once", async () => {
  await start();
  const talker = await talk();
  await listener.close();
  expect(await talker.reply()).toMatch(/^421 /);
});
