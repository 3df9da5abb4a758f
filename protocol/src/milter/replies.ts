import { fieldValue, splitHeader } from "../mail/header.ts";
import { type Parsed, parsed, unparsed } from "../parsed.ts";
import { ACTION, type Agreed, PROTOCOL } from "./negotiate.ts";
import { formatPacket, joinBytes } from "./packet.ts";

/** An SMTP reply in our own words. `enhanced` is RFC 3463's code, absent for none. A line feed in `text` begins a new line. */
export type SmtpReply = { code: number; enhanced?: string; text: string };

/** What becomes of the message. A reply's class has to fit: 4yz for a temporary failure, 5yz for a rejection. */
export type FinalAction =
  | { action: "accept" }
  | { action: "discard" }
  | { action: "reject"; reply?: SmtpReply }
  | { action: "tempfail"; reply?: SmtpReply };

/**
 * A change to the header. `value` is octet text: everything after the colon, leading space included. Folds may be CRLF or LF,
 * a line end at the end is not needed.
 */
export type HeaderChange =
  /** `index` 0 is the very top, n is after the n-th field that we were shown. */
  | { kind: "insert"; index: number; name: string; value: string }
  /** `index` counts the fields of this name from 1. */
  | { kind: "change"; index: number; name: string; value: string }
  | { kind: "remove"; index: number; name: string };

/** What to do at the end of a message. Changes only go with acceptance. */
export type MilterOutcome =
  | Exclude<FinalAction, { action: "accept" }>
  | {
      action: "accept";
      /** Inserted fields with one index come out in the order given. Absent: none. */
      headerChanges?: readonly HeaderChange[];
      /** Why the message is put on hold. Absent: it is not. */
      quarantine?: string;
    };

/** The changes that put fields on top of a message, in the order in which they stand in `fields`. */
export function insertOnTop(fields: Uint8Array): Parsed<HeaderChange[]> {
  const split = splitHeader(fields);
  if (!split.ok) return split;
  return parsed(split.value.map((field) => ({ kind: "insert", index: 0, name: field.name, value: fieldValue(field) })));
}

export const CONTINUE = formatPacket("c");
export const SKIP = formatPacket("s");
/** "Still at work": starts the MTA's clock anew. Allowed between the end of the message and the final action. */
export const PROGRESS = formatPacket("p");

const plainActions = { accept: "a", discard: "d", reject: "r", tempfail: "t" } as const;
const replyLinesMax = 32;
const replyLineCharactersMax = 480;
const quarantineCharactersMax = 256;
const modificationBytesMax = 65_535;

/** The final action as a packet; with a reply, the custom reply that stands for it. */
export function formatFinal(final: FinalAction): Parsed<Uint8Array> {
  if (final.action === "accept" || final.action === "discard" || final.reply === undefined) {
    return parsed(formatPacket(plainActions[final.action]));
  }
  const { code, enhanced, text } = final.reply;
  const codeClass = final.action === "reject" ? 5 : 4;
  if (!Number.isInteger(code) || Math.floor(code / 100) !== codeClass) {
    return unparsed(`reply code ${code} does not mean ${final.action}`, 0);
  }
  if (enhanced !== undefined && !isEnhancedCode(enhanced, codeClass)) {
    return unparsed(`enhanced status code ${enhanced} does not mean ${final.action}`, 4);
  }
  return parsed(formatPacket("y", Buffer.from(`${formatReplyLines(code, enhanced, text)}\0`, "latin1")));
}

/** Every line but the last has a hyphen after the code (RFC 5321 §4.2.1); "%" is doubled, for Sendmail's printf. */
function formatReplyLines(code: number, enhanced: string | undefined, text: string): string {
  const lines = text.split(/\r\n|\n|\r/, replyLinesMax);
  const status = enhanced === undefined ? "" : `${enhanced} `;
  return lines
    .map((line, i) => {
      const printable = line.replace(/[^\x20-\x7e]/g, "?").slice(0, replyLineCharactersMax);
      return `${code}${i < lines.length - 1 ? "-" : " "}${status}${printable.replaceAll("%", "%%")}`;
    })
    .join("\r\n");
}

