import { type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";

/**
 * RES-08: an empty name above others exists (RFC 8020 §2). Who asks for names in full does not notice when a server denies
 * it; who asks label by label (RFC 9156) stops there.
 */
export const emptyNameExists: Check = {
  name: "empty-name-exists",
  title: "`_domainkey` itself is not denied where there are selectors",
  codes: ["EmptyNameDenied"],
  look: ({ domain, discovery, selectors }) => {
    if (discovery.domainkeyNode === "unknown") return needsEvidence("an answer for `_domainkey` itself");
    const there = selectors.filter(({ chain }) => chain.aliases.length > 0 || chain.outcome === "present");
    if (there.length === 0) return doesNotApply;
    if (discovery.domainkeyNode === "exists") return { state: "passed" };
    const name = `_domainkey.${domain}`;
    return outcomeOf([
      {
        code: "EmptyNameDenied",
        severity: "medium",
        subject: name,
        summary: `the name servers say that ${name} does not exist, and answer for ${there[0]?.keyName} below it`,
        evidence: [`${name} NXDOMAIN`, ...there.map(({ keyName }) => `${keyName} is there`)],
        remedy: "ask whoever runs the name servers to answer NOERROR for names that have names below them (RFC 8020)",
        commands: [`dig ${name} TXT`, `dig ${there[0]?.keyName} TXT`],
      },
    ]);
  },
};
