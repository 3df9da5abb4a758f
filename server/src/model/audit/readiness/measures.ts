import { appliedPolicy } from "../checks/domain/dmarc-policy.ts";
import type { AuditEvidence } from "../evidence.ts";
import type { SeenMessage } from "../evidence/mail.ts";
import type { SelectorSummary } from "../selector-summary.ts";

/** What the evidence says of one requirement. `evidence`: what shows it, or what would. */
export type Measured = { state: "met" | "not met" | "needs evidence"; evidence: string };

export type Measure =
  | "spf-or-dkim"
  | "spf"
  | "dkim"
  | "key-length"
  | "dmarc"
  | "aligned"
  | "reverse-dns"
  | "tls"
  | "format"
  | "spam-rate"
  | "one-click";

const met = (evidence: string): Measured => ({ state: "met", evidence });
const notMet = (evidence: string): Measured => ({ state: "not met", evidence });
const needs = (evidence: string): Measured => ({ state: "needs evidence", evidence });

const needsMail = needs("messages as a receiver has them (--mail FILE)");

/** How each requirement is measured. */
export const measures: Record<Measure, (evidence: AuditEvidence, selectors: readonly SelectorSummary[]) => Measured> = {
  spf: measureSpf,
  dkim: measureDkim,
  "spf-or-dkim": (evidence) => {
    const both = [measureDkim(evidence), measureSpf(evidence)];
    return (
      both.find(({ state }) => state === "met") ??
      both.find(({ state }) => state === "needs evidence") ??
      notMet(both.map(({ evidence: shown }) => shown).join("; "))
    );
  },
  "key-length": (_evidence, selectors) => measureKeys(selectors),
  dmarc: measureDmarc,
  aligned: measureAligned,
  "reverse-dns": measureReverse,
  tls: () => needs("the receivers' reports (TLS-RPT), or the log of your mail server"),
  format: () => needs("a look at your messages: one From, one Date, one Message-ID, no line over 998 octets"),
  "spam-rate": () => needs("Gmail's Postmaster Tools and the feedback loop of Yahoo"),
  "one-click": measureOneClick,
};

/** Messages From the domain itself. */
const ownMessages = ({ domain, mail }: AuditEvidence): SeenMessage[] =>
  mail?.messages.filter(({ authorDomain }) => authorDomain === domain) ?? [];

const count = (some: number, all: number): string => `${some} of ${all} messages`;

function measureSpf(evidence: AuditEvidence): Measured {
  const checked = ownMessages(evidence).flatMap(({ spf }) => spf ?? []);
  if (checked.length > 0) {
    const passing = checked.filter(({ result }) => result === "pass").length;
    return (passing === checked.length ? met : notMet)(`${count(passing, checked.length)} pass SPF`);
  }
  const { posture } = evidence;
  if (posture === undefined || !posture.shown.apex) return needsMail;
  // Another domain may stand in MAIL FROM: that this one has no record proves nothing.
  return posture.spf.state === "present"
    ? needs("messages (--mail FILE): there is an SPF record, whether mail passes it a message shows")
    : needs("messages (--mail FILE): the domain has no SPF record that can be used, its MAIL FROM domain may have one");
}

function measureDkim(evidence: AuditEvidence): Measured {
  const messages = ownMessages(evidence);
  if (messages.length > 0) {
    const passing = messages.filter(({ signatures }) => signatures.some(({ standing }) => standing === "pass")).length;
    return (passing === messages.length ? met : notMet)(
      `${count(passing, messages.length)} have a signature that passes`,
    );
  }
  if (evidence.discovery.domainkeyNode === "nxdomain")
    return needs("messages (--mail FILE): the domain has no key, its mail may be signed in another name");
  return needs("messages (--mail FILE): a record shows that mail could be signed, only mail shows that it is");
}

/** RSA keys of under 1024 bits count as none (RFC 8301 §3.2). */
function measureKeys(selectors: readonly SelectorSummary[]): Measured {
  const keys = selectors.flatMap(({ keyName, key }) => (key?.type === "rsa" ? [{ keyName, bits: key.bits }] : []));
  const [first] = keys;
  if (first === undefined) return needs("a selector whose key can be seen (--selector NAME)");
  const shortest = keys.reduce((one, other) => (other.bits < one.bits ? other : one), first);
  return (shortest.bits >= 1024 ? met : notMet)(
    `the shortest key is that of ${shortest.keyName}: ${shortest.bits} bits`,
  );
}

function measureDmarc({ domain, posture }: AuditEvidence): Measured {
  if (posture === undefined || !posture.shown.dmarc) return needs(`what stands at _dmarc.${domain}`);
  const { dmarc } = posture;
  if (dmarc.applies.state === "unknown") return needs("an answer of DNS: ask again later, or another resolver");
  const policy = appliedPolicy(dmarc);
  if (policy === undefined) return notMet(`no DMARC record applies to ${domain}`);
  if (policy.published === undefined) return notMet(`the policy at ${policy.owner} cannot be read`);
  return met(`${policy.tag}=${policy.published} at ${policy.owner}`);
}

function measureAligned(evidence: AuditEvidence): Measured {
  const messages = ownMessages(evidence);
  if (messages.length > 0) {
    const aligned = messages.filter(
      ({ spf, signatures }) =>
        signatures.some((signature) => signature.aligned === "yes" && signature.standing === "pass") ||
        (spf?.result === "pass" && spf.aligned === "yes"),
    ).length;
    return (aligned === messages.length ? met : notMet)(`${count(aligned, messages.length)} are aligned`);
  }
  const reported = evidence.reports?.authorDomains.find(({ domain }) => domain === evidence.domain);
  // Reports count forged mail as well, so a part that fails shows nothing.
  if (reported !== undefined && reported.messages > 0 && reported.neither === 0)
    return met(`all ${reported.messages} reported messages are aligned`);
  return needs("messages as a receiver has them (--mail FILE) or aggregate reports (--report FILE)");
}

function measureReverse({ posture }: AuditEvidence): Measured {
  const seen = posture?.reverse ?? [];
  const wrong = seen.filter(({ confirmed }) => confirmed === "no").map(({ address }) => address);
  if (wrong.length > 0) return notMet(`${wrong.join(", ")} have no name that leads back`);
  if (seen.length === 0 || seen.some(({ confirmed }) => confirmed === "unknown")) return needsMail;
  return met(`${seen.map(({ address }) => address).join(", ")} have names that lead back`);
}

/** Two fields, both signed (RFC 8058 §3.1, §4). */
function measureOneClick(evidence: AuditEvidence): Measured {
  const bulk = ownMessages(evidence).filter((message) => message.bulk);
  if (bulk.length === 0) return needs("a marketing message as a receiver has it (--mail FILE)");
  const able = bulk.filter(
    ({ unsubscribe: { uris, oneClick }, signatures }) =>
      oneClick === true &&
      uris?.https === 1 &&
      signatures.some(
        ({ standing, signedFields }) =>
          standing === "pass" &&
          ["list-unsubscribe", "list-unsubscribe-post"].every((field) => signedFields.includes(field)),
      ),
  ).length;
  return (able === bulk.length ? met : notMet)(`${able} of ${bulk.length} bulk messages have it, signed`);
}
