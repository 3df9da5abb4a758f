import { describe, expect, test } from "vitest";
import { formatPolicyRecord } from "./format-record.ts";
import { looksLikePolicyRecord, parsePolicyRecord, type PolicyRecord } from "./policy-record.ts";
import { readPolicyRecords } from "./record-lookup.ts";

const record = (text: string): PolicyRecord => {
  const result = parsePolicyRecord(text);
  if (!result.ok) throw new Error(result.problem);
  return result.value;
};
const remarks = (text: string): string[] => record(text).remarks.map(({ code, tag }) => `${code} ${tag}`);

describe("what is a policy record", () => {
  test.each([
    ["DMARC-P-02 alone", "v=DMARC1", true],
    ["DMARC-P-02 with a semicolon", "v=DMARC1;", true],
    ["DMARC-P-02 white space around =", "v = DMARC1 ; p=none", true],
    ["DMARC-P-02 not first", "p=none; v=DMARC1", false],
    ["DMARC-P-02 lower case", "v=dmarc1; p=none", false],
    ["DMARC-P-02 another version", "v=DMARC2; p=none", false],
    ["DMARC-P-02 a longer version", "v=DMARC10; p=none", false],
    ["DMARC-P-02 no semicolon behind it", "v=DMARC1 p=none", false],
    ["DMARC-P-02 white space before it", " v=DMARC1; p=none", false],
    ["DMARC-P-02 pasted quotes", '"v=DMARC1; p=none"', false],
    ["SPF", "v=spf1 -all", false],
    ["nothing", "", false],
    ["over 8192 octets", `v=DMARC1; p=none; x=${"y".repeat(8192)}`, false],
  ])("%s", (_title, text, is) => {
    expect(parsePolicyRecord(text).ok).toBe(is);
  });

  test("DMARC-P-03 one among other texts counts, two count as none, what was meant as one is told", () => {
    const state = (...texts: string[]): string => {
      const lookup = readPolicyRecords(texts);
      return lookup.state === "absent" ? lookup.cause : lookup.state;
    };
    expect(state("v=spf1 -all", "v=DMARC1; p=none", "v=DMARC2")).toBe("present");
    expect(state("v=DMARC1; p=none", "v=DMARC1; p=none")).toBe("several-records");
    expect(state("v=dmarc1; p=none")).toBe("not-a-record");
    expect(state("v=spf1 -all")).toBe("no-record");
    expect(state()).toBe("no-record");
    expect(state("p=reject; rua=mailto:a@example.com")).toBe("not-a-record");
    expect(looksLikePolicyRecord("v=DMARC; rua=mailto:a@example.com")).toBe(true);
    expect(looksLikePolicyRecord("v=DKIM1; p=MIGf; n=rua")).toBe(false);
    expect(looksLikePolicyRecord("google-site-verification=x")).toBe(false);
  });
});

