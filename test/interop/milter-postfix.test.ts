import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Postfix, startPostfix } from "../postfix.ts";
import { always, type Milter, type Sink, smtpClient, startMilter, startSink } from "./milter-rig.ts";

const run = promisify(execFile);

const header = [
  "From: Alice <a@example.com>",
  "To: b@example.net",
  "Subject:  two spaces,",
  "\tand a fold",
  "Date: Sun, 22 Nov 2026 00:00:00 +0000",
  "Message-ID: <1@example.com>",
];
const message = [...header, "", "Hello,", ".leading dot", "..two of them", "", "bye", ""].join("\r\n");

let sink: Sink;
let milter: Milter;
/** Speaks milter version 6. */
let postfix: Postfix;
/** Speaks version 4, without HDR_LEADSPC. */
let oldPostfix: Postfix;

beforeAll(async () => {
  sink = await startSink();
  milter = await startMilter();
  const ports = { nextHopPort: sink.port, smtpdMilters: [milter.server.port], nonSmtpdMilters: [milter.server.port] };
  [postfix, oldPostfix] = await Promise.all([
    startPostfix({
      ...ports,
      settings: {
        smtpd_authorized_xclient_hosts: "127.0.0.0/8",
        message_size_limit: "0",
        mynetworks: "127.0.0.0/8, 192.0.2.0/24",
      },
    }),
    startPostfix({ ...ports, settings: { milter_protocol: "4" } }),
  ]);
});
afterAll(async () => {
  await Promise.all([postfix.stop(), oldPostfix.stop()]);
  await milter.server.close();
  await sink.close();
});
afterEach(() => {
  milter.messages.length = 0;
  milter.faults.length = 0;
  milter.decide = always({ action: "accept" });
});

/** Without the Received field that Postfix writes. */
const withoutReceived = (octets: string): string => octets.replace(/Received: from [^\n]*\n(?:[ \t][^\n]*\n)*/, "");

/** Everything that was taken has gone somewhere. */
async function emptyQueue(instance: Postfix): Promise<void> {
  for (let i = 0; i < 100 && (await instance.queued()).length > 0; i++) await sleep(50);
  expect(await instance.queued()).toEqual([]);
}

const insert = (name: string, value: string, index = 0) => ({ kind: "insert", index, name, value }) as const;

describe("header fields on their way through Postfix", () => {
  test.each(["6", "4"])(
    "MLT-12 MLT-13 MLT-15 version %s: inserted fields stand on top, octet for octet",
    async (version) => {
      const headerChanges = [insert("X-First", " a;\r\n\tb=c\r\n d"), insert("X-Second", " x")];
      milter.decide = always({ action: "accept", headerChanges });
      const client = await smtpClient(version === "6" ? postfix.port : oldPostfix.port);
      const { octets } = await sink.arrival(await client.send(message));
      const top = "X-First: a;\r\n\tb=c\r\n d\r\nX-Second: x\r\n";
      expect(octets.slice(0, top.length + 9)).toBe(`${top}Received:`);
      expect(withoutReceived(octets)).toBe(top + message);
    },
  );

  test("MLT-10 MLT-11 the policy sees every field as it was sent, and not Postfix's own Received", async () => {
    const subjects = ["x", " x", "  x", "\tx", " a\r\n\tb\r\n  c", "", " ", "\r\n x"].map(
      (value) => `Subject:${value}`,
    );
    // Postfix would add a date and a Message-ID.
    const fields = ["From: a@example.com", ...subjects, `Long: ${"x".repeat(900)}`, ...header.slice(-2)];
    const client = await smtpClient(postfix.port);
    const reply = await client.send([...fields, "", "body", ""].join("\r\n"));
    const [opened] = milter.messages;
    expect(opened?.header.map((field) => field.raw)).toEqual(fields.map((field) => `${field}\r\n`));
    expect(opened?.leadingSpaceKnown).toBe(true);
    expect((await sink.arrival(reply)).octets).toContain(subjects.join("\r\n"));
  });

  test("MLT-11 without HDR_LEADSPC the message says that the space is a guess", async () => {
    const reply = await (await smtpClient(oldPostfix.port)).send(message);
    expect(milter.messages[0]?.leadingSpaceKnown).toBe(false);
    expect(milter.messages[0]?.header.map((field) => field.raw).join("")).toBe(`${header.join("\r\n")}\r\n`);
    await sink.arrival(reply);
  });

  test("MLT-15 index 1 stands below the first field that we saw", async () => {
    milter.decide = always({ action: "accept", headerChanges: [insert("X-Top", " 0"), insert("X-Below", " 1", 1)] });
    const reply = await (await smtpClient(postfix.port)).send(message);
    const names = (await sink.arrival(reply)).octets.match(/^[A-Za-z-]+(?=:)/gm);
    expect(names?.slice(0, 4)).toEqual(["X-Top", "Received", "X-Below", "From"]);
  });

  test("MLT-16 two of three fields of one name are removed, and a new one is put on top", async () => {
    const name = "Authentication-Results";
    const fields = ["mx.example; none", "other.example; none", "mx.example; dkim=pass"].map((v) => `${name}: ${v}\r\n`);
    milter.decide = always({
      action: "accept",
      headerChanges: [
        insert(name, " mx.example; dkim=fail"),
        { kind: "remove", index: 1, name },
        { kind: "remove", index: 3, name },
      ],
    });
    const reply = await (await smtpClient(postfix.port)).send(fields.join("") + message);
    const left = (await sink.arrival(reply)).octets.match(/^Authentication-Results:.*$/gm)?.map((line) => line.trim());
    expect(left).toEqual([`${name}: mx.example; dkim=fail`, `${name}: other.example; none`]);
  });
});

