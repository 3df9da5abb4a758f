import { isAtOrBelow } from "chancery/dns";
import type { AuditFinding, Check } from "../../check.ts";
import { onValidated, stepsOf } from "./validated.ts";

/** DNS-E-25: a branch that is delegated without DS record works, and is less than the owner of a signed domain may expect. */
export const delegationSigned: Check = {
  name: "delegation-signed",
  title: "Where the domain is signed, what is delegated from `_domainkey` is signed too",
  codes: ["DelegationUnsigned"],
  look: onValidated((validated, { domain }) => {
    const branch = `_domainkey.${domain}`;
    const zones = new Set(
      stepsOf(validated).flatMap(({ dnssec }) =>
        dnssec.state === "insecure" && dnssec.reason === "no-ds" && isAtOrBelow(dnssec.zone, branch)
          ? [dnssec.zone]
          : [],
      ),
    );
    return [...zones].map((zone): AuditFinding => ({
      code: "DelegationUnsigned",
      severity: "info",
      subject: zone,
      summary: `${domain} is signed, and ${zone} is delegated without a DS record: its keys are not protected by DNSSEC`,
      evidence: [`the parent of ${zone} proves that there is no DS record`],
      remedy: `nothing has to be done; where whoever runs ${zone} signs it, publish their DS record beside the NS records`,
      commands: [`dig +dnssec ${zone} DS`],
    }));
  }),
};
