import { reversedAddress } from "chancery/dns";
import type { Answer, Listing } from "../../../model/audit/evidence/domain.ts";
import type { Ask } from "./ask.ts";

/** A DNS list that the caller may ask: for addresses or for domains (RFC 5782). */
export type DnsList = { kind: "address" | "domain"; zone: string };

/**
 * Asks DNS lists. Each is first asked for what it must not list (RFC 5782 §5): a list that answers even that has ended, or
 * answers everybody alike, and says nothing.
 */
export async function gatherListings(
  lists: readonly DnsList[],
  subjects: { addresses: readonly string[]; domains: readonly string[] },
  ask: Ask,
): Promise<Listing[]> {
  const listings: Listing[] = [];
  for (const { kind, zone } of lists) {
    const probe = await ask.addresses(kind === "address" ? `1.0.0.127.${zone}` : `invalid.${zone}`);
    const isAlive = probe.state === "absent";
    for (const subject of kind === "address" ? subjects.addresses : subjects.domains) {
      const label = kind === "address" ? reversedAddress(subject)?.labels : subject;
      if (label === undefined || label.length + zone.length > 252) continue;
      listings.push(
        isAlive
          ? { zone, subject, ...readListing(await ask.addresses(`${label}.${zone}`)) }
          : { zone, subject, answer: "unknown", detail: "the list does not answer as one does" },
      );
    }
  }
  return listings;
}

/** What an answer of a list means. Lists say in the same form that they do not want to be asked this way. */
function readListing(answer: Answer<string>): Pick<Listing, "answer" | "detail"> {
  if (answer.state === "absent") return { answer: "not-listed", detail: "no such name" };
  if (answer.state === "unknown") return { answer: "unknown", detail: answer.reason };
  const detail = answer.values.join(", ");
  return { answer: answer.values.every(isListing) ? "listed" : "unknown", detail };
}

/** 127.0.0.1 and 127.x.x.255 and above 127.0.1 are how lists refuse; an address beyond 127/8 is no list's. */
const isListing = (address: string): boolean => {
  const [, third, last] = /^127\.0\.([01])\.([0-9]+)$/.exec(address) ?? [];
  return third !== undefined && last !== "255" && !(third === "0" && Number(last) < 2);
};
