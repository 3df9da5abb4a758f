import { readCorpus } from "./seeds.ts";
import type { Target } from "./target.ts";
import { dnsQueryTarget } from "./targets-dns.ts";
import { dnssecTarget } from "./targets-dnssec.ts";
import { evidenceTargets } from "./targets-evidence.ts";
import { mailTargets } from "./targets-mail.ts";
import { policyTargets } from "./targets-policy.ts";
import { providerTargets } from "./targets-providers.ts";
import { verificationTargets } from "./targets-verification.ts";
import { wireTargets } from "./targets-wire.ts";

/** Everything that reads strangers' octets. `corpora` is the folder of conformance cases of others, if there is one. */
export function allTargets(corpora: string | undefined): Target[] {
  const corpus = readCorpus(corpora);
  return [
    ...mailTargets(corpus),
    ...wireTargets(corpus),
    dnsQueryTarget,
    dnssecTarget,
    ...policyTargets,
    ...providerTargets,
    ...verificationTargets(corpus),
    ...evidenceTargets(corpus),
  ];
}
