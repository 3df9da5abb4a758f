import { createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatKeyRecord } from "chancery/dkim";
import { loadConfig } from "../../server/src/app/config.ts";
import { type DataDirectory, openDataDirectory } from "../../server/src/app/data-directory.ts";
import { openKeystore } from "../../server/src/app/keystore.ts";
import type { Log } from "../../server/src/app/log.ts";
import { kekFileOf, openConfiguredDatabase, prepare } from "../../server/src/app/prepare.ts";
import { startMilter } from "../../server/src/app/roles/milter.ts";
import { startRelay } from "../../server/src/app/roles/relay.ts";
import { markDomainVerified } from "../../server/src/engine/database/domains.ts";
import { newId } from "../../server/src/engine/database/id.ts";
import { appendKeyFact } from "../../server/src/engine/database/key-facts.ts";
import { insertKey } from "../../server/src/engine/database/keys.ts";
import { insertRotation } from "../../server/src/engine/database/rotations.ts";
import { addDomain, someKey, someRotation } from "../../server/src/engine/database/rows.fixture.ts";
import type { Database } from "../../server/src/engine/database/schema.ts";
import { findTenantByName, insertTenant } from "../../server/src/engine/database/tenants.ts";
import { transact } from "../../server/src/engine/database/transact.ts";
import { sealKey } from "../../server/src/engine/keystore/envelope.ts";
import type { Kek } from "../../server/src/engine/keystore/kek.ts";
import { generateKeypair } from "../../server/src/engine/keystore/keypair.ts";
import { connectFakeMta } from "../../server/src/engine/milter-server/fake-mta.ts";
import { addSender } from "../../server/src/service/access/senders.ts";
import { type SmtpSink, SmtpTalker, startSink } from "../fakes/smtp-sink.ts";

export const login = "app@attack.test";
const password = "correct horse battery";

/** Where a submission ended: at which command, with which reply. */
export type Submitted = { at: "MAIL" | "RCPT" | "DATA" | "end"; reply: string };

/**
 * The relay and the milter as they run, over a database with two customers: the one that sends owns attack.test (and is the
 * tenant `default`, whose mail the milter signs), the other owns legitimate.test. What is sent comes to `sink`.
 */
export class Signers {
  readonly sink: SmtpSink;
  readonly records: Record<string, string>;
  readonly #close: () => Promise<void>;
  readonly #relayPort: number;
  readonly #milterPort: number;

  private constructor(parts: {
    sink: SmtpSink;
    records: Record<string, string>;
    close: () => Promise<void>;
    relayPort: number;
    milterPort: number;
  }) {
    this.sink = parts.sink;
    this.records = parts.records;
    this.#close = parts.close;
    this.#relayPort = parts.relayPort;
    this.#milterPort = parts.milterPort;
  }

  static async start(): Promise<Signers> {
    const root = mkdtempSync(join(tmpdir(), "chancery-hostile-"));
    const sink = await startSink();
    const loaded = loadConfig({
      environment: {},
      options: {
        "data.dir": root,
        "relay.listen": "127.0.0.1:0",
        "milter.listen": "127.0.0.1:0",
        "relay.next_hop": `127.0.0.1:${sink.port}`,
      },
    });
    const directory: DataDirectory = openDataDirectory(root);
    const prepared = await prepare(loaded, directory, 1);
    if (!prepared.ok) throw new Error(prepared.problem);
    const db = await openConfiguredDatabase(loaded, directory);
    const { kek } = await openKeystore(db, kekFileOf(loaded, directory), 1);
    const sending = await findTenantByName(db, "default");
    if (sending === undefined) throw new Error("there is no default tenant");
    const other = newId("ten");
    await insertTenant(db, { id: other, name: "other", createdAt: 1 });
    const records = {
      ...(await addActiveDomain(db, kek, sending.id, "attack.test")),
      ...(await addActiveDomain(db, kek, other, "legitimate.test")),
    };
    await addSender(db, { tenantId: sending.id, kind: "smtp", name: login, password }, "test", 1);
    await db.destroy();
    const context = {
      loaded,
      directory,
      log: silent,
      othersListening: Promise.resolve(),
      rolesDown: () => [],
    };
    const relay = await startRelay(context);
    const milter = await startMilter(context);
    const portOf = (listening: string | undefined): number => Number(listening?.split(":").at(-1));
    return new Signers({
      sink,
      records,
      relayPort: portOf(relay.listening),
      milterPort: portOf(milter.listening),
      close: async () => {
        await Promise.all([relay.close(), milter.close()]);
        await sink.close();
        rmSync(root, { recursive: true });
      },
    });
  }

  /** Hands a message in, as octet text, after STARTTLS and AUTH. `mailFrom` stands between the angle brackets. */
  async submit(mailFrom: string, message: string): Promise<Submitted> {
    const talker = await SmtpTalker.connect(this.#relayPort);
    try {
      await talker.secure();
      await talker.login(login, password);
      let reply = await talker.command(`MAIL FROM:<${mailFrom}>`);
      if (!reply.startsWith("250")) return { at: "MAIL", reply };
      reply = await talker.command("RCPT TO:<victim@example.net>");
      if (!reply.startsWith("250")) return { at: "RCPT", reply };
      reply = await talker.command("DATA");
      if (!reply.startsWith("354")) return { at: "DATA", reply };
      talker.send(`${message.replaceAll(/(^|\r\n)\./g, "$1..")}${message.endsWith("\r\n") ? "" : "\r\n"}.\r\n`);
      return { at: "end", reply: await talker.reply() };
    } finally {
      talker.cut();
    }
  }

  /** The milter's answer to mail of an authenticated client: its replies after the end of the header or of the message. */
  async filter(fields: readonly [name: string, value: string][], from = "any@attack.test"): Promise<string[]> {
    const mta = await connectFakeMta(this.#milterPort);
    try {
      const header = fields.map(([name, value]) => `${name}\0${value.replaceAll("\r\n", "\n")}\0`);
      return await mta.deliver({ macros: "{auth_authen}\0app\0", header, from });
    } finally {
      mta.socket.destroy();
    }
  }

  close(): Promise<void> {
    return this.#close();
  }
}

const nothing = (): void => {};
const silent: Log = { error: nothing, warn: nothing, info: nothing, debug: nothing };

/** A verified domain with one Ed25519 key that signs; what its key name says. */
async function addActiveDomain(
  db: Database,
  kek: Kek,
  tenantId: string,
  name: string,
): Promise<Record<string, string>> {
  const { id: domainId } = await addDomain(db, tenantId, name);
  const rotation = someRotation(tenantId, domainId, newId("rot"));
  const blank = someKey(tenantId, domainId, rotation.id);
  const { algorithm, bits, privateKey, publicKey, spkiSha256 } = await generateKeypair({ algorithm: "ed25519-sha256" });
  const keyName = `${blank.selector}._domainkey.${name}`;
  const record = formatKeyRecord(createPublicKey(privateKey));
  const belonging = { tenantId, domainId, keyId: blank.id, version: 1, algorithm };
  const sealed = await sealKey(kek, belonging, privateKey);
  await transact(db, async (trx) => {
    await markDomainVerified(trx, tenantId, domainId, 1);
    await insertRotation(trx, rotation);
    await insertKey(trx, { ...blank, keyName, algorithm, bits, publicKey, record, spkiSha256, sealed });
    for (const kind of ["generated", "activated"])
      await appendKeyFact(trx, { keyId: blank.id, kind, evidence: {}, at: 1, trustedMs: 1 });
  });
  return { [keyName]: record };
}
