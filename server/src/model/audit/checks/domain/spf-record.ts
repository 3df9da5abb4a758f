import { mailUse } from "./mail-use.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { recordSeen, tell } from "./tell.ts";

/** Whether there is one SPF record, without a syntax error. */
export const spfRecord = postureCheck({
  name: "spf-record",
  title: "The domain has one SPF record, and it can be read",
  codes: ["SpfMissing", "SpfMultiple", "SpfMalformed"],
  needs: "apex",
  look: (evidence) => {
    const { spf } = evidence.posture;
    const at = spf.domain;
    switch (spf.state) {
      case "unknown":
        return unanswered;
      case "several":
        return [
          tell({
            code: "SpfMultiple",
            severity: "medium",
            at,
            summary: `there are ${spf.texts.length} SPF records at ${at}: receivers take none of them`,
            evidence: spf.texts.map((text) => recordSeen(at, text)),
            remedy: "put the terms of all of them into one record, with one all at its end, and remove the others",
          }),
        ];
      case "malformed":
        return [
          tell({
            code: "SpfMalformed",
            severity: "medium",
            at,
            summary: `the SPF record has a syntax error: ${spf.problem}`,
            evidence: [recordSeen(at, spf.text)],
            remedy: "correct the term; terms are separated by single spaces",
          }),
        ];
      case "absent":
        // Of a parked domain another check says what it lacks.
        return mailUse(evidence).use === "parked" ? [] : [missingAt(at)];
      case "present":
      case "loop":
      case "not-followed":
        return [];
    }
  },
});

const missingAt = (at: string) =>
  tell({
    code: "SpfMissing",
    severity: "low",
    at,
    summary: `${at} has no SPF record`,
    evidence: [`${at} has no TXT record that begins with v=spf1`],
    remedy:
      "publish a TXT record that names who sends with this domain in MAIL FROM, for example v=spf1 mx include:the name your provider gives ~all",
  });
