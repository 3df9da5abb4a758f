import type { FieldIndex } from "./header-hash.ts";

/**
 * The fields signed by default, in the order of `h=`: those that say who wrote, to whom, what and how to read it (RFC 6376
 * §5.4.1, RFC 8058 §4). What transfer changes or adds is not among them: trace fields, results, other signatures, Bcc.
 * `oversigned` fields are named once more than they occur, so that adding one breaks the signature (RFC 6376 §8.15).
 */
const defaultFields: readonly { name: string; oversigned: boolean }[] = [
  { name: "from", oversigned: true },
  { name: "reply-to", oversigned: true },
  { name: "sender", oversigned: true },
  { name: "subject", oversigned: true },
  { name: "date", oversigned: true },
  { name: "message-id", oversigned: true },
  { name: "to", oversigned: true },
  { name: "cc", oversigned: true },
  { name: "mime-version", oversigned: true },
  { name: "content-type", oversigned: true },
  { name: "content-transfer-encoding", oversigned: true },
  { name: "content-id", oversigned: false },
  { name: "content-description", oversigned: false },
  { name: "in-reply-to", oversigned: false },
  { name: "references", oversigned: false },
  { name: "list-id", oversigned: false },
  { name: "list-help", oversigned: false },
  { name: "list-unsubscribe", oversigned: true },
  { name: "list-subscribe", oversigned: false },
  { name: "list-post", oversigned: false },
  { name: "list-owner", oversigned: false },
  { name: "list-archive", oversigned: false },
  { name: "list-unsubscribe-post", oversigned: true },
];

/** The fields that mislead a reader when one is added after signing. */
export const oversignedFields: readonly string[] = defaultFields
  .filter((field) => field.oversigned)
  .map((field) => field.name);

/** `h=` for a message when the caller names no fields: each default field once per instance, oversigned ones once more. */
export function defaultSignedFields(index: FieldIndex): string[] {
  return defaultFields.flatMap(({ name, oversigned }) => {
    const instances = index.get(name)?.length ?? 0;
    return Array.from({ length: instances + (oversigned ? 1 : 0) }, () => name);
  });
}
