import { parseAddressList, type Address } from "./address.ts";
import { fieldValue, type HeaderField } from "./header.ts";

/** Who the From field says wrote the message (RFC 5322 §3.6.2), and why that cannot be said otherwise. */
export type Author =
  | { ok: true; domain: string; addresses: [Address] }
  | { ok: false; reason: "no-from" | "several-from-fields" | "unparsable" | "group"; addresses: [] }
  | { ok: false; reason: "several-addresses"; addresses: Address[] };

/**
 * The author domain of a message: exactly one From field with exactly one address in it, or the reason why there is none.
 * Everything whose name can be read as From counts, also with white space before the colon; the one field that remains must
 * be written without it. A line above the first field that only continues something makes the header unparsable.
 */
export function authorOf(header: readonly HeaderField[]): Author {
  const from = header.filter((field) => field.lowerName === "from");
  const only = from[0];
  if (header[0]?.raw.startsWith(" ") || header[0]?.raw.startsWith("\t")) return none("unparsable");
  if (only === undefined) return none("no-from");
  if (from.length > 1) return none("several-from-fields");
  if (only.raw.charAt(only.name.length) !== ":") return none("unparsable");
  const list = parseAddressList(fieldValue(only));
  if (!list.ok) return none("unparsable");
  if (list.value.kind === "group") return none("group");
  const [address, ...others] = list.value.addresses;
  if (address === undefined) return none("unparsable");
  if (others.length > 0) return { ok: false, reason: "several-addresses", addresses: list.value.addresses };
  return { ok: true, domain: address.domain, addresses: [address] };
}

const none = (reason: "no-from" | "several-from-fields" | "unparsable" | "group"): Author => ({
  ok: false,
  reason,
  addresses: [],
});

/** Who wrote a message, as a report of its verification says it. */
export type Authorship = {
  /** How many From fields there are, whatever stands around their names. */
  fromFields: number;
  /** Undefined where the message names no single author: then nothing can be aligned with it (RFC 9989 §11.5). */
  authorDomain: string | undefined;
  /** Why there is no author domain; undefined when there is one. */
  problem: Exclude<Author, { ok: true }>["reason"] | undefined;
};

/** The From fields counted, and the author domain that `authorOf` finds. A passing signature says nothing of it. */
export function authorshipOf(header: readonly HeaderField[]): Authorship {
  const author = authorOf(header);
  return {
    fromFields: header.filter((field) => field.lowerName === "from").length,
    authorDomain: author.ok ? author.domain : undefined,
    problem: author.ok ? undefined : author.reason,
  };
}
