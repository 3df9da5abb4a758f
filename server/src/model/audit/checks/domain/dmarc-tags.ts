import { doesNotApply } from "../../check.ts";
import { appliedPolicy } from "./dmarc-policy.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { recordSeen, tell } from "./tell.ts";

/** Tags of RFC 7489 that RFC 9989 took away (DMARC-P-13). */
export const dmarcTags = postureCheck({
  name: "dmarc-tags",
  title: "The DMARC record has no tags of the old standard",
  codes: ["DmarcObsoleteTag"],
  needs: "dmarc",
  look: ({ posture: { dmarc } }) => {
    if (dmarc.applies.state === "unknown") return unanswered;
    const policy = appliedPolicy(dmarc);
    if (policy === undefined) return doesNotApply;
    const removed = policy.record.remarks.filter(({ code }) => code === "removed").map(({ tag }) => tag);
    if (removed.length === 0) return [];
    const written = removed.map((tag) => `${tag}=${policy.record.tags.get(tag) ?? ""}`).join(", ");
    const isTest = policy.record.tags.get("pct") === "0";
    return [
      tell({
        code: "DmarcObsoleteTag",
        severity: "low",
        at: policy.owner,
        summary: `${written}: RFC 9989 took ${removed.length === 1 ? "this tag" : "these tags"} away, receivers that keep to it ignore ${removed.length === 1 ? "it" : "them"}`,
        evidence: [recordSeen(policy.owner, policy.text)],
        remedy: isTest ? "write t=y in the place of pct=0" : `take ${removed.map((tag) => `${tag}=`).join(", ")} out`,
      }),
    ];
  },
});
