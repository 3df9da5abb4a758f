import { oversignedFields } from "chancery/dkim";
import { asciiLowerCase, fieldValue, trimFws, type HeaderField } from "chancery/mail";
import type { SeenUnsubscribe } from "../../../model/audit/evidence/mail.ts";

/** What a header shows beside who sent it: fields that want to be signed, how to unsubscribe, whether it is bulk. */

const wanted: ReadonlySet<string> = new Set(oversignedFields);

/** Of the fields that mislead a reader when they are changed, those that are there. */
export const presentFieldsOf = (header: readonly HeaderField[]): string[] => [
  ...new Set(header.map(({ lowerName }) => lowerName).filter((name) => wanted.has(name))),
];

const valueOf = (header: readonly HeaderField[], name: string): string | undefined => {
  const field = header.find(({ lowerName }) => lowerName === name);
  return field && trimFws(fieldValue(field).replaceAll("\r\n", ""));
};

export function unsubscribeOf(header: readonly HeaderField[]): SeenUnsubscribe {
  const list = valueOf(header, "list-unsubscribe");
  const post = valueOf(header, "list-unsubscribe-post");
  return {
    uris: list === undefined ? undefined : urisIn(list),
    oneClick: post === undefined ? undefined : /^List-Unsubscribe=One-Click$/i.test(post),
  };
}

function urisIn(list: string): NonNullable<SeenUnsubscribe["uris"]> {
  const counts = { https: 0, mailto: 0, other: 0 };
  for (const [, uri] of list.matchAll(/<([^<>]*)>/g)) {
    const scheme = asciiLowerCase(uri!.trim().split(":", 1)[0]!);
    if (scheme === "https") counts.https++;
    else if (scheme === "mailto") counts.mailto++;
    else counts.other++;
  }
  return counts;
}

/**
 * Whether it says of itself that it goes to many: RFC 2369 and 2919, Precedence as everybody uses it, and what large senders add
 * for those who count complaints. A list that one can write to is a conversation.
 */
export function isBulk(header: readonly HeaderField[]): boolean {
  const has = (name: string): boolean => header.some(({ lowerName }) => lowerName === name);
  const saysSo =
    has("list-unsubscribe") || has("list-id") || /^(?:bulk|list)$/i.test(valueOf(header, "precedence") ?? "");
  return has("feedback-id") || (saysSo && !has("list-post"));
}

/**
 * Microsoft 365 marks mail that never left its organization, and does not sign it. The mark that also outgoing mail bears
 * counts only where every server on the way is Microsoft's.
 */
export function staysWithinOrganization(header: readonly HeaderField[]): boolean {
  const isInternal = (name: string) => /^internal$/i.test(valueOf(header, name) ?? "");
  if (isInternal("x-ms-exchange-organization-authas")) return true;
  const received = header.filter(({ lowerName }) => lowerName === "received");
  return (
    isInternal("x-ms-exchange-crosstenant-authas") &&
    received.length > 0 &&
    received.every(
      ({ raw }) =>
        /\bby [a-z0-9.-]{1,200}\.outlook\.com\b/i.test(raw) &&
        !/\bfrom (?![a-z0-9.-]{1,200}\.outlook\.com\b)/i.test(raw),
    )
  );
}
