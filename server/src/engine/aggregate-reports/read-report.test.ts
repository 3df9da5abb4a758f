import { describe, expect, test } from "vitest";
import { reportLimits } from "./limits.ts";
import { codeOf, headXml, readAll, reportXml, rowXml } from "./test-report.ts";

const readText = async (xml: string | Buffer) => (await readAll(Buffer.from(xml as string)))[0]!;
const remarksOf = ({ outcome }: Awaited<ReturnType<typeof readText>>) =>
  outcome.state === "read" ? [...outcome.remarks.keys()] : expect.fail(outcome.quarantine.detail);

describe("namespaces", () => {
  test.each([
    ["RFC 9990's", 'feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0"'],
    ["RFC 7489's", 'feedback xmlns="http://dmarc.org/dmarc-xml/0.1"'],
    ["none", "feedback"],
    ["a prefix on the root alone", 'ns1:feedback xmlns:ns1="http://dmarc.org/dmarc-xml/0.1"'],
  ])("DMARC-A-01 a report is read with the namespace: %s", async (_title, root) => {
    const read = await readText(reportXml(rowXml(7), root));
    expect(read.rows).toMatchObject([{ messages: 7, headerFrom: "example.com" }]);
    expect(remarksOf(read)).toEqual([]);
  });

  test("DMARC-A-01 a prefix may stand before every name", async () => {
    const xml = reportXml(rowXml(7), 'd:feedback xmlns:d="urn:ietf:params:xml:ns:dmarc-2.0"').replace(
      /<(\/?)(?=[a-z])(?!d:)/g,
      "<$1d:",
    );
    expect(await readText(xml)).toMatchObject({
      rows: [{ messages: 7 }],
      outcome: { policy: { domain: "example.com" } },
    });
  });

  test("DMARC-A-01 another namespace is read too, with a remark", async () => {
    const read = await readText(reportXml(rowXml(), 'feedback xmlns="urn:example:else"'));
    expect(read.rows).toHaveLength(1);
    expect(remarksOf(read)).toEqual(["unknown-namespace"]);
  });
});

test("DMARC-A-02 the parts of a report may stand in any order", async () => {
  const read = await readText(`<feedback>${rowXml(1)}${headXml}${rowXml(2)}<version>1.0</version></feedback>`);
  expect(read).toMatchObject({
    rows: [{ messages: 1 }, { messages: 2 }],
    outcome: { state: "read", rows: 2, metadata: { reportId: "r1" }, policy: { domain: "example.com" } },
  });
  expect(remarksOf(read)).toEqual([]);
});

test("DMARC-A-02 free text may say its language", async () => {
  const xml = reportXml().replace("<org_name>", '<org_name lang="en">');
  expect(await readText(xml)).toMatchObject({ outcome: { metadata: { organization: "Example" } } });
});

test("DMARC-A-11 of two policies in one report the first counts, with a remark", async () => {
  const again = "<policy_published><domain>example.net</domain><p>reject</p></policy_published>";
  const read = await readText(reportXml(again + rowXml()));
  expect(read).toMatchObject({ outcome: { policy: { domain: "example.com" } } });
  expect(remarksOf(read)).toEqual(["repeated-element"]);
});

test.each([
  ["by prefix", '<x:record xmlns:x="urn:example:x"><row><count>5</count></row></x:record>'],
  ["by default namespace", '<record xmlns="urn:example:x"><row><count>5</count></row></record>'],
  ["within what is ours", '<extension><x:a xmlns:x="urn:example:x"><record><row/></record></x:a></extension>'],
])("DMARC-A-13 extensions are left out, with all that is in them: %s", async (_title, extension) => {
  const read = await readText(reportXml(extension + rowXml()));
  expect(read.rows).toHaveLength(1);
  expect(remarksOf(read)).toEqual([]);
});

describe("DMARC-A-15 what is broken is read as far as it goes, with a remark", () => {
  test.each([
    ["cut off in the middle of a row", reportXml(rowXml().repeat(2)).slice(0, -300), 1, "not-well-formed"],
    [
      "a letter that opens no element",
      reportXml(rowXml().replace("example.net", "exa<mple.net") + rowXml()),
      2,
      "not-well-formed",
    ],
    ["an element that closes what was never opened", reportXml(`</nothing>${rowXml()}`), 1, "not-well-formed"],
    ["an entity that nobody defined", reportXml(rowXml().replace("example.net", "&who;")), 1, "not-well-formed"],
    [
      "octets that are no UTF-8",
      Buffer.from(reportXml().replace("Example", "Ex\xe4mple"), "latin1"),
      1,
      "undecodable-text",
    ],
    ["a row that nobody counted", reportXml(rowXml().replace("<count>1</count>", "") + rowXml()), 1, "bad-count"],
    ["no row at all", reportXml(""), 0, "missing-element"],
  ])("%s", async (_title, xml, rows, remark) => {
    const read = await readText(xml);
    expect(read.rows).toHaveLength(rows);
    expect(remarksOf(read)).toContain(remark);
  });

  test("windows-1252 is read where it is declared, UTF-16 by its mark", async () => {
    const declared = reportXml(rowXml(), "feedback", '<?xml version="1.0" encoding="windows-1252"?>').replace(
      "Example",
      "Ex\xe4mple",
    );
    expect(await readText(Buffer.from(declared, "latin1"))).toMatchObject({
      outcome: { metadata: { organization: "Exämple" } },
    });
    const marked = Buffer.from(`\ufeff${reportXml(rowXml(), "feedback", "")}`, "utf16le");
    expect(await readText(marked)).toMatchObject({ rows: [{ messages: 1 }] });
  });

  test("a report of thousands of faults is none", async () => {
    expect(await codeOf(Buffer.from(reportXml("&x;".repeat(2000))))).toBe("not-a-report");
  });
});

