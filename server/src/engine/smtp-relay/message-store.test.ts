import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Sync } from "./durable-file.ts";
import { newId, tenantTag } from "./message-store.ts";
import type { QueuedMessage } from "./queued-message.ts";
import { openSpool, type Spool } from "./spool.ts";

const now = 1_800_000_000;
let directory: string;
let quarantined: string[];

const open = (options: { sync?: Sync; messagesMax?: number } = {}): Promise<Spool> =>
  openSpool({
    directory,
    now: () => now,
    messagesMax: 10,
    freeOctetsMin: 0,
    messageOctetsMax: 1000,
    quarantined: (id, problem) => quarantined.push(`${id}: ${problem}`),
    ...options,
  });

const envelope: Omit<QueuedMessage, "id" | "octets"> = {
  principal: { tenant: "t1", sender: "app" },
  mailFrom: "a@example.com",
  recipients: [{ address: "b@example.net", state: "queued" }],
  receivedAt: now,
  nextAttemptAt: now + 0.5,
  attempts: 0,
  body: "7bit",
  smtpUtf8: false,
  trace: "Received: x\r\n",
  signature: { state: "signed", fields: "DKIM-Signature: \xe9\r\n", signedAt: now, keyIds: ["k"] },
};

async function put(spool: Spool, text = "A: 1\r\n\r\nb\r\n"): Promise<string> {
  const draft = await spool.draft("t1");
  if (!draft.ok) throw new Error(draft.fault);
  await draft.value.write(Buffer.from(text));
  const stored = await draft.value.commit(envelope);
  if (!stored.ok) throw new Error(stored.fault);
  return stored.value.id;
}

async function entries(spool: Spool): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of spool.entries()) ids.push(id);
  return ids;
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "spool-"));
  quarantined = [];
});
afterEach(() => rm(directory, { recursive: true }));

test("what was stored is found after a restart: octets, envelope, due time, tenant", async () => {
  const id = await put(await open());
  const spool = await open();
  expect(spool.count).toBe(1);
  const found = [];
  for await (const entry of spool.entries()) found.push(entry);
  expect(found).toEqual([{ id, tenant: tenantTag(newId("t1", 0)), due: now + 0.5 }]);
  const loaded = await spool.load(id);
  expect(loaded?.envelope).toEqual({ ...envelope, id, octets: 11 });
  let text = "";
  for await (const chunk of loaded?.message.read() ?? []) text += Buffer.from(chunk).toString();
  expect(text).toBe("A: 1\r\n\r\nb\r\n");
});

test("only the owner can read the files", async () => {
  const id = await put(await open());
  for (const kind of ["eml", "json"]) expect((await stat(join(directory, `${id}.${kind}`))).mode & 0o777).toBe(0o600);
});

test("files and directory are synced before commit resolves, in this order: octets, envelope, names", async () => {
  const synced: string[] = [];
  const sync: Sync = async (handle) => {
    const names = await readdir(directory);
    const kind = (await handle.stat()).isDirectory() ? "names" : (names.find((name) => name.endsWith(".tmp")) ?? "?");
    synced.push(kind.replace(/^.*?\./, ""));
    await handle.sync();
  };
  await put(await open({ sync }));
  expect(synced).toEqual(["eml.tmp", "json.tmp", "names"]);
});

test("an update replaces the envelope and the due time", async () => {
  const spool = await open();
  const id = await put(spool);
  const loaded = await spool.load(id);
  if (loaded === undefined) throw new Error("not stored");
  await spool.update({ ...loaded.envelope, attempts: 3, nextAttemptAt: now + 60 });
  expect((await spool.load(id))?.envelope).toMatchObject({ attempts: 3, nextAttemptAt: now + 60 });
  for await (const { due } of spool.entries()) expect(due).toBe(now + 60);
});