describe("what becomes of a message", () => {
  test.each([
    ["tempfail", { action: "tempfail" }, /^451 4\.7\.1 /],
    ["reject", { action: "reject" }, /^550 5\.7\.1 /],
    [
      "a tempfail in our words",
      { action: "tempfail", reply: { code: 450, enhanced: "4.3.0", text: "later" } },
      /^450 4\.3\.0 later$/,
    ],
    [
      "MLT-23 a rejection in our words, percent and all",
      { action: "reject", reply: { code: 554, enhanced: "5.7.9", text: "100% no\nsee %s" } },
      /^554-5\.7\.9 100% no\n554 5\.7\.9 see %s$/,
    ],
  ] as const)("%s reaches the client, and nothing the next hop", async (_, outcome, expected) => {
    const before = sink.arrived.length;
    const client = await smtpClient(postfix.port);
    milter.decide = always(outcome);
    expect(await client.send(message)).toMatch(expected);
    milter.decide = async () => ({ kind: "decided", final: outcome });
    expect(await client.send(message)).toMatch(expected);
    milter.decide = always({ action: "accept" });
    await sink.arrival(await client.send(message));
    expect(sink.arrived.length).toBe(before + 1);
    await emptyQueue(postfix);
  });

  test("discard is accepted and goes nowhere", async () => {
    milter.decide = always({ action: "discard" });
    const before = sink.arrived.length;
    expect(await (await smtpClient(postfix.port)).send(message)).toMatch(/^250 /);
    await emptyQueue(postfix);
    expect(sink.arrived.length).toBe(before);
  });

  test("MLT-18 a quarantined message is put on hold", async () => {
    milter.decide = always({ action: "accept", quarantine: "p=quarantine" });
    expect(await (await smtpClient(postfix.port)).send(message)).toMatch(/^250 /);
    expect(await postfix.queued()).toEqual([expect.stringMatching(/^hold /)]);
    await run("/usr/sbin/postsuper", ["-c", postfix.configDirectory, "-d", "ALL"]);
  });

  test("MLT-31 a policy that throws makes Postfix defer", async () => {
    milter.decide = async () => {
      throw new Error("no database");
    };
    expect(await (await smtpClient(postfix.port)).send(message)).toMatch(/^451 4\.7\.1 /);
    expect(milter.faults).toEqual([expect.objectContaining({ kind: "decision-failed", problem: "no database" })]);
  });
});

