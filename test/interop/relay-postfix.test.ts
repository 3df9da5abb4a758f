import { execFile } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openIngestStore, startIngest } from "../../server/src/engine/smtp-relay/ingest-store.ts";
import { type Relay, startRelay } from "../../server/src/engine/smtp-relay/relay.ts";
import { selfSignedCertificate } from "../../server/src/engine/smtp-relay/self-signed.ts";
import { type SmtpSink, SmtpTalker, startSink } from "../fakes/smtp-sink.ts";

/** relay → Postfix → sink, and Postfix → ingest: what an MTA that is not ours makes of our octets, and we of its. */
const run = promisify(execFile);

let directory: string;
let sink: SmtpSink;
let relay: Relay;
let postfixPort: number;

const now = (): number => Date.now() / 1000;
const hostname = "relay.example.com";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A Postfix of its own: own queue, own log, one port, everything handed on to `nextPort`. */
async function startPostfix(nextPort: number, port: number): Promise<void> {
  const config = join(directory, "postfix");
  const queue = join(directory, "queue");
  const library = join(directory, "lib");
  for (const made of [config, queue, library]) await mkdir(made);
  await chmod(directory, 0o755);
  const { stdout } = await run("id", ["-u", "postfix"]);
  await chown(library, Number(stdout), 0);
  const main = {
    compatibility_level: "3.6",
    queue_directory: queue,
    data_directory: library,
    maillog_file: join(directory, "log"),
    maillog_file_prefixes: directory,
    inet_interfaces: "127.0.0.1",
    inet_protocols: "ipv4",
    myhostname: "postfix.example.net",
    mydestination: "",
    mynetworks: "127.0.0.0/8",
    relayhost: `[127.0.0.1]:${nextPort}`,
    smtp_host_lookup: "native",
    smtpd_forbid_unauth_pipelining: "yes",
    disable_mime_output_conversion: "no",
    smtp_tls_security_level: "may",
    smtpd_tls_security_level: "may",
    smtpd_tls_cert_file: join(config, "cert.pem"),
    smtpd_tls_key_file: join(config, "key.pem"),
    smtputf8_enable: "yes",
    message_size_limit: "100000000",
  };
  const { cert, key } = selfSignedCertificate({ hostname: "postfix.example.net", now: now() });
  await writeFile(main.smtpd_tls_cert_file, cert);
  await writeFile(main.smtpd_tls_key_file, key, { mode: 0o600 });
  await writeFile(
    join(config, "main.cf"),
    Object.entries(main)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(""),
  );
  const services = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    "pickup unix n - n 60 1 pickup",
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "rewrite unix - - n - - trivial-rewrite",
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    ...["bounce", "defer", "trace"].map((name) => `${name} unix - - n - 0 bounce`),
    "smtp unix - - n - - smtp",
    "relay unix - - n - - smtp",
    ...["proxymap", "anvil", "scache", "verify", "flush", "error", "discard", "showq"].map(
      (name) => `${name} unix - - n - 1 ${name}`,
    ),
    "retry unix - - n - - error",
    "postlog unix-dgram n - n - 1 postlogd",
  ];
  await writeFile(join(config, "master.cf"), `${services.join("\n")}\n`);
  await run("postfix", ["-c", config, "start"]);
}

beforeAll(async () => {
  await run("postconf", ["mail_version"]).catch(() => {
    throw new Error("this test needs Postfix (Debian: postfix) and root");
  });
  directory = await mkdtemp(join(tmpdir(), "relay-postfix-"));
  sink = await startSink();
  postfixPort = await freePort();
  await startPostfix(sink.port, postfixPort);
  relay = await startRelay({
    listen: { host: "127.0.0.1", port: 0 },
    hostname,
    tls: selfSignedCertificate({ hostname, now: now() }),
    directory: join(directory, "spool"),
    nextHop: () => ({ host: "127.0.0.1", port: postfixPort }),
    postmaster: `postmaster@${hostname}`,
    now,
    authenticate: async (login) => ({ tenant: login, sender: login }),
    accept: async () => undefined,
    sign: async () => ({ ok: Buffer.from("DKIM-Signature: v=1; d=example.com; b=AAAA\r\n"), keyIds: ["key_1"] }),
    stillValid: async () => true,
    signatureAgeMaxSeconds: () => 86_400,
    report: () => undefined,
    queue: { freeOctetsMin: 0 },
    retry: { firstSeconds: 0.5, capSeconds: 1 },
  });
});

afterAll(async () => {
  await relay?.close();
  await run("postfix", ["-c", join(directory, "postfix"), "stop"]).catch(() => undefined);
  await sink.close();
  await rm(directory, { recursive: true });
});

beforeEach(() => {
  sink.messages.length = 0;
});