describe("DMARC-A-21 R-44 no document type, and no entity of anybody's making", () => {
  const laughs = `<!DOCTYPE feedback [<!ENTITY a "ha"><!ENTITY b "${"&a;".repeat(50)}">]>`;
  const external = '<!DOCTYPE feedback [<!ENTITY % x SYSTEM "http://192.0.2.1/x"> %x;]>';
  test.each([
    ["entities that expand", Buffer.from(laughs + reportXml(rowXml(), "feedback", ""))],
    ["an external parameter entity", Buffer.from(external + reportXml(rowXml(), "feedback", ""))],
    ["a document type alone", Buffer.from(`<!DOCTYPE feedback>${reportXml(rowXml(), "feedback", "")}`)],
    ["in UTF-16", Buffer.from(`\ufeff${laughs}${reportXml(rowXml(), "feedback", "")}`, "utf16le")],
    ["in UTF-16 without a mark", Buffer.from(laughs + reportXml(rowXml(), "feedback", ""), "utf16le")],
  ])("%s", async (_title, xml) => {
    expect(await codeOf(xml)).toBe("document-type");
  });

  test("UTF-7 is not understood, so nothing in it is", async () => {
    const utf7 = '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x [+ADwAIQ-ENTITY a "b"+AD4AXQA+-';
    expect(await codeOf(Buffer.from(utf7))).toBe("not-a-report");
  });

  test("a document type that does not end is not waited for", async () => {
    expect(await codeOf(Buffer.from(`<!DOCTYPE feedback [${" ".repeat(reportLimits.prologCharactersMax)}`))).toBe(
      "not-a-report",
    );
  });

  test("entities of XML itself and of numbers are read", async () => {
    const read = await readText(reportXml().replace("Example", "A &amp; B &#x26; &#67;"));
    expect(read).toMatchObject({ outcome: { metadata: { organization: "A & B & C" } } });
  });
});

describe("DMARC-A-21 limits", () => {
  test("on depth", async () => {
    const deep = (depth: number) => reportXml("<a>".repeat(depth) + "</a>".repeat(depth) + rowXml());
    expect(await codeOf(Buffer.from(deep(reportLimits.depthMax - 1)))).toBe("read");
    expect(await codeOf(Buffer.from(deep(reportLimits.depthMax)))).toBe("too-deep");
    expect(await codeOf(Buffer.from(deep(100_000)))).toBe("too-deep");
  });

  test("on rows", async () => {
    const limits = { ...reportLimits, rowsMax: 3 };
    expect(await codeOf(Buffer.from(reportXml(rowXml().repeat(3))), limits)).toBe("read");
    expect(await codeOf(Buffer.from(reportXml(rowXml().repeat(4))), limits)).toBe("too-many-rows");
  });

  test("on attributes", async () => {
    const attributes = (count: number) => Array.from({ length: count }, (_, at) => ` a${at}="b"`).join("");
    const xml = (count: number) => reportXml(rowXml().replace("<record>", `<record${attributes(count)}>`));
    expect(await codeOf(Buffer.from(xml(reportLimits.attributesMax)))).toBe("read");
    expect(await codeOf(Buffer.from(xml(reportLimits.attributesMax + 1)))).toBe("not-a-report");
  });

  test("on the elements of a row, of which the rest is left out", async () => {
    const results = "<dkim><domain>example.com</domain><result>pass</result></dkim>".repeat(
      reportLimits.rowElementsMax,
    );
    const read = await readText(reportXml(rowXml().replace("<auth_results>", `<auth_results>${results}`)));
    expect(read.rows[0]?.dkimResults).toHaveLength(100);
    expect(remarksOf(read)).toEqual(["cut-short"]);
  });
});

test.each([
  ["other XML", "<html><body>hello</body></html>"],
  ["nothing", "<"],
])("DMARC-A-15 %s is no report", async (_title, xml) => {
  expect(await codeOf(Buffer.from(xml))).not.toBe("read");
});
