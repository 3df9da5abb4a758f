import type { TracedChain } from "../../traced-chain.ts";
import type { MicrosoftSelector, SigningConfig } from "./signing-config.ts";

export const targetOf = (selector: MicrosoftSelector): string =>
  `${selector}-example-com._domainkey.example.n-v1.dkim.mail.microsoft`;

/** A chain of a selector of example.com: `alias` where it leads, what it ends in, or that nothing is at the name. */
export function chainTo(selector: MicrosoftSelector, end: "key" | "nothing" | "unknown", alias?: string): TracedChain {
  const name = `${selector}._domainkey.example.com`;
  const aliases = alias === undefined ? [] : [{ name, target: alias, ttlSeconds: 3600 }];
  const finalName = alias ?? name;
  switch (end) {
    case "key":
      return { aliases, finalName, outcome: "present", texts: [{ text: "v=DKIM1; p=AA==", ttlSeconds: 60 }] };
    case "nothing":
      return { aliases, finalName, outcome: "absent", reason: "nxdomain" };
    case "unknown":
      return { aliases, finalName, outcome: "unknown", reason: "timeout" };
  }
}

export const config: SigningConfig = {
  domain: "example.com",
  enabled: true,
  status: "Valid",
  targets: { selector1: targetOf("selector1"), selector2: targetOf("selector2") },
  keyBits: { selector1: 2048, selector2: 2048 },
  keysMadeAt: 500,
  rotatesAt: 1000,
  signsBefore: "selector2",
  signsAfter: "selector1",
};
