import type { AlignmentMode, Policy } from "../policy-record.ts";
import type { PublishedPolicy, Remarks, ReportMetadata } from "./aggregate-report.ts";
import { childOf, childrenOf, cleanText, domainOf, textOf, wordOf, type ReportElement } from "./element.ts";

const errorsMax = 20;
const secondsMax = 99_999_999_999;

/** Reads `report_metadata`. */
export function readReportMetadata(element: ReportElement | undefined, remark: Remarks): ReportMetadata {
  const required = (name: string): string => {
    const text = textOf(element, name, remark);
    if (text === undefined || text === "") remark("missing-element");
    return text ?? "";
  };
  const range = childOf(element, "date_range", remark);
  const generator = textOf(element, "generator", remark);
  return {
    organization: required("org_name"),
    email: required("email"),
    reportId: required("report_id"),
    begin: timeOf(range, "begin", remark),
    end: timeOf(range, "end", remark),
    generator: generator === "" ? undefined : generator,
    errors: childrenOf(element, "error", errorsMax, remark)
      .map(({ text }) => cleanText(text, remark))
      .filter((text) => text !== ""),
  };
}

/** Epoch seconds. Some reporters write a fraction. */
function timeOf(range: ReportElement | undefined, name: string, remark: Remarks): number | undefined {
  const text = textOf(range, name, remark);
  if (text === undefined || text === "") {
    remark("missing-element");
    return undefined;
  }
  const seconds = /^[0-9]{1,11}(?:\.[0-9]{1,9})?$/.test(text) ? Math.floor(Number(text)) : undefined;
  if (seconds === undefined || seconds > secondsMax) {
    remark("not-a-time");
    return undefined;
  }
  return seconds;
}

const policies: readonly Policy[] = ["none", "quarantine", "reject"];
const modes: Readonly<Record<string, AlignmentMode>> = { r: "relaxed", s: "strict" };

/** Reads `policy_published`. What is not said has the default of the record's tag. */
export function readPublishedPolicy(element: ReportElement | undefined, remark: Remarks): PublishedPolicy {
  const domain = domainOf(textOf(element, "domain", remark), remark);
  const p = wordOf(textOf(element, "p", remark), policies, remark);
  if (domain === undefined || p === undefined) remark("missing-element");
  const mode = (name: string): AlignmentMode =>
    modes[wordOf(textOf(element, name, remark), ["r", "s"], remark, { relaxed: "r", strict: "s" }) ?? "r"] ?? "relaxed";
  const percentage = textOf(element, "pct", remark);
  return {
    domain,
    p,
    sp: wordOf(textOf(element, "sp", remark), policies, remark),
    np: wordOf(textOf(element, "np", remark), policies, remark),
    adkim: mode("adkim"),
    aspf: mode("aspf"),
    testing: wordOf(textOf(element, "testing", remark), ["y", "n"], remark) === "y",
    percentage: percentage !== undefined && /^[0-9]{1,3}$/.test(percentage) ? Number(percentage) : undefined,
    discoveryMethod: wordOf(textOf(element, "discovery_method", remark), ["psl", "treewalk"], remark),
  };
}
