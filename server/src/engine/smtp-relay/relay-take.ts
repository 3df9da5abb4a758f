import assert from "node:assert/strict";
import { isAscii } from "node:buffer";
import type { StoredMessage } from "./message-store.ts";
import type { Principal, QueuedMessage } from "./queued-message.ts";
import type { Transfer } from "./receive.ts";
import type { Checkpoint, RelayEvent } from "./relay-event.ts";
import { type Reply, STORE_FAULT_REPLY } from "./reply.ts";
import { receivedField } from "./trace.ts";

/**
 * A message as its signer sees it: the octets as received, before our Received field. `id` and `receivedAt` (epoch seconds)
 * stay the same when it is signed anew, so that a Message-ID or Date that was missing can be made the same again.
 */
export type SignableMessage = StoredMessage & {
  id: string;
  receivedAt: number;
  header: Uint8Array;
  mailFrom: string;
  recipients: readonly string[];
};

/**
 * What the signing service answers. `ok`: header fields, each ending in <CRLF>, to put on top of the message (a Date or
 * Message-ID that was missing stands below the signature that covers it). `refuse`: never, with a 5yz reply. `defer`: not
 * now, which becomes 451 on the way in and a retry on the way out. There is no fourth: nothing is sent unsigned.
 */
export type SignOutcome =
  | { ok: Uint8Array; keyIds: string[] }
  | { refuse: { code: number; enhanced: string; text: string } }
  | { defer: { text: string } };

export type Sign = (principal: Principal, message: SignableMessage) => Promise<SignOutcome>;

export type TakeOptions = {
  /** Epoch seconds. */
  now: () => number;
  /** Whether this principal may send this at all, asked before signing; a reply refuses. */
  accept: (
    principal: Principal,
    envelope: { mailFrom: string; recipients: readonly string[] },
    header: Uint8Array,
  ) => Promise<Reply | undefined>;
  sign: Sign;
  report: (event: RelayEvent) => void;
  /** Told of a message that is durable now, so that delivery can begin. */
  queued: (message: QueuedMessage) => void;
  checkpoint?: (at: Checkpoint) => void;
};

/** Takes one message: may it be sent, sign it, make it durable, and only then 250. */
export function relayTake(options: TakeOptions): (transfer: Transfer<QueuedMessage>) => Promise<Reply> {
  return async (transfer) => {
    const { principal, draft, header, mailFrom, recipients } = transfer;
    const refused = async (reply: Reply): Promise<Reply> => {
      await draft.discard();
      options.report({ event: "refused", ...principal, ...reply });
      return reply;
    };
    const unwelcome = await options.accept(principal, { mailFrom, recipients }, header);
    if (unwelcome !== undefined) return refused(unwelcome);
    const receivedAt = transfer.now;
    const outcome = await options.sign(principal, {
      ...draft.message(),
      id: draft.id,
      receivedAt,
      header,
      mailFrom,
      recipients,
    });
    if ("refuse" in outcome) {
      return refused({ code: outcome.refuse.code, text: `${outcome.refuse.enhanced} ${outcome.refuse.text}` });
    }
    if ("defer" in outcome) return refused({ code: 451, text: `4.7.5 ${outcome.defer.text}` });
    const fields = signatureFields(outcome.ok);
    const now = options.now();
    const stored = await draft.commit({
      principal,
      mailFrom,
      recipients: recipients.map((address) => ({ address, state: "queued" })),
      receivedAt,
      nextAttemptAt: now,
      attempts: 0,
      body: transfer.eightBit || transfer.declaredEightBit ? "8bitmime" : "7bit",
      smtpUtf8: transfer.declaredSmtpUtf8 && needsSmtpUtf8(transfer),
      trace: receivedField({ ...transfer.peer, hostname: transfer.hostname, id: draft.id, now: receivedAt }),
      signature: { state: "signed", fields, signedAt: now, keyIds: outcome.keyIds },
    });
    if (!stored.ok) return refused(STORE_FAULT_REPLY[stored.fault]);
    options.checkpoint?.("stored");
    options.queued(stored.value);
    options.report({
      event: "accepted",
      id: draft.id,
      ...principal,
      recipients: recipients.length,
      octets: stored.value.octets,
      keyIds: outcome.keyIds,
    });
    return { code: 250, text: `2.0.0 queued as ${draft.id}` };
  };
}

/** A client that declares SMTPUTF8 by habit does not tie a plain message to hops that have it. */
function needsSmtpUtf8({ header, mailFrom, recipients }: Transfer<QueuedMessage>): boolean {
  return !isAscii(header) || [mailFrom, ...recipients].some((address) => !isAscii(Buffer.from(address)));
}

/** Fields as the envelope keeps them, one character an octet. No fields at all would be mail sent unsigned: a bug. */
export function signatureFields(octets: Uint8Array): string {
  const fields = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("latin1");
  assert(/^(?:[^\r\n\0]+\r\n)+$/.test(fields), "a signer answered ok without whole header fields");
  return fields;
}
