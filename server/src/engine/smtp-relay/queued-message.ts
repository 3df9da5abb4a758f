/** The party that handed us mail: which tenant, and which of its senders. */
export type Principal = {
  tenant: string;
  sender: string;
  /** The stream that its mail is signed under; absent: the default stream. */
  stream?: string;
};

/** What became of one recipient. `reply` is the last thing the next hop, or we, said about it. Times: epoch seconds. */
export type Recipient =
  | { address: string; state: "queued"; reply?: string }
  | { address: string; state: "delivered"; at: number; reply: string }
  | { address: string; state: "failed"; at: number; reply: string; reported: boolean };

/**
 * The signature of a queued message. `fields` is what goes on top of the stored octets, one character an octet. Nothing
 * but a notification that we wrote ourselves may go out without.
 */
export type Signature =
  | { state: "signed"; fields: string; signedAt: number; keyIds: string[] }
  | { state: "unsigned-permitted"; reason: "delivery-status-notification" };

/** The envelope of a queued message: the `.json` beside its `.eml`. Times: epoch seconds. */
export type QueuedMessage = {
  id: string;
  principal: Principal;
  /** Reverse-path; empty for the null sender. */
  mailFrom: string;
  recipients: Recipient[];
  receivedAt: number;
  nextAttemptAt: number;
  attempts: number;
  /** Octets of the `.eml`. */
  octets: number;
  /** The message has octets above 127, so a hop without 8BITMIME cannot carry it (RFC 6152 §3). */
  body: "7bit" | "8bitmime";
  /** An address or a header field is beyond ASCII, so a hop without SMTPUTF8 cannot carry it (RFC 6531 §3.6). */
  smtpUtf8: boolean;
  /** The Received field of our own (RFC 5321 §4.4), which stands above the signature. */
  trace: string;
  signature: Signature;
};

/** Reads the JSON of an envelope; undefined when it is anything else, which the spool quarantines. */
export function parseQueuedMessage(text: string): QueuedMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isQueuedMessage(value) ? value : undefined;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isTime = (value: unknown): value is number => Number.isFinite(value);

function isQueuedMessage(value: unknown): value is QueuedMessage {
  return (
    isRecord(value) &&
    isText(value.id) &&
    isRecord(value.principal) &&
    isText(value.principal.tenant) &&
    isText(value.principal.sender) &&
    (value.principal.stream === undefined || isText(value.principal.stream)) &&
    isText(value.mailFrom) &&
    Array.isArray(value.recipients) &&
    value.recipients.length > 0 &&
    value.recipients.every(isRecipient) &&
    isTime(value.receivedAt) &&
    isTime(value.nextAttemptAt) &&
    isCount(value.attempts) &&
    isCount(value.octets) &&
    (value.body === "7bit" || value.body === "8bitmime") &&
    typeof value.smtpUtf8 === "boolean" &&
    isText(value.trace) &&
    isSignature(value.signature)
  );
}

function isRecipient(value: unknown): value is Recipient {
  if (!isRecord(value) || !isText(value.address)) return false;
  if (value.state === "queued") return value.reply === undefined || isText(value.reply);
  if (!isTime(value.at) || !isText(value.reply)) return false;
  return value.state === "delivered" || (value.state === "failed" && typeof value.reported === "boolean");
}

function isSignature(value: unknown): value is Signature {
  if (!isRecord(value)) return false;
  if (value.state === "unsigned-permitted") return value.reason === "delivery-status-notification";
  return (
    value.state === "signed" &&
    isText(value.fields) &&
    value.fields.length > 0 &&
    isTime(value.signedAt) &&
    Array.isArray(value.keyIds) &&
    value.keyIds.every(isText)
  );
}
