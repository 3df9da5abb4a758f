import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatKeyRecord } from "chancery/dkim";
import { listKeyFacts } from "../../engine/database/key-facts.ts";
import { addKeyUses } from "../../engine/database/key-uses.ts";
import { listKeysOfDomain } from "../../engine/database/keys.ts";
import { transact } from "../../engine/database/transact.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { Secret } from "../../engine/keystore/secret.ts";
import { type KeyImport, importKeyOf } from "./import-key.ts";
import { refreshOwnZones } from "./own-zones.ts";
import { contains, type Controller, dns, request, type Stage, stageOf } from "./lifecycle.fixture.ts";
import { withdrawKey } from "./withdraw-key.ts";

let made: Stage;
let controller: Controller;
const open = async (method: "txt" | "customer-key"): Promise<void> => {
  made = await stageOf(await freshDatabase(), { method });
  controller = made.controller();
};
afterEach(() => made.close());

const rows = () => listKeysOfDomain(made.db, made.tenantId, made.domainId);
const keyUnder = async (selector: string) => {
  const row = (await rows()).find((one) => one.selector === selector);
  if (row === undefined) throw new Error(`no key under ${selector}`);
  return row;
};
const publish = async (selector: string, change = (record: string) => record): Promise<void> => {
  const { keyName, record } = await keyUnder(selector);
  made.authorities.published.set(keyName, { texts: [change(record)] });
};
const factsOf = async (selector: string): Promise<string[]> => {
  const { id } = await keyUnder(selector);
  return (await listKeyFacts(made.db, made.tenantId, [id])).map(({ kind }) => kind);
};
/** Visits for so long, whatever comes of it. */
async function wait(seconds: number): Promise<void> {
  const until = made.wallSeconds() + seconds;
  await made.run(controller, () => made.wallSeconds() >= until, seconds + 600);
}

describe("txt: the customer keeps the records", () => {
  beforeEach(() => open("txt"));
  const first = "feb2026-s-ed25519";
  const second = "feb2026-s-ed25519-2";

  test("a key signs when the customer has published it, however it spells the record", async () => {
    await made.run(controller, contains(`${first} publishing`));
    await publish(first, (record) => record.replaceAll("; ", ";").replace("p=", "n=ours; p= "));
    await made.run(controller, contains(`${first} active`));
    expect(await factsOf(first)).toEqual(["generated", "publishing", "asked", "confirmed", "ready", "activated"]);
  });

  test("I-20 a customer who does nothing is reminded, and keeps what it has; each rotation has a new selector", async () => {
    await made.run(controller, contains(`${first} publishing`));
    await publish(first);
    await made.run(controller, contains(`${first} active`));
    await request(made);
    await wait(400);
    expect(await made.phases()).toBe(`${first} active, ${second} publishing`);
    const reminded = (await factsOf(second)).filter((kind) => kind === "reminded");
    expect(reminded).toHaveLength(3); // after 30, 90 and 300 seconds: the lab's policy
    await publish(second);
    await made.run(controller, contains(`${first} draining, ${second} active`), 1200);
    await made.run(controller, contains(`${first} withdrawing`), 1200);
  });

  test("what may go counts as public until it is gone; its private half goes on schedule all the same", async () => {
    await made.run(controller, contains(`${first} publishing`));
    await publish(first);
    await made.run(controller, contains(`${first} active`));
    await request(made);
    await made.run(controller, contains(`${second} publishing`));
    await publish(second);
    await made.run(controller, contains(`${first} withdrawing`), 1200);
    await wait(200);
    expect(await made.phases()).toContain(`${first} withdrawing`);
    expect(await factsOf(first)).toContain("discarded");
    expect((await keyUnder(first)).sealed).toBeNull();
    made.authorities.published.delete((await keyUnder(first)).keyName);
    await made.run(controller, contains(`${first} destroyed`), 2400);
  });

  test("a record of another key does not let the key sign", async () => {
    await made.run(controller, contains(`${first} publishing`));
    await publish(first, () => formatKeyRecord(generateKeyPairSync("ed25519").publicKey));
    await wait(30);
    expect(await made.phases()).toBe(`${first} publishing`);
  });
});