async function submit(text: string, parameters = ""): Promise<string> {
  const talker = await SmtpTalker.connect(relay.port);
  await talker.secure();
  await talker.login("app", "x");
  await talker.command(`MAIL FROM:<a@example.com>${parameters}`);
  await talker.command("RCPT TO:<b@example.net>");
  await talker.command("DATA");
  talker.send(`${text.replaceAll(/(^|\r\n)\./g, "$1..")}.\r\n`);
  const reply = await talker.reply();
  talker.cut();
  return reply;
}

const bodies: [name: string, text: string][] = [
  ["plain text", "one\r\ntwo\r\n"],
  ["dots at the start of lines", ".\r\n..\r\n...\r\n.x\r\n\r\n.\r\n"],
  ["blanks at the end of lines and of the message", "a \t\r\n \r\n\t\r\n\r\n\r\n"],
  ["Latin-1", "caf\xe9 \xff\xfe\x80\r\n"],
  [
    "all other control octets",
    `${Array.from({ length: 27 }, (_, at) => at + 1)
      .filter((at) => at !== 10 && at !== 13)
      .map((at) => String.fromCharCode(at))
      .join("")}\r\n`,
  ],
  ["lines of 998 octets", `${"x".repeat(998)}\r\n${".".repeat(997)}\r\n`],
  ["a text that looks like commands", "QUIT\r\nMAIL FROM:<x@example.com>\r\nRSET\r\n"],
  ["nothing", ""],
];

for (const [name, body] of bodies) {
  test(`R-13 DKIM-S-17 through Postfix, octet for octet: ${name}`, async () => {
    const text = `From: a@example.com\r\nTo: b@example.net\r\nMessage-ID: <1@example.com>\r\nDate: Sun, 22 Nov 2026 00:00:00 +0000\r\nsUbJect:odd   case\r\n\tfolded\r\n\r\n${body}`;
    expect(await submit(text)).toMatch(/^250 /);
    await expect.poll(() => sink.messages.length, { timeout: 10_000 }).toBe(1);
    const found = sink.messages[0]?.octets.toString("latin1") ?? "";
    expect(found.slice(found.indexOf("DKIM-Signature:"))).toBe(`DKIM-Signature: v=1; d=example.com; b=AAAA\r\n${text}`);
    expect(found).toMatch(new RegExp(`^Received: from ${hostname} `));
  });
}

test("the way to Postfix is encrypted, without anybody having set up a certificate", async () => {
  await submit("From: a@example.com\r\n\r\nx\r\n");
  await expect.poll(() => sink.messages.length, { timeout: 10_000 }).toBe(1);
  expect(sink.messages[0]?.octets.toString("latin1")).toMatch(/\(Postfix\) with ESMTPS id /);
});

test("SMTPUTF8 and 8BITMIME are handed on as they were declared", async () => {
  await submit("From: \xc3\xa9@example.com\r\n\r\nx\r\n", " SMTPUTF8 BODY=8BITMIME");
  await expect.poll(() => sink.messages.length, { timeout: 10_000 }).toBe(1);
  expect(sink.messages[0]?.mailParameters).toMatch(/BODY=8BITMIME/);
  expect(sink.messages[0]?.mailParameters).toMatch(/SMTPUTF8/);
});

test("Postfix hands mail to ingest, over the STARTTLS of a certificate that nobody set up", async () => {
  const ingestDirectory = join(directory, "ingest");
  const store = await openIngestStore({
    directory: ingestDirectory,
    now,
    messagesMax: 10,
    freeOctetsMin: 0,
    messageOctetsMax: 10_000_000,
    quarantined: () => undefined,
  });
  const stored: string[] = [];
  const listener = await startIngest({
    listen: { host: "127.0.0.1", port: 0 },
    hostname: "ingest.example.com",
    tls: selfSignedCertificate({ hostname: "ingest.example.com", now: now() }),
    now,
    store,
    wanted: async (address) => address === "reports@example.com",
    failed: () => undefined,
    stored: ({ id, peer }) => stored.push(id, peer.protocol),
  });
  const config = join(directory, "postfix");
  await run("postconf", ["-c", config, "-e", `relayhost=[127.0.0.1]:${listener.port}`]);
  await run("postfix", ["-c", config, "reload"]);
  try {
    const talker = await SmtpTalker.connect(postfixPort);
    await talker.command("EHLO client.example");
    await talker.envelope("a@example.net", "reports@example.com");
    const body = `${".".repeat(500)}\r\n..\r\ncaf\xe9\r\n`.repeat(2000);
    talker.send(`From: a@example.net\r\n\r\n${body.replaceAll(/^\./gm, "..")}.\r\n`);
    expect(await talker.reply()).toMatch(/^250 /);
    talker.cut();
    await expect.poll(() => stored.length, { timeout: 15_000 }).toBe(2);
    expect(stored[1]).toBe("ESMTPS");
    const text = await readFile(join(ingestDirectory, `${stored[0]}.eml`), "latin1");
    expect(text.slice(text.indexOf("\r\n\r\n") + 4)).toBe(body);
  } finally {
    await listener.close();
  }
});
