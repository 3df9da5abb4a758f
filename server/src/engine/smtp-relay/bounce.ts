import { newId, type StoredMessage } from "./message-store.ts";
import type { QueuedMessage, Recipient } from "./queued-message.ts";
import { type Spool } from "./spool.ts";
import { dateTime } from "./trace.ts";

export type FailedRecipient = Recipient & { state: "failed" };

/** `later`: the notification could not be made durable now; the same call is made again. */
export type BounceOutcome = { sent: string } | "later";

/** Tells the sender of a message, which is not the null sender, that recipients will not get it. */
export type Bounce = (
  message: QueuedMessage,
  failed: readonly FailedRecipient[],
  stored: StoredMessage,
) => Promise<BounceOutcome>;

/**
 * The plain way to bounce: a notification (RFC 3464) from the null sender into the same queue. It is the one kind of
 * message that may go out unsigned. Its id follows from what it reports, so that a crash and a second try make one of it.
 */
export function spoolBounce(options: {
  spool: Spool;
  hostname: string;
  /** Address in the From of notifications. */
  postmaster: string;
  /** Epoch seconds. */
  now: () => number;
  queued: (message: QueuedMessage) => void;
}): Bounce {
  return async (message, failed, stored) => {
    const { tenant } = message.principal;
    const seed = `${message.id} ${failed.map(({ address }) => address).join(" ")}`;
    const id = newId(tenant, message.receivedAt, seed);
    if (await options.spool.has(id)) return { sent: id };
    const now = options.now();
    const draft = await options.spool.draft(tenant, id);
    if (!draft.ok) return "later";
    const header = await headerOf(stored, HEADER_OCTETS_MAX);
    const text = notification({ ...options, id, message, failed, header, now });
    const written = await draft.value.write(Buffer.from(text, "latin1"));
    if (!written.ok) return "later";
    const committed = await draft.value.commit({
      principal: message.principal,
      mailFrom: "",
      recipients: [{ address: message.mailFrom, state: "queued" }],
      receivedAt: now,
      nextAttemptAt: now,
      attempts: 0,
      body: isAsciiText(text) ? "7bit" : "8bitmime",
      smtpUtf8: message.smtpUtf8,
      trace: "",
      signature: { state: "unsigned-permitted", reason: "delivery-status-notification" },
    });
    if (!committed.ok) return "later";
    options.queued(committed.value);
    return { sent: id };
  };
}

/** How much of the returned header goes along. */
const HEADER_OCTETS_MAX = 65_536;

/** The header of a stored message, cut to whole lines where it is long. One character an octet. */
export async function headerOf(stored: StoredMessage, octetsMax: number): Promise<string> {
  let text = "";
  for await (const chunk of stored.read()) {
    text += Buffer.from(chunk).toString("latin1");
    if (text.startsWith("\r\n")) return "";
    const end = text.indexOf("\r\n\r\n");
    if (end >= 0) text = text.slice(0, end + 2);
    if (end >= 0 || text.length > octetsMax) break;
  }
  return text.length <= octetsMax ? text : text.slice(0, text.lastIndexOf("\r\n", octetsMax - 2) + 2);
}

/** multipart/report of RFC 6522 with the message/delivery-status of RFC 3464. Addresses beyond ASCII: RFC 6533. */
function notification(parts: {
  id: string;
  message: QueuedMessage;
  failed: readonly FailedRecipient[];
  header: string;
  hostname: string;
  postmaster: string;
  now: number;
}): string {
  const { id, message, failed, header, hostname, now } = parts;
  const boundary = `=_${id}`;
  const octets = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
  const encoding = (text: string): string[] => (/^[\x00-\x7f]*$/.test(text) ? [] : ["Content-Transfer-Encoding: 8bit"]);
  const addresses = failed.map(({ address }) => octets(address));
  const explained = failed.flatMap(({ reply }, at) => [`<${addresses[at]}>:`, `    ${reply}`, ""]);
  const reported = failed.flatMap(({ reply }, at) => [
    "",
    `Final-Recipient: ${isAsciiText(addresses[at] ?? "") ? "rfc822" : "utf-8"}; ${addresses[at]}`,
    "Action: failed",
    `Status: ${/^(?:\d{3} )?(5\.\d{1,3}\.\d{1,3})\b/.exec(reply)?.[1] ?? "5.0.0"}`,
    ...(/^\d{3} /.test(reply) ? [`Diagnostic-Code: smtp; ${reply}`] : []),
  ]);
  return [
    `From: Mail Delivery <${parts.postmaster}>`,
    `To: <${octets(message.mailFrom)}>`,
    "Subject: Your message could not be delivered",
    `Date: ${dateTime(now)}`,
    `Message-ID: <${id}@${hostname}>`,
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=delivery-status;`,
    `\tboundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    ...encoding(addresses.join()),
    "",
    `This is the mail relay ${hostname}. Your message could not be delivered to:`,
    "",
    ...explained,
    `--${boundary}`,
    `Content-Type: message/${isAsciiText(addresses.join()) ? "delivery-status" : "global-delivery-status"}`,
    ...encoding(addresses.join()),
    "",
    `Reporting-MTA: dns; ${hostname}`,
    `X-Queue-Id: ${message.id}`,
    `Arrival-Date: ${dateTime(message.receivedAt)}`,
    ...reported,
    "",
    `--${boundary}`,
    "Content-Type: text/rfc822-headers",
    ...encoding(header),
    "",
    `${header}--${boundary}--`,
    "",
  ].join("\r\n");
}

const isAsciiText = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
