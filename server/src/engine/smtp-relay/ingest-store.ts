import { type Listener, type ListenerLimits, startListener } from "./listener.ts";
import { type MessageStore, type MessageStoreOptions, openMessageStore } from "./message-store.ts";
import { isRecord, isText } from "./queued-message.ts";
import { STORE_FAULT_REPLY } from "./reply.ts";

/** A message that was mailed to us (a report, a complaint) and waits to be read. Times: epoch seconds. */
export type IngestedMessage = {
  id: string;
  octets: number;
  mailFrom: string;
  recipients: string[];
  receivedAt: number;
  peer: { address: string; greeting: string; protocol: string };
};

export type IngestStore = MessageStore<IngestedMessage>;

/** The messages that wait. Whoever reads one removes it when its content is safe elsewhere. */
export function openIngestStore(
  options: Omit<MessageStoreOptions<IngestedMessage>, "parse" | "due">,
): Promise<IngestStore> {
  return openMessageStore({ ...options, parse: parseIngestedMessage, due: ({ receivedAt }) => receivedAt });
}

export type IngestOptions = {
  listen: { host: string; port: number };
  hostname: string;
  tls: { cert: string; key: string };
  /** Epoch seconds. */
  now: () => number;
  limits?: Partial<ListenerLimits>;
  store: IngestStore;
  /** Whether mail to this address is for us; everything else is refused (550). A rejection becomes 451. */
  wanted: (address: string) => Promise<boolean>;
  failed: (error: unknown) => void;
  /** Told of a message that is durable. */
  stored: (message: IngestedMessage) => void;
};

/** Takes mail from anyone for the addresses that are `wanted`, and does nothing with it but make it durable before 250. */
export function startIngest(options: IngestOptions): Promise<Listener> {
  return startListener({
    listen: options.listen,
    hostname: options.hostname,
    tls: options.tls,
    now: options.now,
    limits: { ...options.limits },
    admission: { kind: "open", principal: { tenant: "ingest", sender: "anyone" } },
    store: options.store,
    recipient: async (address) =>
      (await options.wanted(address)) ? undefined : { code: 550, text: "5.7.1 no such address here" },
    take: async ({ draft, mailFrom, recipients, peer }) => {
      const stored = await draft.commit({ mailFrom, recipients, receivedAt: options.now(), peer });
      if (!stored.ok) return STORE_FAULT_REPLY[stored.fault];
      options.stored(stored.value);
      return { code: 250, text: `2.0.0 taken as ${draft.id}` };
    },
    failed: options.failed,
  });
}

function parseIngestedMessage(text: string): IngestedMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isIngestedMessage(value) ? value : undefined;
}

function isIngestedMessage(value: unknown): value is IngestedMessage {
  return (
    isRecord(value) &&
    isText(value["id"]) &&
    Number.isSafeInteger(value["octets"]) &&
    isText(value["mailFrom"]) &&
    Array.isArray(value["recipients"]) &&
    value["recipients"].every(isText) &&
    Number.isFinite(value["receivedAt"]) &&
    isRecord(value["peer"]) &&
    ["address", "greeting", "protocol"].every((name) => isRecord(value["peer"]) && isText(value["peer"][name]))
  );
}
