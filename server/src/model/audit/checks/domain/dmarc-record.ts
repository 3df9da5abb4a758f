import { looksLikePolicyRecord, parsePolicyRecord, type RecordRemark } from "chancery/dmarc";
import type { AuditFinding } from "../../check.ts";
import type { Answer, DmarcEvidence } from "../../evidence/domain.ts";
import { appliedPolicy } from "./dmarc-policy.ts";
import { mailUse } from "./mail-use.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { openNames } from "./relied-names.ts";
import { recordSeen, tell } from "./tell.ts";

/** Whether receivers find exactly one DMARC record, and can read it. */
export const dmarcRecord = postureCheck({
  name: "dmarc-record",
  title: "One DMARC record applies to the domain, and can be read",
  codes: ["DmarcMissing", "DmarcMultiple", "DmarcMalformed", "DmarcMisplaced"],
  needs: "dmarc",
  look: (evidence, context) => {
    const { domain, posture } = evidence;
    const { dmarc } = posture;
    if (dmarc.applies.state === "unknown") return unanswered;
    const findings = [
      ...dmarc.asked.flatMap(({ domain: at, answer }) => faultsAt(`_dmarc.${at}`, answer)),
      ...unreadable(dmarc),
    ];
    if (dmarc.applies.state === "present" || findings.length > 0) return findings;
    if (dmarc.misplaced.length > 0) return [misplacedFinding(domain, dmarc)];
    // An alias that leads to nobody's domain is told of by another check, and what a parked domain lacks by a third.
    if (dmarc.asked[0]?.answer.aliases.some((name) => openNames(posture, context).has(name)) === true) return [];
    return mailUse(evidence).use === "parked" ? [] : [missingFinding(domain, dmarc)];
  },
});

function faultsAt(name: string, answer: Answer<string>): AuditFinding[] {
  if (answer.state !== "present") return [];
  const records = answer.values.filter((text) => parsePolicyRecord(text).ok);
  if (records.length > 1)
    return [
      tell({
        code: "DmarcMultiple",
        severity: "medium",
        at: name,
        summary: `there are ${records.length} DMARC records at ${name}: receivers discard all of them`,
        evidence: records.map((text) => recordSeen(name, text)),
        remedy: "keep one of them, with everything that the others say and you want, and remove the rest",
      }),
    ];
  const meant = records.length === 0 ? answer.values.filter(looksLikePolicyRecord) : [];
  return meant.map((text) =>
    tell({
      code: "DmarcMalformed",
      severity: "medium",
      at: name,
      summary: "the text does not begin with v=DMARC1; and so is no DMARC record",
      evidence: [recordSeen(name, text)],
      remedy: "let the record begin with v=DMARC1; exactly so, without quotes, in capitals, with a semicolon behind it",
    }),
  );
}

const remarks: Partial<Record<RecordRemark["code"], string>> = {
  syntax: "is not name=value",
  duplicate: "stands twice: the first counts",
  unknown: "is no tag of DMARC: receivers ignore it",
  "bad-value": "has a value that it cannot have: its default counts",
};

/** What is wrong inside of the record that applies. */
function unreadable(dmarc: DmarcEvidence): AuditFinding[] {
  const policy = appliedPolicy(dmarc);
  if (policy === undefined) return [];
  const { owner, text, record, published } = policy;
  const finding = (severity: "medium" | "low", summary: string, remedy: string): AuditFinding =>
    tell({ code: "DmarcMalformed", severity, at: owner, summary, evidence: [recordSeen(owner, text)], remedy });
  const bad = record.remarks.filter(({ code }) => code === "bad-policy").map(({ tag }) => `${tag}=`);
  const findings =
    bad.length === 0
      ? []
      : [
          finding(
            "medium",
            `${bad.join(" and ")} is none of none, quarantine and reject: ${published === undefined ? "receivers apply no DMARC at all" : "the whole record counts as p=none"}`,
            "write none, quarantine or reject",
          ),
        ];
  const mistakes = record.remarks.flatMap(({ code, tag }) => {
    const mistake = remarks[code];
    return mistake === undefined ? [] : [`${tag === "" ? "a part of it" : `${tag}=`} ${mistake}`];
  });
  if (mistakes.length > 0)
    findings.push(
      finding("low", `a tag of the DMARC record is lost: ${mistakes.join("; ")}`, "correct the tag, or take it out"),
    );
  return findings;
}

function misplacedFinding(domain: string, { misplaced }: DmarcEvidence): AuditFinding {
  const [first] = misplaced;
  return tell({
    code: "DmarcMisplaced",
    severity: "medium",
    at: `_dmarc.${domain}`,
    also: [[first!.name, "TXT"]],
    summary: `the DMARC record is not at _dmarc.${domain} but at ${first!.name}: ${first!.mistake}`,
    evidence: misplaced.map(({ name, text }) => recordSeen(name, text)),
    remedy: `move the record to the TXT name _dmarc.${domain}; where the DNS host appends the domain itself, enter _dmarc alone`,
  });
}

const missingFinding = (domain: string, { asked }: DmarcEvidence): AuditFinding =>
  tell({
    code: "DmarcMissing",
    severity: "medium",
    at: `_dmarc.${domain}`,
    summary: `no DMARC record applies to ${domain}`,
    evidence: asked.map(({ domain: at }) => `_dmarc.${at} has no DMARC record`),
    remedy: `publish a TXT record at _dmarc.${domain}, to begin with: v=DMARC1; p=none; rua=mailto:an address of yours that takes reports`,
  });
