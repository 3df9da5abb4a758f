import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Relay, startRelay } from "../../server/src/engine/smtp-relay/relay.ts";
import { selfSignedCertificate } from "../../server/src/engine/smtp-relay/self-signed.ts";
import { type SmtpSink, startSink } from "../fakes/smtp-sink.ts";

/** swaks as a client that is not ours. Its exit status: 0 sent, 24 RCPT or MAIL refused, 26 DATA refused, 28 no AUTH, 29 no TLS. */
const run = promisify(execFile);

let directory: string;
let sink: SmtpSink;
let relay: Relay;

const now = (): number => Date.now() / 1000;

beforeAll(async () => {
  await run("swaks", ["--version"]).catch(() => {
    throw new Error("this test needs swaks (Debian: swaks, libnet-ssleay-perl)");
  });
  directory = await mkdtemp(join(tmpdir(), "relay-swaks-"));
  sink = await startSink();
  const hostname = "relay.example.com";
  relay = await startRelay({
    listen: { host: "127.0.0.1", port: 0 },
    hostname,
    tls: selfSignedCertificate({ hostname, now: now() }),
    directory: join(directory, "spool"),
    nextHop: () => ({ host: "127.0.0.1", port: sink.port }),
    postmaster: `postmaster@${hostname}`,
    now,
    authenticate: async (login, password) =>
      login === "app@example.com" && password === "p w:\u00e4" ? { tenant: "t1", sender: login } : undefined,
    accept: async (_principal, { mailFrom }) =>
      mailFrom.endsWith("@example.com") ? undefined : { code: 550, text: "5.7.1 not your domain" },
    sign: async () => ({ ok: Buffer.from("DKIM-Signature: v=1; d=example.com; b=AAAA\r\n"), keyIds: ["key_1"] }),
    stillValid: async () => true,
    signatureAgeMaxSeconds: () => 86_400,
    report: () => undefined,
    queue: { freeOctetsMin: 0 },
  });
});

afterAll(async () => {
  await relay.close();
  await sink.close();
  await rm(directory, { recursive: true });
});

beforeEach(() => {
  sink.messages.length = 0;
});

const login = ["--auth-user", "app@example.com", "--auth-password", "p w:\u00e4"];

async function swaks(...options: string[]): Promise<{ status: number; log: string }> {
  const common = [
    "--server",
    `127.0.0.1:${relay.port}`,
    "--from",
    "a@example.com",
    "--to",
    "b@example.net",
    "--timeout",
    "5",
  ];
  return run("swaks", [...common, ...options]).then(
    ({ stdout }) => ({ status: 0, log: stdout }),
    (error: { code: number; stdout: string }) => ({ status: error.code, log: error.stdout }),
  );
}

const rows: [name: string, options: string[], status: number, log: RegExp][] = [
  ["STARTTLS and AUTH PLAIN", ["--tls", "--auth", "PLAIN", ...login], 0, /250 2\.0\.0 queued as /],
  ["STARTTLS and AUTH LOGIN", ["--tls", "--auth", "LOGIN", ...login], 0, /250 2\.0\.0 queued as /],
  ["PIPELINING", ["--tls", "--pipeline", "--auth", "PLAIN", ...login], 0, /250 2\.0\.0 queued as /],
  ["R-12 no AUTH", ["--tls"], 23, /530 5\.7\.0 /],
  ["R-12 AUTH in the clear", ["--auth", "PLAIN", ...login], 28, /538 /],
  [
    "R-12 a wrong password",
    ["--tls", "--auth", "PLAIN", "--auth-user", "app@example.com", "--auth-password", "x"],
    28,
    /535 5\.7\.8 /,
  ],
  ["R-12 a mechanism that is not offered", ["--tls", "--auth", "CRAM-MD5", ...login], 28, /250-AUTH PLAIN LOGIN/],
  ["R-7 another's domain", ["--tls", "--auth", "PLAIN", ...login, "--from", "x@example.org"], 26, /550 5\.7\.1 /],
];

for (const [name, options, status, log] of rows) {
  test(`${name}: swaks ends with ${status}`, async () => {
    const found = await swaks(...options);
    expect(found.log).toMatch(log);
    expect(found.status).toBe(status);
    if (status === 0) await expect.poll(() => sink.messages.length).toBe(1);
    else expect(relay.queued).toBe(0);
  });
}

test("DKIM-S-17 a message with dots, 8-bit octets and long lines leaves as swaks sent it", async () => {
  const lines = [
    "From: a@example.com",
    "Subject: caf\u00e9",
    "",
    ".",
    "..",
    ".x",
    "\u00e9".repeat(400),
    "x".repeat(998),
    "",
    " \t",
  ];
  const file = join(directory, "message.eml");
  await writeFile(file, lines.map((line) => `${line}\r\n`).join(""));
  const { status } = await swaks("--tls", "--auth", "PLAIN", ...login, "--data", `@${file}`);
  expect(status).toBe(0);
  await expect.poll(() => sink.messages.length).toBe(1);
  const text = sink.messages[0]?.octets.toString("utf8") ?? "";
  expect(text.slice(text.indexOf("From:"))).toContain(lines.slice(0, 9).join("\r\n"));
  expect(text.slice(0, text.indexOf("From:"))).toMatch(
    /^Received: [^]*\r\nDKIM-Signature: v=1; d=example\.com; b=AAAA\r\n$/,
  );
});

test("DKIM-S-19 a line of 2000 octets is refused", async () => {
  const { status, log } = await swaks("--tls", "--auth", "PLAIN", ...login, "--body", "x".repeat(2000));
  expect(log).toMatch(/550 5\.6\.0 /);
  expect(status).toBe(26);
});

test("R-12 a message that has been through 50 hosts is a loop", async () => {
  const headers = Array.from({ length: 50 }, (_, at) => [
    "--add-header",
    `Received: from h${at}.example.net by x; now`,
  ]);
  const { status, log } = await swaks("--tls", "--auth", "PLAIN", ...login, ...headers.flat());
  expect(log).toMatch(/554 5\.4\.6 /);
  expect(status).toBe(26);
});

test("RFC 5321 §4.5.3.1.8 a long list of recipients goes a hundred at a time, all at once", async () => {
  const recipients = Array.from({ length: 150 }, (_, at) => `r${at}@example.net`);
  const { status } = await swaks("--tls", "--auth", "PLAIN", ...login, "--h-To", "list", "--to", recipients.join(","));
  expect(status).toBe(0);
  await expect.poll(() => sink.messages.length).toBe(2);
  expect(sink.messages.map((message) => message.recipients.length)).toEqual([100, 50]);
  expect(sink.messages.flatMap((message) => message.recipients)).toEqual(recipients);
});