test("what a crash left is cleared at the start, and nothing else", async () => {
  const id = await put(await open());
  const leftovers = ["x.eml.tmp", "x.json.tmp", `${newId("t", now)}.eml`];
  for (const name of leftovers) await writeFile(join(directory, name), "half");
  const spool = await open();
  expect((await readdir(directory)).sort()).toEqual([`${id}.eml`, `${id}.json`, "quarantine"].sort());
  expect(spool.count).toBe(1);
});

const corruptions: [name: string, corrupt: (file: string) => Promise<void>][] = [
  ["an envelope cut short", (file) => truncate(`${file}.json`, 40)],
  ["an empty envelope", (file) => truncate(`${file}.json`, 0)],
  ["an envelope of another form", (file) => writeFile(`${file}.json`, '{"id":"x"}')],
  [
    "an envelope without a signature",
    async (file) => {
      const text = await readFile(`${file}.json`, "utf8");
      await writeFile(`${file}.json`, text.replace(/"fields": "[^"]*"/, '"fields": ""'));
    },
  ],
  ["octets cut short", (file) => truncate(`${file}.eml`, 3)],
  ["octets that are gone", (file) => unlink(`${file}.eml`)],
];

for (const [name, corrupt] of corruptions) {
  test(`${name}: put aside with a report, not lost and not in the way`, async () => {
    const spool = await open();
    const [bad, good] = [await put(spool), await put(spool)];
    await corrupt(join(directory, bad));
    expect(await spool.load(bad)).toBeUndefined();
    expect(await entries(spool)).toEqual([good]);
    expect(spool.count).toBe(1);
    expect(quarantined).toHaveLength(1);
    expect(await readdir(join(directory, "quarantine"))).toContain(`${bad}.json`);
  });
}

test("F-13 ENOSPC while a message is written leaves nothing and does not break the store", async () => {
  let failing = true;
  const sync: Sync = async () => {
    if (failing) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
  };
  const spool = await open({ sync });
  const draft = await spool.draft("t1");
  if (!draft.ok) throw new Error("no draft");
  await draft.value.write(Buffer.from("A: 1\r\n"));
  expect(await draft.value.commit(envelope)).toEqual({ ok: false, fault: "full" });
  expect(await readdir(directory)).toEqual(["quarantine"]);
  failing = false;
  expect(await entries(spool)).toEqual([]);
  await put(spool);
  expect(spool.count).toBe(1);
});

test("F-15 a failed fsync of the directory breaks the store for good, and the message is not in the queue", async () => {
  const sync: Sync = async (handle) => {
    if ((await handle.stat()).isDirectory()) throw Object.assign(new Error("i/o"), { code: "EIO" });
  };
  const spool = await open({ sync });
  const draft = await spool.draft("t1");
  if (!draft.ok) throw new Error("no draft");
  expect(await draft.value.commit(envelope)).toEqual({ ok: false, fault: "broken" });
  expect(await readdir(directory)).toEqual(["quarantine"]);
  expect(spool.broken).toBe(true);
  expect(await spool.draft("t1")).toEqual({ ok: false, fault: "broken" });
  expect(await spool.room()).toBe("broken");
});

test("removal takes the envelope first, and one that fails breaks the store", async () => {
  const spool = await open();
  const id = await put(spool);
  // With a folder in the place of the octets, the second half of the removal fails: the message must be gone by then.
  await unlink(join(directory, `${id}.eml`));
  await mkdir(join(directory, `${id}.eml`));
  expect(await spool.remove(id)).toEqual({ ok: false, fault: "broken" });
  expect(await spool.has(id)).toBe(false);
  expect(spool.broken).toBe(true);
});

test("room: the count of messages is a limit", async () => {
  const spool = await open({ messagesMax: 1 });
  expect(await spool.room()).toBe("room");
  await put(spool);
  expect(await spool.room()).toBe("full");
});

test("an id with a seed is the same each time, and no other", () => {
  expect(newId("t", now, "a")).toBe(newId("t", now, "a"));
  expect(newId("t", now, "a")).not.toBe(newId("t", now, "b"));
  expect(newId("t", now)).not.toBe(newId("t", now));
});
