import { readSignature } from "chancery/dkim";
import { splitMessage } from "chancery/mail";
import { CommandFailed, note } from "../exit.ts";
import { readMessageFile } from "../message-file.ts";

export type Upstream = { selector: string; target?: string };

/** The selectors with which a real message is signed as the domain. What was signed otherwise is told, and left out. */
export async function upstreamsInMail(file: string, domain: string): Promise<Upstream[]> {
  const message = splitMessage(await readMessageFile(file));
  if (!message.ok) throw new CommandFailed(`${file}: ${message.problem}`);
  const found = new Set<string>();
  const others: string[] = [];
  for (const { lowerName, raw } of message.value.header) {
    if (lowerName !== "dkim-signature") continue;
    const { signingDomain, selector } = readSignature(raw).claims;
    if (signingDomain === domain.toLowerCase().replace(/\.$/, "") && selector !== undefined) found.add(selector);
    else
      others.push(
        signingDomain === undefined ? "a signature without a readable d=" : `d=${signingDomain} s=${selector ?? "?"}`,
      );
  }
  for (const other of others) note(`${file}: ${other} is not of ${domain}; left out`);
  if (found.size === 0)
    throw new CommandFailed(
      others.length === 0
        ? `${file} carries no DKIM signature; take a message as it arrived, or give --upstream SELECTOR=TARGET`
        : `${file} carries no signature with d=${domain}: the upstream signs as another domain; set it up there for ${domain} first`,
    );
  return [...found].map((selector) => ({ selector }));
}

/** `s1=s1.domainkey.u123.upstream.example`; without a target the customer's present alias is followed. */
export function upstreamOf(written: string): Upstream {
  const cut = written.indexOf("=");
  if (cut === 0) throw new CommandFailed(`${written}: SELECTOR=TARGET is expected`);
  return cut < 0 ? { selector: written } : { selector: written.slice(0, cut), target: written.slice(cut + 1) };
}