describe("connections", () => {
  test("MLT-06 RSET, a second EHLO and several messages keep a connection in step", async () => {
    milter.decide = always({ action: "accept", headerChanges: [insert("X-Seen", " yes")] });
    const client = await smtpClient(postfix.port);
    await client.command("MAIL FROM:<old@example.com>");
    await client.command("RCPT TO:<old@example.net>");
    await client.command("RSET");
    const replies = [await client.send(message)];
    await client.command("EHLO second.example");
    for (let i = 0; i < 3; i++) replies.push(await client.send(message, { from: "" }));
    await client.command("NOSUCHCOMMAND");
    replies.push(await client.send(message));
    for (const reply of replies) expect((await sink.arrival(reply)).octets).toMatch(/^X-Seen: yes\r\n/);
    expect(milter.messages.map(({ helo, mailFrom }) => [helo, mailFrom.address])).toEqual([
      ["client.example", "a@example.com"],
      ["second.example", ""],
      ["second.example", ""],
      ["second.example", ""],
      ["second.example", "a@example.com"],
    ]);
    expect(milter.faults).toEqual([]);
  });

  test("MLT-09 MLT-26 envelope and macros are Postfix's, never the message's", async () => {
    const client = await smtpClient(postfix.port);
    await client.command("XCLIENT LOGIN=alice ADDR=192.0.2.7 NAME=client.example");
    await client.command("EHLO client.example");
    const spoofed = `auth_authen: eve\r\n{auth_authen}: eve\r\n${message}`;
    const from = Buffer.from("jürgen@example.com", "utf8").toString("latin1");
    const reply = await client.send(spoofed, { from, parameters: " SMTPUTF8 BODY=8BITMIME" });
    expect(reply).toMatch(/^250 /);
    const [seen] = milter.messages;
    expect(seen?.mailFrom).toEqual({
      address: "jürgen@example.com",
      parameters: ["SMTPUTF8", "BODY=8BITMIME"],
      smtputf8: true,
      bodyType: "8BITMIME",
    });
    expect(seen?.recipients.map(({ address }) => address)).toEqual(["b@example.net"]);
    expect(seen?.connect).toMatchObject({ hostname: "client.example", family: "inet", address: "192.0.2.7" });
    expect(Object.fromEntries(seen?.macros ?? [])).toMatchObject({
      auth_authen: "alice",
      client_addr: "192.0.2.7",
      daemon_name: "mx.example.com",
      i: expect.stringMatching(/^[0-9A-F]+$/),
      j: "mx.example.com",
      rcpt_addr: "b@example.net",
    });
    await sink.arrival(reply);
  });

  test("F-34 a client that disconnects in the middle leaves nothing behind", async () => {
    const client = await smtpClient(postfix.port);
    for (const line of ["MAIL FROM:<a@example.com>", "RCPT TO:<b@example.net>", "DATA"]) await client.command(line);
    client.write("Subject: x\r\n\r\nbo");
    client.disconnect();
    const before = sink.arrived.length;
    await sink.arrival(await (await smtpClient(postfix.port)).send(message));
    expect(sink.arrived.length).toBe(before + 1);
    expect(milter.messages).toHaveLength(1);
  });

  test("swaks gets its message through with the field on top", async () => {
    milter.decide = always({ action: "accept", headerChanges: [insert("X-Seen", " yes")] });
    const to = ["--server", `127.0.0.1:${postfix.port}`, "--from", "a@example.com", "--to", "b@example.net"];
    await run("swaks", [...to, "--header", "Subject: from swaks", "--body", "hello"]);
    const { octets } = await sink.arrival("\r\nSubject: from swaks\r\n");
    expect(octets).toMatch(/^X-Seen: yes\r\nReceived:/);
  });

  test("MLT-29 mail from sendmail(1) passes the same way", async () => {
    milter.decide = always({ action: "accept", headerChanges: [insert("X-Seen", " yes")] });
    const local = `Subject: from sendmail\r\n${message.replace(/Subject:.*\r\n.*\r\n/, "")}`;
    await postfix.sendmail(local.replaceAll("\r\n", "\n"), "b@example.net", "c@example.net");
    const { octets, recipients } = await sink.arrival("\r\nSubject: from sendmail\r\n");
    expect(octets).toMatch(/^X-Seen: yes\r\nReceived: by mx\.example\.com/);
    expect(octets.endsWith(local)).toBe(true);
    expect(recipients).toEqual(["b@example.net", "c@example.net"]);
    expect(milter.messages[0]).toMatchObject({
      connect: { hostname: "localhost", family: "inet", address: "127.0.0.1" },
      mailFrom: { address: "root@example.com" },
    });
  });

  test("MLT-19 a body of 20 MB with every kind of line passes through the policy as it arrives", async () => {
    const body = `.dot\r\n..\r\n \r\n${"x".repeat(900)}\r\n\xff\r\n`.repeat(22_000);
    const chunks: string[] = [];
    const update = (chunk: Uint8Array): void => void chunks.push(Buffer.from(chunk).toString("latin1"));
    milter.decide = async () => ({ kind: "body", sink: { update, finish: async () => ({ action: "accept" }) } });
    const client = await smtpClient(postfix.port);
    const { octets } = await sink.arrival(await client.send(`${header.join("\r\n")}\r\n\r\n${body}`));
    expect(octets.slice(octets.indexOf("\r\n\r\n") + 4) === body).toBe(true);
    expect(chunks.join("") === body).toBe(true);
    expect(chunks.length).toBeGreaterThan(100);
  });
});

describe("F-35 a milter that dies", () => {
  test("at the end of a message, or is not there at all: Postfix defers and nothing is delivered", async () => {
    const child = fork(new URL("milter-child.ts", import.meta.url), {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const [port] = (await once(child, "message")) as [number];
    const doomed = await startPostfix({ nextHopPort: sink.port, smtpdMilters: [port] });
    try {
      const before = sink.arrived.length;
      const client = await smtpClient(doomed.port);
      const answer = client.send(message);
      await once(child, "message");
      child.kill("SIGKILL");
      expect(await answer).toMatch(/^451 4\.7\.1 /);
      expect(await client.send(message)).toMatch(/^4/);
      expect(await (await smtpClient(doomed.port)).send(message)).toMatch(/^4/);
      await sleep(300);
      expect(sink.arrived.length).toBe(before);
      expect(await doomed.queued()).toEqual([]);
    } finally {
      child.kill("SIGKILL");
      await doomed.stop();
    }
  });
});
