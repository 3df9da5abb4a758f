import { setTimeout as sleep } from "node:timers/promises";
import { type Bounce, type FailedRecipient, headerOf } from "./bounce.ts";
import type { StoredMessage } from "./message-store.ts";
import type { QueuedMessage, Recipient } from "./queued-message.ts";
import type { Checkpoint, RelayEvent } from "./relay-event.ts";
import { type Sign, signatureFields } from "./relay-take.ts";
import { retryDelaySeconds, type RetryPolicy } from "./retry.ts";
import { type HopOutcome, type HopTimeouts, sendMessage } from "./smtp-client.ts";
import type { Spool } from "./spool.ts";

export type AttemptOptions = {
  spool: Spool;
  /** Epoch seconds. */
  now: () => number;
  /** In [0, 1), for the jitter. */
  random: () => number;
  /** Asked anew for each attempt; undefined: none is set, and mail waits. */
  hop: () => { host: string; port: number } | undefined;
  hostname: string;
  timeouts: HopTimeouts;
  retry: RetryPolicy;
  sign: Sign;
  /** Whether mail may still go out under these keys; when not, the message is signed anew (F-47). */
  stillValid: (keyIds: readonly string[]) => Promise<boolean>;
  /** Q_own: a signature older than this is made anew before the message leaves. */
  signatureAgeMaxSeconds: () => number;
  bounce: Bounce;
  report: (event: RelayEvent) => void;
  checkpoint?: (at: Checkpoint) => void;
  /** Aborted: hang up on the next hop and record no more than is known. */
  closing: AbortSignal;
};

/**
 * One attempt at one message: sign anew where needed, hand over, record, notify. Answers when the message is due again;
 * undefined when it is done with. What was recorded is never done twice; what was done and not recorded may be.
 */
export async function attemptDelivery(id: string, options: AttemptOptions): Promise<number | undefined> {
  const { spool, now, report } = options;
  const loaded = await spool.load(id);
  if (loaded === undefined) return undefined;
  const { envelope, message: stored } = loaded;
  // The due time of a file may have come from a copy or another clock; the envelope knows better.
  if (envelope.nextAttemptAt > now() && envelope.nextAttemptAt <= now() + options.retry.capSeconds * 2) {
    return envelope.nextAttemptAt;
  }
  let message = envelope;
  if (message.recipients.some(({ state }) => state === "queued")) {
    const { message: sent, outcomes } = await handOver(message, stored, options);
    // We hung up ourselves: that is no attempt, and after the restart the message is as due as it was.
    if (options.closing.aborted && outcomes.every(({ outcome }) => outcome === "deferred")) return undefined;
    message = concluded(sent, outcomes, options);
    options.checkpoint?.("handed-over");
    for (const { address } of outcomes) reportRecipient(message, address, report);
  }
  const failed = message.recipients.filter(isUnreported);
  if (failed.length > 0) {
    if (!(await journal(message, options))) return undefined;
    options.checkpoint?.("journaled");
    if (!(await notify(message, failed, stored, options))) return now() + options.retry.firstSeconds;
    options.checkpoint?.("notified");
    message = { ...message, recipients: message.recipients.map(asReported) };
  }
  if (!message.recipients.some(({ state }) => state === "queued")) {
    // The record that all is done is that the envelope is gone.
    const removed = await spool.remove(id);
    if (!removed.ok) report({ event: "stalled", id, problem: removed.fault });
    return undefined;
  }
  return (await journal(message, options)) ? message.nextAttemptAt : undefined;
}

const isUnreported = (recipient: Recipient): recipient is FailedRecipient =>
  recipient.state === "failed" && !recipient.reported;

const asReported = (recipient: Recipient): Recipient =>
  recipient.state === "failed" ? { ...recipient, reported: true } : recipient;

function reportRecipient(message: QueuedMessage, address: string, report: AttemptOptions["report"]): void {
  const recipient = message.recipients.find((one) => one.address === address);
  if (recipient === undefined) return;
  const event = recipient.state === "queued" ? "deferred" : recipient.state;
  report({ event, id: message.id, recipient: address, reply: recipient.reply ?? "" });
}

/** RFC 5321 §4.5.3.1.8: every hop takes a hundred recipients in a transaction; some take no more. */
const TRANSACTION_RECIPIENTS_MAX = 100;

/** Whose turn it is: of a long list those who were never tried, a transaction at a time; then all who wait. */
function turn(message: QueuedMessage): string[] {
  const waiting = message.recipients.filter((one) => one.state === "queued");
  const untried = waiting.filter(({ reply }) => reply === undefined);
  return (untried.length > 0 ? untried : waiting).slice(0, TRANSACTION_RECIPIENTS_MAX).map(({ address }) => address);
}