describe("customer-key: the customer brings the keys", () => {
  beforeEach(() => open("customer-key"));
  const pair = () => generateKeyPairSync("ed25519").privateKey;
  const pem = (key: ReturnType<typeof pair>): Secret<string> =>
    new Secret(key.export({ format: "pem", type: "pkcs8" }) as string);
  const bring = (selector: string, key: KeyImport["key"], more: Partial<KeyImport> = {}, texts: string[] = []) =>
    importKeyOf(
      { ...controller.deps, look: async () => texts },
      { tenantId: made.tenantId, domainId: made.domainId, selector, key, requestedBy: "test", ...more },
    );
  const withdraw = (selector: string, yes: boolean) =>
    withdrawKey(controller.deps, {
      tenantId: made.tenantId,
      domainId: made.domainId,
      selector,
      yes,
      requestedBy: "test",
    });

  test("nothing is made here, and what is brought signs once its record is seen", async () => {
    await wait(20);
    expect(await made.phases()).toBe("");
    const key = pair();
    const listed = await bring("mail", { privateKey: pem(key) });
    expect(listed).toMatchObject({ selector: "mail", origin: "shared", keeper: "customer", phase: "generated" });
    expect(JSON.stringify(listed)).not.toContain(key.export({ format: "jwk" }).d);
    await publish("mail");
    await made.run(controller, contains("mail active"));
    made.settings.policy = { ...made.settings.policy, rotateAfterSeconds: 60 };
    await wait(100); // this key is not ours to rotate
    expect(await made.phases()).toBe("mail active");
    await expect(request(made)).rejects.toMatchObject({
      code: "invalid-input",
      message: expect.stringContaining("key import"),
    });
  });

  test("a second key takes over under its own selector; the first stays until the customer says so, and a while more", async () => {
    await bring("one", { privateKey: pem(pair()) });
    await publish("one");
    await made.run(controller, contains("one active"));
    await refreshOwnZones(made.db, { ...made.settings, dns, now: Math.floor(made.wallSeconds()) });
    await bring("two", { privateKey: pem(pair()) }, { host: true });
    await expect(bring("three", { privateKey: pem(pair()) })).rejects.toMatchObject({ code: "rotation-queued" });
    const { recordName, keyName } = await keyUnder("two");
    made.authorities.published.set(keyName, { alias: recordName });
    await made.run(controller, contains("one draining, two active"));
    await wait(200);
    expect(await made.phases()).toBe("one draining, two active");
    expect((await keyUnder("one")).sealed).toBeNull();
    const unused = { lastUsedAt: null, signatures: 0, recentSignatures: 0, elsewhere: { state: "unknown" } };
    expect(await withdraw("one", false)).toMatchObject({ declared: false, lastUse: unused });
    const lastAt = Math.floor(made.wallSeconds());
    const uses = { keyId: (await keyUnder("one")).id, signatures: 3, firstAt: lastAt - 5, lastAt };
    await transact(made.db, (trx) => addKeyUses(trx, [uses]));
    const used = { lastUsedAt: lastAt, signatures: 3, recentSignatures: 3 };
    expect(await withdraw("one", false)).toMatchObject({ declared: false, lastUse: used });
    await expect(withdraw("two", true)).rejects.toMatchObject({ code: "not-ready" });
    const declaredAt = made.wallSeconds();
    expect(await withdraw("one", true)).toMatchObject({ declared: true, key: { phase: "draining" } });
    await made.run(controller, contains("one withdrawing"), 1200);
    // L 3, in flight 17, clocks 2, and 10 for others' signatures: the lab's policy
    expect(made.wallSeconds() - declaredAt).toBeGreaterThan(32);
  });

  test("a public half alone is hosted, and nothing happens to it but by its owner's command", async () => {
    const publicKey = createPublicKey(pair()).export({ format: "pem", type: "spki" }) as string;
    expect(await bring("theirs", { publicKey })).toMatchObject({ origin: "hosted", keeper: "us" });
    const { recordName, keyName, sealed } = await keyUnder("theirs");
    expect(sealed).toBeNull();
    made.authorities.published.set(keyName, { alias: recordName });
    await made.run(controller, contains("theirs ready"));
    made.settings.policy = { ...made.settings.policy, rotateAfterSeconds: 60, watchIntervalSeconds: 60 };
    await wait(200);
    expect(await made.phases()).toBe("theirs ready");
    await withdraw("theirs", true);
    expect(await made.phases()).toBe("theirs draining");
    await made.run(controller, contains("theirs destroyed"), 2400);
  });

  test("I-15 a key that is known here is refused without telling whose, and a selector never takes another key", async () => {
    const key = pair();
    await bring("mail", { privateKey: pem(key) });
    await expect(bring("other", { privateKey: pem(key) })).rejects.toMatchObject({
      message: expect.stringContaining("selector mail"),
    });
    await withdraw("mail", true);
    await expect(bring("mail", { privateKey: pem(pair()) })).rejects.toMatchObject({ code: "already-exists" });
    const standing = formatKeyRecord(generateKeyPairSync("ed25519").publicKey);
    await expect(bring("fixed", { privateKey: pem(pair()) }, {}, [standing])).rejects.toMatchObject({
      message: expect.stringContaining("carries another key"),
    });
  });

  test("halves of two pairs, and a private key where a public one belongs, are refused without quoting them", async () => {
    const key = pair();
    const publicKey = createPublicKey(pair()).export({ format: "pem", type: "spki" }) as string;
    await expect(bring("mail", { privateKey: pem(key), publicKey })).rejects.toThrow("two key pairs");
    const wrong = await bring("mail", { publicKey: pem(key).open() }).catch((error: unknown) => String(error));
    expect(wrong).toContain("private key");
    expect(wrong).not.toContain(pem(key).open().split("\n")[1]);
  });

  test("only a domain whose owner brings the keys takes them", async () => {
    await made.close();
    await open("txt");
    await expect(bring("mail", { privateKey: pem(pair()) })).rejects.toThrow("--method customer-key");
  });
});