describe("tags", () => {
  test("defaults", () => {
    expect(record("v=DMARC1; p=reject; rua=mailto:a@example.com")).toMatchObject({
      p: "reject",
      sp: undefined,
      np: undefined,
      psd: "u",
      testing: false,
      adkim: "relaxed",
      aspf: "relaxed",
      ruf: [],
      fo: ["0"],
      remarks: [],
    });
  });
  test("DMARC-P-05 any order, white space around ; and =, a last ; or none", () => {
    const expected = { p: "reject", sp: "none", adkim: "strict" };
    expect(record("v=DMARC1;sp=none;adkim=s;p=reject")).toMatchObject(expected);
    expect(record("v=DMARC1 ; adkim\t=\ts ; p = reject ; sp=none ; ")).toMatchObject(expected);
  });
  test("DMARC-P-06 values compare without case", () => {
    expect(record("v=DMARC1; p=REJECT; sp=None; np=qUARANTINE; adkim=S; aspf=S; psd=N; t=Y")).toMatchObject({
      p: "reject",
      sp: "none",
      np: "quarantine",
      adkim: "strict",
      aspf: "strict",
      psd: "n",
      testing: true,
    });
  });
  test.each([
    ["DMARC-P-04 a value that adkim= does not have", "adkim=x", "bad-value adkim"],
    ["DMARC-P-04 a value that aspf= does not have", "aspf=strict", "bad-value aspf"],
    ["DMARC-P-04 a value that psd= does not have", "psd=yes", "bad-value psd"],
    ["DMARC-P-04 a value that t= does not have", "t=1", "bad-value t"],
    ["DMARC-P-04 an unknown tag", "xyz=1", "unknown xyz"],
    ["DMARC-P-04 no =", "reject", "syntax "],
    ["DMARC-P-04 an empty tag", " ", "syntax "],
    ["DMARC-P-04 a tag twice: the first stands", "p=none", "duplicate p"],
    ["DMARC-P-04 v= again", "v=DMARC1", "duplicate v"],
    ["DMARC-P-04 a control character", "x=\x01", "syntax "],
    ["DMARC-P-04 an octet beyond ASCII", "x=\xe9", "syntax x"],
    ["DMARC-P-13 pct=", "pct=50", "removed pct"],
    ["DMARC-P-13 rf=", "rf=afrf", "removed rf"],
    ["DMARC-P-13 ri=", "ri=86400", "removed ri"],
  ])("%s costs that tag alone", (_title, tag, remark) => {
    const text = `v=DMARC1; p=reject; ${tag}; rua=mailto:a@example.com`;
    expect(record(text)).toMatchObject({ p: "reject", adkim: "relaxed", aspf: "relaxed", psd: "u", testing: false });
    expect(record(text).rua).toHaveLength(1);
    expect(remarks(text)).toEqual([remark]);
  });
  test.each([
    ["DMARC-P-11 y", "psd=y", "y"],
    ["DMARC-P-11 n", "psd=n", "n"],
    ["DMARC-P-11 u", "psd=u", "u"],
    ["DMARC-P-11 absent", "", "u"],
  ])("%s", (_title, tag, psd) => {
    expect(record(`v=DMARC1; p=none; ${tag}`).psd).toBe(psd);
  });
  test.each([
    ["DMARC-P-15 one", "fo=1", ["1"]],
    ["DMARC-P-15 several, in any order", "fo=d:1:s", ["d", "1", "s"]],
    ["DMARC-P-15 white space", "fo= d : s", ["d", "s"]],
    ["DMARC-P-15 0 and 1 exclude each other", "fo=0:1:d", ["0"]],
    ["DMARC-P-15 the same twice", "fo=d:d", ["0"]],
    ["DMARC-P-15 an unknown one", "fo=1:x", ["0"]],
  ])("%s", (_title, tag, fo) => {
    expect(record(`v=DMARC1; p=none; ruf=mailto:a@example.com; ${tag}`).fo).toEqual(fo);
    expect(record(`v=DMARC1; p=none; ${tag}`).fo).toEqual(["0"]);
  });
});

describe("policies", () => {
  const rua = "rua=mailto:a@example.com";
  test.each([
    ["DMARC-P-07 no p=", `v=DMARC1; ${rua}`, "none", undefined, "no-policy p"],
    ["DMARC-P-07 no p=, sp= stands", `v=DMARC1; sp=reject; ${rua}`, "none", "reject", "no-policy p"],
    ["DMARC-P-08 p= cannot be read", `v=DMARC1; p=rejct; sp=reject; ${rua}`, "none", undefined, "bad-policy p"],
    ["DMARC-P-08 p= is empty", `v=DMARC1; p=; ${rua}`, "none", undefined, "bad-policy p"],
    ["DMARC-P-08 sp= cannot be read", `v=DMARC1; p=reject; sp=x; ${rua}`, "none", undefined, "bad-policy sp"],
    ["DMARC-P-08 np= cannot be read", `v=DMARC1; p=reject; np=x; ${rua}`, "none", undefined, "bad-policy np"],
    ["DMARC-P-18 sp= weaker than p=", `v=DMARC1; p=reject; sp=none; ${rua}`, "reject", "none", "weaker-subdomains sp"],
  ])("%s", (_title, text, p, sp, remark) => {
    expect(record(text)).toMatchObject({ p, sp });
    expect(remarks(text)).toContain(remark);
  });
  test.each(["p=rejct", "p=", "p=reject; sp=x", "p=reject; np=x", "p=x; rua=joe", "p=x; rua=mailto:", "p=\xe9"])(
    "DMARC-P-08 %s without an address for reports: no policy",
    (tags) => {
      expect(record(`v=DMARC1; ${tags}`).p).toBeUndefined();
    },
  );
  test("DMARC-P-06 DMARC-P-18 without rua= there are no aggregate reports, and the owner is told", () => {
    expect(record("v=DMARC1; p=none").rua).toEqual([]);
    expect(remarks("v=DMARC1; p=none")).toEqual(["no-reports rua"]);
  });
});

