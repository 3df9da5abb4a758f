import type { DataFault } from "./data-scanner.ts";
import type { StoreFault } from "./durable-file.ts";

/** A reply of ours: the code of RFC 5321 §4.2 and a text that begins with the enhanced status code of RFC 3463. */
export type Reply = { code: number; text: string };

/** Why the octets of a message are refused, whoever sent them. */
export type MessageFault = DataFault | "too-large" | "header-too-long" | "loop";

export const MESSAGE_FAULT_REPLY: Record<MessageFault, Reply> = {
  "bare-cr": { code: 550, text: "5.6.0 bare <CR> in the message; lines end with <CRLF> (RFC 5321 section 2.3.8)" },
  "bare-lf": { code: 550, text: "5.6.0 bare <LF> in the message; lines end with <CRLF> (RFC 5321 section 2.3.8)" },
  nul: { code: 550, text: "5.6.0 NUL in the message (RFC 5322 section 4.1)" },
  "line-too-long": { code: 550, text: "5.6.0 line over 998 octets (RFC 5321 section 4.5.3.1.6)" },
  "too-large": { code: 552, text: "5.3.4 message over the size limit" },
  "header-too-long": { code: 550, text: "5.6.0 message header over the limit" },
  loop: { code: 554, text: "5.4.6 mail loop: too many Received fields" },
};

/** 421 closes the connection, and nothing more is taken: what fsync refused once is not promised again. */
export const STORE_FAULT_REPLY: Record<StoreFault, Reply> = {
  full: { code: 452, text: "4.3.1 no room to store the message, try later" },
  broken: { code: 421, text: "4.3.0 message store failed, try later" },
};
