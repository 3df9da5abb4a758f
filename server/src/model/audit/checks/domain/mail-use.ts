import type { TracedChain } from "../../../traced-chain.ts";
import type { DomainEvidence } from "../../evidence/domain.ts";
import type { PostureEvidence } from "./posture-check.ts";
import { allowsSomeone } from "./spf-reach.ts";

/**
 * Whether the domain sends mail: what shows it; that its owner says it does not, or that nothing shows it and it takes no mail
 * either; or nothing can be said. A domain that sends is never taken for a parked one.
 */
export type MailUse = { use: "sends" | "parked" | "unknown"; signs: string[] };

export function mailUse(evidence: PostureEvidence): MailUse {
  const signs = signsOfSending(evidence);
  if (evidence.expectations.parked) return { use: "parked", signs };
  if (signs.length > 0) return { use: "sends", signs };
  return { use: nothingHidden(evidence) ? "parked" : "unknown", signs };
}

function signsOfSending({ domain, mail, reports, selectors, expectations, posture }: PostureEvidence): string[] {
  const signs: string[] = [];
  if (mail?.messages.some(({ authorDomain }) => authorDomain === domain) === true)
    signs.push("messages of the domain are at hand");
  // Reports are about forged mail as well: only what passes shows that the domain sends.
  const reported = reports?.authorDomains.find((author) => author.domain === domain);
  if (reported !== undefined && reported.byDkim + reported.bySpfAlone > 0)
    signs.push("aggregate reports show mail of the domain that passes DMARC");
  for (const { selector, keyName, chain } of selectors) {
    if (expectations.selectors.includes(selector)) signs.push(`${keyName} is said to be in use`);
    else if (hasKey(chain)) signs.push(`${keyName} has a key`);
    // A provider's alias is published to send, whatever is behind it now.
    else if (chain.aliases.length > 0) signs.push(`${keyName} is an alias`);
  }
  if (allowsSomeone(posture.spf)) signs.push("its SPF record lets someone send");
  return signs;
}

/** Whether a key was published at the end of a chain, sound or not: whoever does that means to sign. */
export const hasKey = (chain: TracedChain): boolean =>
  chain.outcome === "present" && chain.texts.some(({ text }) => /(?:^|[;\s"])p\s*=\s*[A-Za-z0-9+/]/.test(text));

/** Nothing that would show that it sends went without an answer, and it takes no mail. */
function nothingHidden({ selectors, posture }: PostureEvidence): boolean {
  const { mx, spf, shown } = posture;
  if (!shown.apex || spf.state === "unknown" || selectors.some(({ chain }) => chain.outcome === "unknown"))
    return false;
  return takesNoMail(mx);
}

/** Neither MX nor hope: without MX mail may still go to the address of a web server, which is no mailbox. */
const takesNoMail = (mx: DomainEvidence["mx"]): boolean =>
  mx.state === "absent" || (mx.state === "present" && mx.values.every(({ host }) => host === "."));