describe("addresses for reports", () => {
  const addresses = (value: string): (string | undefined)[] =>
    record(`v=DMARC1; p=none; rua=${value}`).rua.map(({ address, uri }) => address ?? uri);
  test.each([
    ["DMARC-P-16 one", "mailto:a@example.com", ["a@example.com"]],
    [
      "DMARC-P-16 several, with white space",
      "mailto:a@example.com , mailto:b@Example.NET",
      ["a@example.com", "b@example.net"],
    ],
    [
      "DMARC-P-16 the obsolete size",
      "mailto:a@example.com!10m,mailto:b@example.com!5",
      ["a@example.com", "b@example.com"],
    ],
    ["DMARC-P-16 an encoded comma and !", "mailto:a%2Cb%21@example.com", ["a,b!@example.com"]],
    ["DMARC-P-16 header fields", "mailto:a@example.com?subject=x", ["a@example.com"]],
    ["DMARC-P-16 a scheme in capitals", "MAILTO:a@example.com", ["a@example.com"]],
    ["DMARC-P-16 an unknown scheme is a URI", "https://example.com/r", ["https://example.com/r"]],
    ["no scheme", "a@example.com,mailto:b@example.com", ["b@example.com"]],
    ["no domain", "mailto:a,mailto:b@example.com", ["b@example.com"]],
    ["! inside", "mailto:a!b@example.com,mailto:b@example.com", ["b@example.com"]],
    ["octets that are no UTF-8", "mailto:%ff@example.com", []],
    ["an encoded line end", "mailto:a%0D%0A@example.com", []],
    ["half an encoding", "mailto:a%2@example.com", []],
    ["an empty element", "mailto:a@example.com,,", ["a@example.com"]],
    [
      "more than anyone sends to",
      "mailto:a@example.com,".repeat(60),
      Array.from({ length: 50 }, () => "a@example.com"),
    ],
  ])("%s", (_title, value, expected) => {
    expect(addresses(value)).toEqual(expected);
  });
  test("DMARC-P-16 the size is told to the owner", () => {
    expect(remarks("v=DMARC1; p=none; rua=mailto:a@example.com!10m")).toEqual(["uri-size rua"]);
  });
});

describe("formatting", () => {
  test.each([
    [{ p: "none" }, "v=DMARC1; p=none"],
    [{ p: "none", psd: "u", testing: false, adkim: "relaxed", fo: ["0"] }, "v=DMARC1; p=none"],
    [
      { p: "reject", sp: "quarantine", np: "reject", psd: "n", testing: true, adkim: "strict", aspf: "strict" },
      "v=DMARC1; p=reject; sp=quarantine; np=reject; psd=n; t=y; adkim=s; aspf=s",
    ],
    [
      { p: "none", rua: [{ uri: "mailto:a,b!;@example.com" }, { uri: "mailto:c@example.com" }] },
      "v=DMARC1; p=none; rua=mailto:a%2Cb%21%3B@example.com,mailto:c@example.com",
    ],
    [
      { p: "none", ruf: [{ uri: "mailto:\u00e9@example.com" }], fo: ["1", "d"] },
      "v=DMARC1; p=none; ruf=mailto:%C3%A9@example.com; fo=1:d",
    ],
  ] as const)("%j", (content, text) => {
    expect(formatPolicyRecord(content)).toBe(text);
  });
});
