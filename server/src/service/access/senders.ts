import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { newId } from "../../engine/database/id.ts";
import type { Page, PageRequest } from "../../engine/database/page.ts";
import type { Database, SenderRow } from "../../engine/database/schema.ts";
import { findSenderByName, insertSender, listSenders, removeSender } from "../../engine/database/senders.ts";
import { transact } from "../../engine/database/transact.ts";
import { Refusal } from "../refusal.ts";
import { hashPassword, PasswordMemory } from "./password.ts";

/** A sender that was added. `password` is there when it was made here: it is shown once. */
export type AddedSender = SenderRow & { password: string | null };

/**
 * Adds a client that may hand us mail: an SMTP login, or the IP address of an MTA that uses the milter. A login names one
 * tenant, whoever's it is, so a name that is taken is refused without saying by whom.
 */
export async function addSender(
  db: Database,
  sender: {
    tenantId: string;
    kind: SenderRow["kind"];
    name: string;
    password?: string | undefined;
    /** Its mail is signed under this stream of whatever domain has it; absent: under the default stream. */
    stream?: string | undefined;
  },
  actor: string,
  now: number,
): Promise<AddedSender> {
  const { tenantId, kind, name, stream = "" } = sender;
  if (kind === "milter" && stream !== "")
    throw new Refusal(
      "invalid-input",
      "the peers of a milter are bound to a tenant, not to a stream: --stream is for SMTP logins",
    );
  if (kind === "milter" && isIP(name) === 0)
    throw new Refusal("invalid-input", `${name} is not an IP address; a milter peer is known by its address`);
  if (kind === "smtp" && !/^[\x21-\x7e]{1,255}$/.test(name))
    throw new Refusal("invalid-input", "a login has printable ASCII characters without blanks");
  const made = kind === "smtp" && sender.password === undefined ? randomBytes(18).toString("base64url") : null;
  const password = sender.password ?? made;
  const secretHash = kind === "smtp" && password !== null ? await hashPassword(password) : null;
  const row = { id: newId("snd"), tenantId, kind, name, secretHash, stream, createdAt: now };
  await transact(db, async (trx) => {
    if (!(await insertSender(trx, row))) throw new Refusal("already-exists", `there is a sender ${name} already`);
    await appendAuditLog(trx, {
      tenantId,
      at: now,
      actor,
      action: "sender.add",
      subject: name,
      detail: { kind, stream },
    });
  });
  return { ...row, changedIn: 0, removedAt: null, password: made };
}

export const senders = (db: Database, tenantId: string, page: PageRequest): Promise<Page<SenderRow>> =>
  listSenders(db, tenantId, page);

export async function dropSender(
  db: Database,
  tenantId: string,
  kind: SenderRow["kind"],
  name: string,
  actor: string,
  now: number,
): Promise<void> {
  const sender = await findSenderByName(db, kind, name);
  if (sender === undefined || sender.tenantId !== tenantId)
    throw new Refusal("not-found", `there is no sender ${name}`);
  await transact(db, async (trx) => {
    await removeSender(trx, tenantId, sender.id, now);
    await appendAuditLog(trx, { tenantId, at: now, actor, action: "sender.remove", subject: name, detail: { kind } });
  });
}

/** Checks an SMTP login. The answer says for which tenant, and nothing about why not. */
export class SenderLogin {
  readonly #db: Database;
  readonly #memory = new PasswordMemory();

  constructor(db: Database) {
    this.#db = db;
  }

  async principalOf(
    login: string,
    password: string,
  ): Promise<{ tenantId: string; login: string; stream: string } | undefined> {
    const sender = await findSenderByName(this.#db, "smtp", login);
    if (sender?.secretHash == null) {
      await this.#memory.matches(password, decoy); // a name that is not there takes as long as a wrong password
      return undefined;
    }
    const { tenantId, stream, secretHash } = sender;
    return (await this.#memory.matches(password, secretHash)) ? { tenantId, login, stream } : undefined;
  }
}

const decoy = `argon2id$${Buffer.alloc(16).toString("base64url")}$${Buffer.alloc(32).toString("base64url")}`;
