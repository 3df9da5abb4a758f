import type { QueryBudget } from "../../engine/resolver/session.ts";
import type { DnssecEvidence } from "../../model/audit/evidence/dnssec.ts";
import type { AuditEvidence, SelectorEvidence } from "../../model/audit/evidence.ts";
import { selectorsInUse } from "../../model/audit/evidence/seen-selector.ts";
import { microsoftSelectors } from "../../model/provider/microsoft365/signing-config.ts";
import type { AuditRequest } from "./audit-request.ts";
import { auditQueriesMax } from "./budget.ts";
import { gatherDnssec } from "./dnssec.ts";
import { gatherDelegation } from "./delegation/delegation-evidence.ts";
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
  const budget = { queriesLeft: auditQueriesMax };
  const searched = gatherSelectors({ domain, dns, lookup, namesInZone, expectations, named, catalogue });
  const [{ selectors, discovery }, providerSigns, delegation, dnssec, posture] = await Promise.all([
    searched,
    catalogue &&
      searched.then((found) => gatherProviderSigns({ domain, lookup, selectors: found.selectors, catalogue })),
    searched.then((found) =>
      gatherDelegation({ ...request, ...vantageWithin(request, budget), selectors: found.selectors }),
    ),
    searched.then((found) => dnssecOf(request, found.selectors, budget)),
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

/** Of every key name; of the domain alone where none is known. */
async function dnssecOf(
  { domain, now, dnssec }: AuditRequest,
  selectors: readonly SelectorEvidence[],
  budget: QueryBudget,
): Promise<DnssecEvidence | undefined> {
  if (dnssec === undefined) return undefined;
  const names = selectors.map(({ keyName }) => keyName);
  const source = { ...dnssec, iterative: { ...dnssec.iterative, budget } };
  return gatherDnssec(names.length > 0 ? names : [domain], now, source);
}

const vantageWithin = ({ vantage }: AuditRequest, budget: QueryBudget): Pick<AuditRequest, "vantage"> =>
  vantage === undefined ? {} : { vantage: { ...vantage, iterative: { ...vantage.iterative, budget } } };
