import { doesNotApply } from "../../check.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { tell } from "./tell.ts";

/** Where the tree walk of RFC 9989 and the list of RFC 7489 lead to different places (DMARC-T-15). */
export const dmarcWalk = postureCheck({
  name: "dmarc-walk",
  title: "The new and the old DMARC standard find the same record and organization",
  codes: ["PolicyWalkDiffers"],
  needs: "dmarc",
  look: ({ domain, posture: { dmarc } }) => {
    const { applies, organizationalDomain, listed, asked } = dmarc;
    if (applies.state === "unknown" || organizationalDomain === undefined || listed === "unknown") return unanswered;
    const policyDomain = applies.state === "present" ? applies.domain : undefined;
    if (policyDomain === undefined && listed.policyDomain === undefined) return doesNotApply;
    const differences = [
      ...(policyDomain === listed.policyDomain
        ? []
        : [`by RFC 9989 ${recordOf(policyDomain)} applies, by RFC 7489 ${recordOf(listed.policyDomain)}`]),
      ...(organizationalDomain === listed.organizationalDomain
        ? []
        : [`by RFC 9989 the organization is ${organizationalDomain}, by RFC 7489 ${listed.organizationalDomain}`]),
    ];
    if (differences.length === 0) return [];
    const isCaptured = listed.organizationalDomain.endsWith(`.${organizationalDomain}`);
    return [
      tell({
        code: "PolicyWalkDiffers",
        severity: "low",
        at: `_dmarc.${domain}`,
        also: asked.slice(1).map(({ domain: at }) => [`_dmarc.${at}`, "TXT"] as const),
        summary: differences.join("; "),
        evidence: asked.map(({ domain: at, answer }) => `_dmarc.${at}: ${answer.state}`),
        remedy: isCaptured
          ? `where ${listed.organizationalDomain} is an organization of its own, publish a DMARC record there with psd=n`
          : `publish a DMARC record at _dmarc.${listed.organizationalDomain}, so that the walk ends there as well`,
      }),
    ];
  },
});

const recordOf = (domain: string | undefined): string =>
  domain === undefined ? "no record" : `the record of ${domain}`;
