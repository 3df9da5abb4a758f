import { headerField, headerFieldsMax, headerOctetsMax, type HeaderField } from "../mail/header.ts";
import { type Connect, type EnvelopeAddress, restoreFolds } from "./events.ts";
import type { Macros } from "./macros.ts";

/** A message as far as the end of its header. */
export type MilterMessage = {
  connect: Connect | undefined;
  helo: string | undefined;
  macros: Macros;
  mailFrom: EnvelopeAddress;
  recipients: readonly EnvelopeAddress[];
  /** The fields as they stood in the message. */
  header: readonly HeaderField[];
  /** False: the MTA took one leading space off every value and we guess that it was there; "simple" may not hold. */
  leadingSpaceKnown: boolean;
};

export type SessionLimits = {
  /** Octets of envelope, macros and header that one message may have. */
  messageHeadBytesMax: number;
  /** Header fields and recipients that one message may have. */
  messageHeadEntriesMax: number;
};

export const sessionLimitsDefault: SessionLimits = {
  messageHeadBytesMax: headerOctetsMax,
  messageHeadEntriesMax: headerFieldsMax,
};

/** Envelope and header of one message while they arrive. Over the limits nothing more is kept, only `tooLarge` said. */
export type MessageHead = {
  mailFrom: EnvelopeAddress;
  recipients: EnvelopeAddress[];
  header: HeaderField[];
  bytes: number;
  tooLarge: boolean;
};

export function beginHead(mailFrom: EnvelopeAddress): MessageHead {
  return { mailFrom, recipients: [], header: [], bytes: addressBytes(mailFrom), tooLarge: false };
}

export function addRecipient(head: MessageHead, recipient: EnvelopeAddress, limits: SessionLimits): void {
  if (fits(head, addressBytes(recipient), limits)) head.recipients.push(recipient);
}

/** `sent` is the value as the MTA sends it; without HDR_LEADSPC it has lost one space, which is put back. */
export function addField(
  head: MessageHead,
  field: { name: string; sent: string; leadingSpaceKnown: boolean },
  limits: SessionLimits,
): void {
  if (!fits(head, field.name.length + field.sent.length, limits)) return;
  const space = field.leadingSpaceKnown ? "" : " ";
  head.header.push(headerField(`${field.name}:${space}${restoreFolds(field.sent)}\r\n`));
}

function fits(head: MessageHead, bytes: number, limits: SessionLimits): boolean {
  head.bytes += bytes;
  const entries = head.recipients.length + head.header.length + 1;
  head.tooLarge ||= head.bytes > limits.messageHeadBytesMax || entries > limits.messageHeadEntriesMax;
  return !head.tooLarge;
}

function addressBytes(address: EnvelopeAddress): number {
  return address.address.length + address.parameters.reduce((total, parameter) => total + parameter.length, 0);
}
