import type { SMTPServerDataStream } from "smtp-server";
import type { DataScanner } from "./data-scanner.ts";
import type { StoreFault } from "./durable-file.ts";
import { countFields, HeaderCollector } from "./header-collector.ts";
import type { Draft, MessageStore } from "./message-store.ts";
import type { Principal } from "./queued-message.ts";
import { MESSAGE_FAULT_REPLY, type Reply, STORE_FAULT_REPLY } from "./reply.ts";

/** What is known of a transfer apart from the octets. */
export type TransferFacts = {
  principal: Principal;
  mailFrom: string;
  recipients: string[];
  declaredEightBit: boolean;
  declaredSmtpUtf8: boolean;
  peer: { address: string; greeting: string; protocol: string };
  hostname: string;
  /** Epoch seconds at DATA. */
  now: number;
};

/** A message that was received whole and without fault; its octets are in `draft`, not yet durable. */
export type Transfer<E> = TransferFacts & {
  draft: Draft<E>;
  /** Everything up to and including the empty line. */
  header: Buffer;
  /** An octet above 127 was seen anywhere. */
  eightBit: boolean;
};

export type ReceiveLimits = {
  messageOctetsMax: number;
  headerOctetsMax: number;
  headerFieldsMax: number;
  receivedFieldsMax: number;
};

/**
 * Reads one message to its end and answers for it. Whatever goes wrong on the way, the octets are read on and dropped, so
 * that what follows <CRLF>.<CRLF> is commands again; only a connection that breaks ends early, and then nothing is kept.
 */
export async function receiveMessage<E>(
  stream: SMTPServerDataStream,
  parts: {
    scan: DataScanner;
    limits: ReceiveLimits;
    store: MessageStore<E>;
    take: (transfer: Transfer<E>) => Promise<Reply>;
    transfer: TransferFacts;
    failed: (error: unknown) => void;
  },
): Promise<Reply> {
  const { scan, limits } = parts;
  const collector = new HeaderCollector({ octetsMax: limits.headerOctetsMax });
  const opened = await parts.store.draft(parts.transfer.principal.tenant);
  let fault: StoreFault | undefined = opened.ok ? undefined : opened.fault;
  const draft = opened.ok ? opened.value : undefined;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const doomed = fault !== undefined || scan.fault !== undefined || collector.tooLong || stream.sizeExceeded;
      if (doomed || draft === undefined) continue;
      collector.feed(chunk);
      const written = await draft.write(chunk);
      if (!written.ok) fault = written.fault;
    }
    const header = collector.header();
    const refusal = refusalOf(parts, collector, header, stream.sizeExceeded);
    if (refusal !== undefined || fault !== undefined || draft === undefined) {
      await draft?.discard();
      return refusal ?? STORE_FAULT_REPLY[fault ?? "broken"];
    }
    return await parts.take({ ...parts.transfer, draft, header, eightBit: scan.eightBit });
  } catch (error) {
    parts.failed(error);
    await draft?.discard();
    return { code: 451, text: "4.3.0 message not taken, try later" };
  }
}

function refusalOf(
  parts: { scan: DataScanner; limits: ReceiveLimits },
  collector: HeaderCollector,
  header: Buffer,
  sizeExceeded: boolean,
): Reply | undefined {
  if (parts.scan.fault !== undefined) return MESSAGE_FAULT_REPLY[parts.scan.fault];
  if (sizeExceeded) return MESSAGE_FAULT_REPLY["too-large"];
  if (collector.tooLong) return MESSAGE_FAULT_REPLY["header-too-long"];
  const { fields, received } = countFields(header);
  if (received >= parts.limits.receivedFieldsMax) return MESSAGE_FAULT_REPLY.loop;
  return fields > parts.limits.headerFieldsMax ? MESSAGE_FAULT_REPLY["header-too-long"] : undefined;
}
