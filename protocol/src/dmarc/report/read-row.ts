import type {
  OverrideType,
  Remarks,
  ReportedDkim,
  ReportedDkimResult,
  ReportedDisposition,
  ReportedOverride,
  ReportedSpf,
  ReportedSpfResult,
  ReportRow,
} from "./aggregate-report.ts";
import { childOf, childrenOf, domainOf, textOf, wordOf, type ReportElement } from "./element.ts";

/** RFC 9990 §3.1 has up to a hundred signatures in a row. */
const dkimResultsMax = 100;
const spfResultsMax = 10;
const overridesMax = 20;
/** More messages than that in a row is a slip of somebody's pen. */
const messagesMax = 1e12;

const dispositions: readonly ReportedDisposition[] = ["none", "pass", "quarantine", "reject"];
const overrideTypes: readonly OverrideType[] = [
  "local_policy",
  "mailing_list",
  "other",
  "policy_test_mode",
  "trusted_forwarder",
  "forwarded",
  "sampled_out",
];
const dkimWords: readonly ReportedDkimResult[] = [
  "none",
  "pass",
  "fail",
  "policy",
  "neutral",
  "temperror",
  "permerror",
];
const spfWords: readonly ReportedSpfResult[] = [...dkimWords, "softfail"];
/** Words for SPF's results before RFC 7208, and what RFC 7489 Appendix C says that they stand for. */
const spfLegacy: Readonly<Record<string, ReportedSpfResult>> = {
  hardfail: "fail",
  unknown: "temperror",
  error: "permerror",
};

/** Reads one `record`. Undefined: it does not say of how many messages it speaks, so there is nothing to count. */
export function readReportRow(record: ReportElement, remark: Remarks): ReportRow | undefined {
  const row = childOf(record, "row", remark);
  const messages = countOf(textOf(row, "count", remark));
  if (messages === undefined) {
    remark("bad-count");
    return undefined;
  }
  const evaluated = childOf(row, "policy_evaluated", remark);
  const identifiers = childOf(record, "identifiers", remark) ?? childOf(record, "identities", remark);
  const results = childOf(record, "auth_results", remark);
  const headerFrom = domainOf(textOf(identifiers, "header_from", remark), remark);
  if (headerFrom === undefined) remark("missing-element");
  const passOrFail = (name: string) => wordOf(textOf(evaluated, name, remark), ["pass", "fail"] as const, remark);
  return {
    sourceIp: addressOf(textOf(row, "source_ip", remark), remark),
    messages,
    disposition: wordOf(textOf(evaluated, "disposition", remark), dispositions, remark),
    dkim: passOrFail("dkim"),
    spf: passOrFail("spf"),
    overrides: childrenOf(evaluated, "reason", overridesMax, remark).map((reason) => overrideOf(reason, remark)),
    headerFrom,
    envelopeFrom: envelopeOf(textOf(identifiers, "envelope_from", remark), remark),
    envelopeTo: envelopeOf(textOf(identifiers, "envelope_to", remark), remark),
    dkimResults: childrenOf(results, "dkim", dkimResultsMax, remark).map((result) => dkimOf(result, remark)),
    spfResults: childrenOf(results, "spf", spfResultsMax, remark).map((result) => spfOf(result, remark)),
  };
}

function countOf(text: string | undefined): number | undefined {
  const count = text !== undefined && /^[0-9]{1,13}$/.test(text) ? Number(text) : 0;
  return count > 0 && count <= messagesMax ? count : undefined;
}

/** The null reverse-path is written as nothing, or as `<>`. */
function envelopeOf(text: string | undefined, remark: Remarks): string | undefined {
  if (text === undefined) return undefined;
  return text === "" || text === "<>" ? "" : domainOf(text.slice(text.lastIndexOf("@") + 1), remark);
}

const overrideOf = (reason: ReportElement, remark: Remarks): ReportedOverride => ({
  type: wordOf(textOf(reason, "type", remark), overrideTypes, remark) ?? "other",
  comment: textOf(reason, "comment", remark) ?? "",
});

const dkimOf = (element: ReportElement, remark: Remarks): ReportedDkim => ({
  domain: domainOf(textOf(element, "domain", remark), remark),
  selector: domainOf(textOf(element, "selector", remark), remark),
  result: wordOf(textOf(element, "result", remark), dkimWords, remark),
});

const spfOf = (element: ReportElement, remark: Remarks): ReportedSpf => ({
  domain: domainOf(textOf(element, "domain", remark), remark),
  scope: wordOf(textOf(element, "scope", remark), ["mfrom", "helo"], remark),
  result: wordOf(textOf(element, "result", remark), spfWords, remark, spfLegacy),
});

/** An address as it is shown. Its form is checked as far as it takes to know that it is one. */
function addressOf(text: string | undefined, remark: Remarks): string | undefined {
  const isAddress = text !== undefined && (ipv4.test(text) || /^(?=.*:.*:)[0-9A-Fa-f:.]{2,45}$/.test(text));
  if (isAddress) return text.toLowerCase();
  remark(text === undefined || text === "" ? "missing-element" : "not-an-address");
  return undefined;
}

const ipv4 = /^(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?:\.(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})){3}$/;
