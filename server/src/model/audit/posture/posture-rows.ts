import { parseBimiRecord, parseMtaStsPolicy, parseTlsRptRecord, spfCost, spfLimits } from "chancery/policy";
import { appliedPolicy } from "../checks/domain/dmarc-policy.ts";
import type { Answer, DomainEvidence } from "../evidence/domain.ts";
import type { AuditEvidence } from "../evidence.ts";

/** How the domain stands in one respect. `not set up` is no fault; whether what is set up is in order, the findings say. */
export type PostureRow = { aspect: Aspect; state: "set up" | "not set up" | "not known"; text: string };

export type Aspect = "DMARC" | "SPF" | "MX" | "MTA-STS" | "TLS-RPT" | "BIMI" | "DNSSEC";

type Said = Omit<PostureRow, "aspect">;
const isSet = (text: string): Said => ({ state: "set up", text });
const isNot = (text: string): Said => ({ state: "not set up", text });
const unknown: Said = { state: "not known", text: "DNS gave no answer" };
const notShown: Said = { state: "not known", text: "the file does not show it" };

/** The records around DKIM, one line for each; empty where nobody looked. */
export function postureRows({ domain, dns, posture }: AuditEvidence): PostureRow[] {
  if (posture === undefined) return [];
  const rows: Record<Aspect, Said> = {
    DMARC: posture.shown.dmarc ? dmarcSaid(posture) : notShown,
    SPF: posture.shown.apex ? spfSaid(posture) : notShown,
    MX: posture.shown.apex ? mxSaid(posture) : notShown,
    "MTA-STS": mtaStsSaid(posture),
    "TLS-RPT": textSaid(posture.tlsRpt, "nobody is asked to report on failed TLS", (text) => {
      const record = parseTlsRptRecord(text);
      return record.ok ? `reports on failed TLS go to ${record.value.rua.map(({ uri }) => uri).join(", ")}` : undefined;
    }),
    BIMI: textSaid(posture.bimi.answer, "no logo", (text) => {
      const record = parseBimiRecord(text);
      if (!record.ok) return undefined;
      return record.value.logo === undefined
        ? "the domain declines to show a logo"
        : `a logo at ${record.value.logo.uri}`;
    }),
    // DS stands in the parent, which a file of one zone does not hold.
    DNSSEC: dns === "file" && posture.ds.answer.state === "absent" ? notShown : dnssecSaid(domain, posture),
  };
  return Object.entries(rows).map(([aspect, said]) => ({ aspect: aspect as Aspect, ...said }));
}

function dmarcSaid({ dmarc }: DomainEvidence): Said {
  if (dmarc.applies.state === "unknown") return unknown;
  const policy = appliedPolicy(dmarc);
  if (policy === undefined) return isNot("no record applies");
  return isSet(
    `${policy.tag}=${policy.published ?? "?"}${policy.record.testing ? " as a test" : ""}, from ${policy.owner}`,
  );
}

function spfSaid({ spf }: DomainEvidence): Said {
  switch (spf.state) {
    case "unknown":
      return unknown;
    case "absent":
      return isNot("no record");
    case "several":
      return isSet(`${spf.texts.length} records`);
    case "malformed":
      return isSet(`a record with a syntax error: ${spf.problem}`);
    case "loop":
    case "not-followed":
      return isSet("a record that is too large to follow");
    case "present": {
      const { lookups, atLeast } = spfCost(spf);
      const all = spf.record.directives.find(({ mechanism }) => mechanism.kind === "all")?.text;
      const end = all ?? (spf.record.redirect === undefined ? "no all" : `redirect to ${spf.record.redirect.text}`);
      return isSet(`${atLeast ? "at least " : ""}${lookups} of ${spfLimits.lookupsMax} look-ups, ends in ${end}`);
    }
  }
}

function mxSaid({ mx, addresses }: DomainEvidence): Said {
  if (mx.state === "unknown") return unknown;
  if (mx.state === "absent")
    return isNot(
      addresses.state === "present"
        ? "none: mail goes to the address of the domain itself"
        : "none, and no address: mail cannot be answered",
    );
  if (mx.values.every(({ host }) => host === ".")) return isSet("a null MX: the domain takes no mail");
  return isSet(mx.values.map(({ host }) => host).join(", "));
}

function mtaStsSaid({ mtaSts: { record, policy } }: DomainEvidence): Said {
  return textSaid(record, "senders may deliver without TLS", (text) => {
    if (!/^v=sts/i.test(text)) return undefined;
    if (policy?.state !== "fetched") return "a record; the policy file was not read";
    const read = parseMtaStsPolicy(policy.text);
    return read.ok
      ? `mode ${read.value.mode}, for ${read.value.mx.join(", ")}`
      : "a record; the policy file cannot be read";
  });
}

/** Of a text record that need not be there. `read` gives undefined for a text of another kind. */
function textSaid(answer: Answer<string>, without: string, read: (text: string) => string | undefined): Said {
  if (answer.state === "unknown") return unknown;
  const texts = answer.state === "present" ? answer.values.flatMap((text) => read(text) ?? []) : [];
  return texts.length === 0 ? isNot(without) : isSet(texts.join("; "));
}

/** Whether the parent says that the zone is signed. Whether its signatures are right, other checks say. */
function dnssecSaid(domain: string, { ds: { name, answer } }: DomainEvidence): Said {
  if (answer.state === "unknown") return unknown;
  if (answer.state === "present") return isSet(`the parent of ${name} has a DS record`);
  return isNot(
    `no DS record for ${name === domain ? domain : `${domain} or ${name}`}: answers about it can be forged on the way`,
  );
}
