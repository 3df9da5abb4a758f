import { describe, expect, test } from "vitest";
import type { ReportRemark } from "./aggregate-report.ts";
import type { ReportElement } from "./element.ts";
import { readPublishedPolicy, readReportMetadata } from "./read-head.ts";

const leaf = (name: string, text: string): ReportElement => ({ name, text, children: [] });
const node = (name: string, ...children: ReportElement[]): ReportElement => ({ name, text: "", children });

describe("report_metadata", () => {
  const range = (begin: string, end: string) => node("date_range", leaf("begin", begin), leaf("end", end));
  const read = (...children: ReportElement[]) => {
    const remarks: ReportRemark[] = [];
    return { metadata: readReportMetadata(node("report_metadata", ...children), (one) => remarks.push(one)), remarks };
  };
  const names = [leaf("org_name", "Example Org"), leaf("email", "dmarc@example.org"), leaf("report_id", "1.2@x")];

  test("DMARC-A-02 all that it may hold is read, in any order", () => {
    expect(
      read(
        leaf("generator", "made by hand"),
        range("1700000000", "1700086399"),
        leaf("error", "a row was lost"),
        leaf("extra_contact_info", "https://example.org"),
        leaf("error", ""),
        ...names,
      ),
    ).toEqual({
      metadata: {
        organization: "Example Org",
        email: "dmarc@example.org",
        reportId: "1.2@x",
        begin: 1_700_000_000,
        end: 1_700_086_399,
        generator: "made by hand",
        errors: ["a row was lost"],
      },
      remarks: [],
    });
  });

  test("DMARC-A-15 times with a fraction are read, what is no time is remarked on", () => {
    expect(read(...names, range("1337270400.0", "yesterday"))).toMatchObject({
      metadata: { begin: 1_337_270_400, end: undefined },
      remarks: ["not-a-time"],
    });
  });

  test("DMARC-A-15 what has to be there and is not is remarked on", () => {
    expect(read(leaf("org_name", "Example Org")).remarks).toEqual(Array(4).fill("missing-element"));
  });
});

describe("policy_published", () => {
  const read = (...children: ReportElement[]) => {
    const remarks: ReportRemark[] = [];
    return { policy: readPublishedPolicy(node("policy_published", ...children), (one) => remarks.push(one)), remarks };
  };

  test("DMARC-A-04 what is not said has the default of its tag, and there is no pct", () => {
    expect(read(leaf("domain", "example.com"), leaf("p", "reject"))).toEqual({
      policy: {
        domain: "example.com",
        p: "reject",
        sp: undefined,
        np: undefined,
        adkim: "relaxed",
        aspf: "relaxed",
        testing: false,
        percentage: undefined,
        discoveryMethod: undefined,
      },
      remarks: [],
    });
  });

  test("DMARC-A-04 every tag of both standards is read", () => {
    const tags = {
      sp: "none",
      np: "quarantine",
      adkim: "s",
      aspf: "r",
      testing: "y",
      pct: "40",
      discovery_method: "treewalk",
    };
    const { policy, remarks } = read(
      leaf("domain", "example.com"),
      leaf("p", "none"),
      ...Object.entries(tags).map(([name, text]) => leaf(name, text)),
    );
    expect(policy).toMatchObject({
      sp: "none",
      np: "quarantine",
      adkim: "strict",
      aspf: "relaxed",
      testing: true,
      percentage: 40,
      discoveryMethod: "treewalk",
    });
    expect(remarks).toEqual([]);
  });

  test("DMARC-A-04 a value that no version has counts as not said", () => {
    const { policy, remarks } = read(
      leaf("domain", "example.com"),
      leaf("p", "none"),
      leaf("adkim", "x"),
      leaf("sp", "maybe"),
    );
    expect(policy).toMatchObject({ adkim: "relaxed", sp: undefined });
    expect(remarks).toEqual(["unknown-value", "unknown-value"]);
  });

  test("DMARC-A-11 of two domains the first counts", () => {
    const { policy, remarks } = read(leaf("domain", "example.com"), leaf("domain", "example.net"), leaf("p", "none"));
    expect(policy.domain).toBe("example.com");
    expect(remarks).toEqual(["repeated-element"]);
  });
});
