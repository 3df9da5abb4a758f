import { isMtaStsRecord, mtaStsAllows, parseMtaStsPolicy, parseMtaStsRecord } from "chancery/policy";
import { type AuditFinding, type CheckOutcome, doesNotApply, needsEvidence } from "../../check.ts";
import type { DomainEvidence } from "../../evidence/domain.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { recordSeen, tell } from "./tell.ts";

/** Where MTA-STS is set up: whether senders find the policy, and it lets mail through (STS-01 to STS-03, STS-05). */
export const mtaSts = postureCheck({
  name: "mta-sts",
  title: "The MTA-STS policy is found, and names every exchanger",
  codes: ["MtaStsMalformed", "MtaStsPolicyBroken", "MtaStsMxMismatch"],
  look: ({ domain, posture }) => {
    const { record } = posture.mtaSts;
    if (record.state === "unknown") return unanswered;
    const meant = record.state === "present" ? record.values.filter((text) => /^v=sts/i.test(text)) : [];
    if (meant.length === 0) return doesNotApply;
    const fault = recordFault(`_mta-sts.${domain}`, meant);
    return fault === undefined ? lookAtPolicy(domain, posture) : [fault];
  },
});

function recordFault(at: string, texts: readonly string[]): AuditFinding | undefined {
  const counted = texts.filter(isMtaStsRecord);
  const [text = texts[0]!] = counted;
  const parsed = parseMtaStsRecord(text);
  const problem =
    counted.length > 1
      ? `there are ${counted.length} MTA-STS records, and senders take none`
      : parsed.ok
        ? undefined
        : `the MTA-STS record cannot be read: ${parsed.problem}`;
  if (problem === undefined) return undefined;
  return tell({
    code: "MtaStsMalformed",
    severity: "low",
    at,
    summary: problem,
    evidence: texts.map((one) => recordSeen(at, one)),
    remedy: "publish one record of the form v=STSv1; id=20260101000000; and change the id whenever the policy changes",
  });
}

function lookAtPolicy(
  domain: string,
  { mtaSts: { policy }, mx }: DomainEvidence,
): readonly AuditFinding[] | CheckOutcome {
  const url = `https://mta-sts.${domain}/.well-known/mta-sts.txt`;
  const told = { at: `mta-sts.${domain}`, type: "A", also: [[`_mta-sts.${domain}`, "TXT"]] } as const;
  const broken = (why: string): AuditFinding[] => [
    {
      ...tell({
        ...told,
        code: "MtaStsPolicyBroken",
        severity: "low",
        summary: `the MTA-STS record promises a policy, and senders do not get one: ${why}`,
        evidence: [`${url}: ${why}`],
        remedy: "serve the policy file there as text/plain, without redirects, with a certificate for that host",
      }),
      commands: [`curl -i ${url}`],
    },
  ];
  if (policy === undefined) return needsEvidence("the policy file, which is fetched over HTTPS");
  if (policy.state === "unknown") return unanswered;
  if (policy.state === "refused") return broken(policy.problem);
  const parsed = parseMtaStsPolicy(policy.text);
  if (!parsed.ok) return broken(parsed.problem);
  const { mode, mx: patterns } = parsed.value;
  if (mode === "none" || mx.state !== "present") return [];
  const left = mx.values.map(({ host }) => host).filter((host) => host !== "." && !mtaStsAllows(parsed.value, host));
  if (left.length === 0) return [];
  return [
    tell({
      code: "MtaStsMxMismatch",
      severity: mode === "enforce" ? "medium" : "low",
      at: domain,
      type: "MX",
      summary: `the MTA-STS policy does not name ${left.join(", ")}: ${mode === "enforce" ? "senders that keep to it do not deliver there" : "once it enforces, senders will not deliver there"}`,
      evidence: [`${url}: mode ${mode}, mx ${patterns.join(", ")}`, ...left.map((host) => `${domain} MX ${host}`)],
      remedy: `add a line mx: for each of them, and give the record at _mta-sts.${domain} a new id`,
    }),
  ];
}
