import { type Exposed, exposureOf } from "../provider/exposure.ts";
import type { AuditContext } from "./check.ts";
import type { AuditEvidence } from "./evidence.ts";

/** What of the evidence gives providers away; empty where nobody is known. */
export function auditExposure(
  { selectors, posture, mail, providerSigns }: AuditEvidence,
  { catalogue }: AuditContext,
): Exposed[] {
  if (catalogue === undefined) return [];
  const messages = mail?.messages ?? [];
  return exposureOf(catalogue, {
    chains: selectors,
    nameServers: providerSigns?.nameServers ?? [],
    spfIncludes:
      posture?.spf.state === "present"
        ? posture.spf.terms.flatMap(({ kind, name }) => (kind === "include" || kind === "redirect" ? (name ?? []) : []))
        : [],
    mailFrom: providerSigns?.mailFrom ?? [],
    signingDomains: messages.flatMap(({ file, signatures }) =>
      signatures.flatMap(({ signingDomain }) =>
        signingDomain === undefined ? [] : [{ domain: signingDomain, at: file }],
      ),
    ),
    returnPaths: messages.flatMap(({ file, path }) =>
      path.returnPath === undefined || path.returnPath === "" ? [] : [{ domain: path.returnPath, at: file }],
    ),
  });
}
