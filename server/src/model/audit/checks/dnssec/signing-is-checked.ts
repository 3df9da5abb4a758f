import type { AuditFinding, Check } from "../../check.ts";
import { algorithmWords } from "../../../dnssec-words.ts";
import { onValidated, remedyFor, stepsOf } from "./validated.ts";

/** RFC 9905, RFC 9276 §3.2: zones that are signed in vain. */
export const signingIsChecked: Check = {
  name: "dnssec-signing-is-checked",
  title: "Every signed zone is signed in a way that validators check",
  codes: ["DnssecIgnored"],
  look: onValidated((validated, { domain }) => {
    const told = new Map<string, AuditFinding>();
    for (const { dnssec } of stepsOf(validated)) {
      if (dnssec.state !== "insecure") continue;
      if (dnssec.reason !== "unsupported-algorithm" && dnssec.reason !== "nsec3-iterations") continue;
      const { zone, algorithms = [] } = dnssec;
      const isAlgorithm = dnssec.reason === "unsupported-algorithm";
      told.set(zone, {
        code: "DnssecIgnored",
        severity: "low",
        subject: zone,
        summary: isAlgorithm
          ? `${zone} is signed with an algorithm that validators no longer check`
          : `${zone} proves absences with more NSEC3 iterations than validators compute`,
        evidence: isAlgorithm
          ? algorithms.map((algorithm) => `DS record with algorithm ${algorithmWords(algorithm)}`)
          : ["more than 100 iterations"],
        remedy: remedyFor(
          zone,
          domain,
          isAlgorithm
            ? "sign with algorithm 13 (ECDSAP256SHA256), and give the parent a DS record with digest type 2"
            : "sign with 0 iterations and no salt, or with NSEC (RFC 9276)",
        ),
        commands: isAlgorithm ? [`dig ${zone} DS`] : [`dig ${zone} NSEC3PARAM`],
      });
    }
    return [...told.values()];
  }),
};
