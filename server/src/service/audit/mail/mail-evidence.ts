import { authorOf, isAtOrBelow, splitMessage, type Author } from "chancery/mail";
import { readMailFiles } from "../../../engine/mail-files/mail-files.ts";
import type { Lookup } from "../../../engine/resolver/resolution.ts";
import type { MailEvidence, SeenMessage, Unread } from "../../../model/audit/evidence/mail.ts";
import { SelectorTally } from "../selector-tally.ts";
import { lookAtBy, seeMessage } from "./seen-message.ts";

export type MailSearch = {
  /** Messages, mboxes and Maildirs. */
  files: readonly string[];
  /** The domain audited. */
  domain: string;
  lookup: Lookup;
  /** Epoch seconds. */
  now: number;
};

/** More messages of one domain say nothing that these do not. */
const examinedMax = 2000;
const unreadMax = 100;

/** Reads messages and looks at those From the domain or from below it. Nothing in them makes it reject. */
export async function gatherMail({ files, domain, lookup, now }: MailSearch): Promise<MailEvidence> {
  const lookAt = lookAtBy(lookup, now);
  const { aligner } = lookAt;
  const messages: SeenMessage[] = [];
  const unread: Unread[] = [];
  const tally = new SelectorTally();
  let otherMessages = 0;
  for await (const filed of readMailFiles(files)) {
    const split = filed.ok ? splitMessage(filed.octets) : filed;
    if (!filed.ok || !split.ok) {
      if (unread.length < unreadMax && !split.ok) unread.push({ file: filed.file, problem: split.problem });
      continue;
    }
    const { header } = split.value;
    const authorDomain = soleDomain(authorOf(header));
    if (authorDomain === undefined || !isAtOrBelow(authorDomain, domain) || messages.length >= examinedMax) {
      otherMessages++;
      continue;
    }
    const { file, octets } = filed;
    const seen = await seeMessage(file, { octets, header, authorDomain }, lookAt);
    messages.push(seen);
    count(seen, tally);
  }
  const organizationalDomain = await aligner.organizationalDomainOf(domain);
  return { organizationalDomain, messages, otherMessages, selectors: tally.seen(), unread };
}

/** A message counts once for each selector, however many of its signatures name it. */
function count({ at, signatures, spf }: SeenMessage, tally: SelectorTally): void {
  const passes = new Map<string, { signingDomain: string; selector: string; passed: number }>();
  for (const { signingDomain, selector, standing } of signatures) {
    if (signingDomain === undefined || selector === undefined) continue;
    const key = `${selector} ${signingDomain}`;
    const passed = standing === "pass" ? 1 : (passes.get(key)?.passed ?? 0);
    passes.set(key, { signingDomain, selector, passed });
  }
  const isAuthenticated =
    signatures.some(({ standing, aligned }) => standing === "pass" && aligned === "yes") ||
    (spf?.result === "pass" && spf.aligned === "yes");
  const authenticated = isAuthenticated ? 1 : 0;
  for (const { signingDomain, selector, passed } of passes.values())
    tally.add(signingDomain, selector, { from: at, to: at, messages: 1, passed, authenticated });
}

/** Several addresses may share a domain (RFC 9989 §5.3.1). */
function soleDomain(author: Author): string | undefined {
  const domains = new Set(author.addresses.map((address) => address.domain));
  return domains.size === 1 ? domains.values().next().value : undefined;
}
