import { isTlsRptRecord, parseTlsRptRecord } from "chancery/policy";
import { doesNotApply } from "../../check.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { recordSeen, tell } from "./tell.ts";

/** Where TLS reports are asked for: whether the record can be read (TLSR-01). */
export const tlsRpt = postureCheck({
  name: "tls-rpt",
  title: "The TLS-RPT record can be read",
  codes: ["TlsRptMalformed"],
  look: ({ domain, posture: { tlsRpt: answer } }) => {
    if (answer.state === "unknown") return unanswered;
    const meant = answer.state === "present" ? answer.values.filter((text) => /tlsrpt/i.test(text)) : [];
    if (meant.length === 0) return doesNotApply;
    const counted = meant.filter(isTlsRptRecord);
    const parsed = parseTlsRptRecord(counted[0] ?? meant[0]!);
    if (counted.length === 1 && parsed.ok) return [];
    const at = `_smtp._tls.${domain}`;
    return [
      tell({
        code: "TlsRptMalformed",
        severity: "low",
        at,
        summary:
          counted.length > 1
            ? `there are ${counted.length} TLS-RPT records, and reporters take none`
            : `the TLS-RPT record cannot be read: ${parsed.ok ? "" : parsed.problem}`,
        evidence: meant.map((text) => recordSeen(at, text)),
        remedy: "publish one record of the form v=TLSRPTv1; rua=mailto:an address of yours that takes reports",
      }),
    ];
  },
});