/** Sends to those who still wait, under a signature that is fresh and whose keys may sign. Never without one. */
async function handOver(
  message: QueuedMessage,
  stored: StoredMessage,
  options: AttemptOptions,
): Promise<{ message: QueuedMessage; outcomes: HopOutcome[] }> {
  const waiting = turn(message);
  const hop = options.hop();
  if (hop === undefined) {
    const reply = "451 4.4.0 no next hop is configured";
    return { message, outcomes: waiting.map((address) => ({ address, outcome: "deferred", reply })) };
  }
  const signed = await freshlySigned(message, stored, options);
  if ("outcome" in signed) {
    return { message, outcomes: waiting.map((address) => ({ address, ...signed })) };
  }
  const { signature } = signed;
  const top = Buffer.from(signed.trace + (signature.state === "signed" ? signature.fields : ""), "latin1");
  const outcomes = await sendMessage({
    hop,
    hostname: options.hostname,
    timeouts: options.timeouts,
    mailFrom: message.mailFrom,
    recipients: waiting,
    octets: top.length + stored.octets,
    body: message.body,
    smtpUtf8: message.smtpUtf8,
    closing: options.closing,
    read: async function* () {
      yield top;
      yield* stored.read();
    },
  });
  return { message: signed, outcomes };
}

async function freshlySigned(
  message: QueuedMessage,
  stored: StoredMessage,
  options: AttemptOptions,
): Promise<QueuedMessage | { outcome: "deferred" | "failed"; reply: string }> {
  const { signature } = message;
  if (signature.state === "unsigned-permitted") return message;
  const now = options.now();
  // A signature from the future was made under another clock: verifiers would see t= ahead of theirs.
  const fresh = signature.signedAt <= now && now - signature.signedAt <= options.signatureAgeMaxSeconds();
  if (fresh && (await options.stillValid(signature.keyIds))) return message;
  const header = Buffer.from(`${await headerOf(stored, SIGNED_HEADER_OCTETS_MAX)}\r\n`, "latin1");
  const recipients = message.recipients.map(({ address }) => address);
  const { id, receivedAt, mailFrom } = message;
  const signable = { ...stored, id, receivedAt, header, mailFrom, recipients };
  const outcome = await options.sign(message.principal, signable);
  if ("refuse" in outcome) {
    return { outcome: "failed", reply: `${outcome.refuse.code} ${outcome.refuse.enhanced} ${outcome.refuse.text}` };
  }
  if ("defer" in outcome) return { outcome: "deferred", reply: `4.7.5 ${outcome.defer.text}` };
  options.report({ event: "re-signed", id: message.id, keyIds: outcome.keyIds });
  const fields = signatureFields(outcome.ok);
  return { ...message, signature: { state: "signed", fields, signedAt: now, keyIds: outcome.keyIds } };
}

/** Above what any listener lets in. */
const SIGNED_HEADER_OCTETS_MAX = 16 * 1024 * 1024;

/** The message after an attempt: states, count, next due time; what waited past its lifetime has failed. */
function concluded(message: QueuedMessage, outcomes: HopOutcome[], options: AttemptOptions): QueuedMessage {
  const at = options.now();
  const { retry } = options;
  const attempts = message.attempts + 1;
  const expiry = message.receivedAt + retry.lifetimeSeconds;
  const byAddress = new Map(outcomes.map((outcome) => [outcome.address, outcome]));
  const recipients = message.recipients.map((recipient): Recipient => {
    const outcome = byAddress.get(recipient.address);
    if (recipient.state !== "queued" || outcome === undefined) return recipient;
    return recipientAfter(outcome, at, at >= expiry);
  });
  // The rest of a long list goes at once.
  if (recipients.some((one) => one.state === "queued" && one.reply === undefined)) {
    return { ...message, recipients, nextAttemptAt: at };
  }
  const due = at + retryDelaySeconds(attempts, retry, options.random());
  return { ...message, recipients, attempts, nextAttemptAt: Math.max(at, Math.min(due, expiry)) };
}

function recipientAfter({ address, outcome, reply }: HopOutcome, at: number, expired: boolean): Recipient {
  if (outcome === "delivered") return { address, state: "delivered", at, reply };
  if (outcome === "deferred" && !expired) return { address, state: "queued", reply };
  const final = outcome === "failed" ? reply : `5.4.7 not delivered in time; last: ${reply}`;
  return { address, state: "failed", at, reply: final, reported: false };
}

/** Tells the sender once. A message without a sender to tell is given up, with a record. */
async function notify(
  message: QueuedMessage,
  failed: FailedRecipient[],
  stored: StoredMessage,
  options: AttemptOptions,
): Promise<boolean> {
  if (message.mailFrom === "") {
    options.report({ event: "discarded", id: message.id, reason: "null-sender" });
    return true;
  }
  const outcome = await options.bounce(message, failed, stored);
  if (outcome === "later") return false;
  options.report({ event: "bounced", id: message.id, notification: outcome.sent });
  return true;
}

/**
 * Records an attempt. On a full disk it waits for room, because to forget would be to send again; false when the store is
 * broken or the relay is closing, and then the message stays as it was.
 */
async function journal(message: QueuedMessage, options: AttemptOptions): Promise<boolean> {
  for (;;) {
    const stored = await options.spool.update(message);
    if (stored.ok) return true;
    options.report({ event: "stalled", id: message.id, problem: stored.fault });
    if (stored.fault === "broken" || options.closing.aborted) return false;
    await sleep(JOURNAL_WAIT_SECONDS * 1000, undefined, { signal: options.closing }).catch(() => undefined);
  }
}

const JOURNAL_WAIT_SECONDS = 2;
