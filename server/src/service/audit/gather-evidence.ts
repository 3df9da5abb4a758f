import type { AuditEvidence } from "../../model/audit/evidence.ts";
import { selectorsInUse } from "../../model/audit/seen-selector.ts";
import { microsoftSelectors } from "../../model/provider/microsoft365/signing-config.ts";
import type { AuditRequest } from "./audit-domain.ts";
import { gatherDnssec } from "./dnssec.ts";
import { gatherDelegation } from "./delegation.ts";
import { gatherMail } from "./mail/mail-evidence.ts";
import { postureOf } from "./posture-of.ts";
import { gatherProviderSigns } from "./provider-signs.ts";
import { gatherReports } from "./reports/report-evidence.ts";
import { gatherSelectors } from "./selectors.ts";

/** Mail and reports first, since they name selectors and addresses; then all that DNS is asked for, side by side. */
export async function gatherEvidence(request: AuditRequest): Promise<AuditEvidence> {
  const { domain, now, lookup, dns, namesInZone = [], expectations, history, microsoft365, context } = request;
  const { mailFiles = [], reportFiles = [] } = request;
  const mail = mailFiles.length === 0 ? undefined : await gatherMail({ files: mailFiles, domain, lookup, now });
  const reports =
    reportFiles.length === 0 ? undefined : await gatherReports({ files: reportFiles, domain, lookup, now });
  const named = {
    ...request.named,
    report: selectorsInUse(reports?.selectors ?? [], domain).map(({ selector }) => selector),
    mail: (mail?.selectors ?? []).flatMap(({ selector, signingDomain }) => (signingDomain === domain ? selector : [])),
    import: microsoft365?.some((config) => config.domain === domain) === true ? microsoftSelectors : [],
  };
  const { catalogue } = context;
  const searched = gatherSelectors({ domain, dns, lookup, namesInZone, expectations, named, catalogue });
  const keyNamesOf = ({ selectors: found }: Awaited<typeof searched>): string[] =>
    found.length > 0 ? found.map(({ keyName }) => keyName) : [domain];
  const [{ selectors, discovery }, providerSigns, delegation, dnssec, posture] = await Promise.all([
    searched,
    catalogue &&
      searched.then((found) => gatherProviderSigns({ domain, lookup, selectors: found.selectors, catalogue })),
    searched.then((found) => gatherDelegation({ ...request, selectors: found.selectors })),
    request.dnssec && searched.then((found) => gatherDnssec(keyNamesOf(found), now, request.dnssec!)),
    postureOf(request, { ...(mail && { mail }) }),
  ]);
  return {
    domain,
    at: now,
    dns,
    selectors,
    discovery,
    expectations,
    delegation,
    ...(providerSigns && { providerSigns }),
    ...(microsoft365 && { microsoft365 }),
    ...(mail && { mail }),
    ...(reports && { reports }),
    ...(history && { history }),
    ...(dnssec && { dnssec }),
    ...posture,
  };
}