function isEnhancedCode(enhanced: string, codeClass: number): boolean {
  return /^[45]\.\d{1,3}\.\d{1,3}$/.test(enhanced) && enhanced.startsWith(String(codeClass));
}

/** The changes that an outcome brings, and after them its final action: nothing else may change a message. */
export function formatOutcome(outcome: MilterOutcome, agreed: Agreed): Parsed<Uint8Array> {
  const packets: Uint8Array[] = [];
  if (outcome.action === "accept") {
    // Highest index first, so that no change moves the field that a later one names; insertions come last for the same reason.
    const highestFirst = (outcome.headerChanges ?? []).toReversed().toSorted((a, b) => b.index - a.index);
    const insertionsLast = [
      ...highestFirst.filter((change) => change.kind !== "insert"),
      ...highestFirst.filter((change) => change.kind === "insert"),
    ];
    const leadingSpaceAgreed = (agreed.protocol & PROTOCOL.HDR_LEADSPC) !== 0;
    for (const change of insertionsLast) {
      const action = change.kind === "insert" ? "ADDHDRS" : "CHGHDRS";
      const packet = permitted(agreed, action, formatHeaderChange(change, leadingSpaceAgreed));
      if (!packet.ok) return packet;
      packets.push(packet.value);
    }
    if (outcome.quarantine !== undefined) {
      const packet = permitted(agreed, "QUARANTINE", parsed(formatQuarantine(outcome.quarantine)));
      if (!packet.ok) return packet;
      packets.push(packet.value);
    }
  }
  const final = formatFinal(outcome);
  return final.ok ? parsed(joinBytes([...packets, final.value])) : final;
}

function permitted(agreed: Agreed, action: keyof typeof ACTION, packet: Parsed<Uint8Array>): Parsed<Uint8Array> {
  return (agreed.actions & ACTION[action]) === 0 ? unparsed(`${action} was not agreed with the MTA`, 0) : packet;
}

/**
 * A change as a packet. Values go out with LF at the folds and no line end, since Postfix would double a CR. The
 * leading space is ours to send where HDR_LEADSPC is agreed; elsewhere the MTA writes one of its own.
 */
function formatHeaderChange(change: HeaderChange, leadingSpaceAgreed: boolean): Parsed<Uint8Array> {
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(change.name)) return unparsed("not a field name", 0);
  if (!Number.isInteger(change.index) || change.index < (change.kind === "insert" ? 0 : 1)) {
    return unparsed(`${change.index} is no index to ${change.kind} at`, 0);
  }
  const value = change.kind === "remove" ? parsed("") : valueToSend(change.value, leadingSpaceAgreed);
  if (!value.ok) return value;
  const payload = Buffer.from(`\0\0\0\0${change.name}\0${value.value}\0`, "latin1");
  payload.writeUInt32BE(change.index, 0);
  if (payload.length > modificationBytesMax) return unparsed("the field is too long for a milter packet", 0);
  return parsed(formatPacket(change.kind === "insert" ? "i" : "m", payload));
}

function valueToSend(value: string, leadingSpaceAgreed: boolean): Parsed<string> {
  const folded = value.replaceAll("\r\n", "\n").replace(/\n$/, "");
  if (folded === "") return unparsed("an empty value would remove the field", 0);
  const bad = folded.search(/[\0\r]|\n(?![ \t])/);
  if (bad !== -1) return unparsed("a line of the value does not begin with a blank, or holds CR or NUL", bad);
  return parsed(!leadingSpaceAgreed && folded.startsWith(" ") ? folded.slice(1) : folded);
}

/** Puts the message on hold; the final action follows. */
function formatQuarantine(reason: string): Uint8Array {
  const printable = reason.replace(/[^\x20-\x7e]/g, "?").slice(0, quarantineCharactersMax);
  return formatPacket("q", Buffer.from(`${printable}\0`, "latin1"));
}
