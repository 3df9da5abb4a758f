import type { AuditEvidence } from "../../model/audit/evidence.ts";
import { selectorsInUse } from "../../model/audit/seen-selector.ts";
import { microsoftSelectors } from "../../model/provider/microsoft365/signing-config.ts";
import type { AuditRequest } from "./audit-domain.ts";
import { gatherDnssec } from "./dnssec.ts";
import { gatherMail } from "./mail/mail-evidence.ts";
import { postureOf } from "./posture-of.ts";
import { gatherReports } from "./reports/report-evidence.ts";
import { gatherSelectors } from "./selectors.ts";

/** Mail and reports first, since they name selectors and addresses; then all that DNS is asked for, side by side. */
export async function gatherEvidence(request: AuditRequest): Promise<AuditEvidence> {
  const { domain, now, lookup, dns, namesInZone = [], expectations, history, microsoft365, context } = request;
  const { mailFiles = [], reportFiles = [] } = request;
  const mail = mailFiles.length === 0 ? undefined : await gatherMail({ files: mailFiles, domain, lookup, now });
  const reports = reportFiles.length === 0 ? undefined : await gatherReports({ files: reportFiles, domain, lookup });
  const named = {
    ...request.named,
    report: selectorsInUse(reports?.selectors ?? [], domain).map(({ selector }) => selector),
    mail: (mail?.selectors ?? []).flatMap(({ selector, signingDomain }) => (signingDomain === domain ? selector : [])),
    import: microsoft365?.some((config) => config.domain === domain) === true ? microsoftSelectors : [],
  };
  const [{ selectors, discovery }, posture] = await Promise.all([
    gatherSelectors({ domain, dns, lookup, namesInZone, expectations, named, catalogue: context.catalogue }),
    postureOf(request, { ...(mail && { mail }) }),
  ]);
  const keyNames = selectors.map(({ keyName }) => keyName);
  const dnssec = request.dnssec && (await gatherDnssec(keyNames.length > 0 ? keyNames : [domain], now, request.dnssec));
  return {
    domain,
    at: now,
    dns,
    selectors,
    discovery,
    expectations,
    ...(microsoft365 && { microsoft365 }),
    ...(mail && { mail }),
    ...(reports && { reports }),
    ...(history && { history }),
    ...(dnssec && { dnssec }),
    ...posture,
  };
}
