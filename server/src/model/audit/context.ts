import type { Catalogue } from "../provider/catalogue.ts";
import { isProviderName } from "../provider/provider-name.ts";
import { type AuditContext, defaultAuditPolicy } from "./check.ts";

/** What the checks know, made of the catalogue and the lists at hand. */
export const auditContextOf = (
  catalogue: Catalogue,
  rest: Partial<Pick<AuditContext, "policy" | "isKnownWeak">> = {},
): AuditContext => ({
  policy: defaultAuditPolicy,
  ...rest,
  catalogue,
  isProviderName: (name) => isProviderName(catalogue, name),
});
