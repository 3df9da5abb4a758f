import { type MessageStore, type MessageStoreOptions, openMessageStore } from "./message-store.ts";
import { parseQueuedMessage, type QueuedMessage } from "./queued-message.ts";

/** The queue between our 250 and the next hop's. */
export type Spool = MessageStore<QueuedMessage>;

export type SpoolOptions = Omit<MessageStoreOptions<QueuedMessage>, "parse" | "due">;

export function openSpool(options: SpoolOptions): Promise<Spool> {
  return openMessageStore({ ...options, parse: parseQueuedMessage, due: (message) => message.nextAttemptAt });
}
