import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SmtpTalker } from "../../../../test/fakes/smtp-sink.ts";
import { type IngestedMessage, type IngestStore, openIngestStore, startIngest } from "./ingest-store.ts";
import type { Listener } from "./listener.ts";
import { selfSignedCertificate } from "./self-signed.ts";

const now = 1_800_000_000;
const tls = selfSignedCertificate({ hostname: "ingest.example.com", now });
let directory: string;
let store: IngestStore;
let listener: Listener;
let stored: IngestedMessage[];
let talker: SmtpTalker;

const open = (): Promise<IngestStore> =>
  openIngestStore({
    directory,
    now: () => now,
    messagesMax: 10,
    freeOctetsMin: 0,
    messageOctetsMax: 1000,
    quarantined: () => undefined,
  });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "ingest-"));
  stored = [];
  store = await open();
  listener = await startIngest({
    listen: { host: "127.0.0.1", port: 0 },
    hostname: "ingest.example.com",
    tls,
    now: () => now,
    store,
    wanted: async (address) => address === "reports@example.com",
    failed: () => undefined,
    stored: (message) => stored.push(message),
  });
  talker = await SmtpTalker.connect(listener.port);
});

afterEach(async () => {
  talker.cut();
  await listener.close();
  await rm(directory, { recursive: true });
});

test("mail for a wanted address is taken from anyone, and is on disk with the 250", async () => {
  const extensions = await talker.command("EHLO reporter.example");
  expect(extensions).toContain("STARTTLS");
  expect(extensions).not.toContain("AUTH");
  await talker.envelope("", "reports@example.com");
  talker.send("From: a@example.net\r\n\r\n..report\r\n.\r\n");
  expect(await talker.reply()).toBe(`250 2.0.0 taken as ${stored[0]?.id}`);
  expect(await readFile(join(directory, `${stored[0]?.id}.eml`), "latin1")).toBe(
    "From: a@example.net\r\n\r\n.report\r\n",
  );
  const again = await open();
  expect((await again.load(stored[0]?.id ?? ""))?.envelope).toEqual({
    id: stored[0]?.id,
    octets: 32,
    mailFrom: "",
    recipients: ["reports@example.com"],
    receivedAt: now,
    peer: { address: "127.0.0.1", greeting: "reporter.example", protocol: "ESMTP" },
  });
});

test("R-12 any other address is refused: this is no relay", async () => {
  await talker.command("EHLO reporter.example");
  expect(await talker.envelope("a@example.net", "b@example.org")).toMatch(/^550 5\.7\.1 /);
  expect(await talker.command("DATA")).toMatch(/^503 /);
});

test("AUTH is not known here", async () => {
  await talker.secure();
  expect(await talker.login("app", "right")).toMatch(/^500 /);
});

test("STARTTLS works", async () => {
  await talker.secure();
  await talker.envelope("a@example.net", "reports@example.com");
  talker.send("A: 1\r\n\r\nb\r\n.\r\n");
  expect(await talker.reply()).toMatch(/^250 /);
  expect(stored[0]?.peer.protocol).toBe("ESMTPS");
});

test("what cannot be kept octet for octet is refused here too", async () => {
  await talker.command("EHLO reporter.example");
  await talker.envelope("a@example.net", "reports@example.com");
  talker.send("A: 1\r\n\r\nb\n.\r\n\r\n.\r\n");
  expect(await talker.reply()).toMatch(/^550 5\.6\.0 /);
  expect(await readdir(directory)).toEqual(["quarantine"]);
});
