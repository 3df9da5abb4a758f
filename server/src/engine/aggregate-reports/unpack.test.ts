import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { reportLimits } from "./limits.ts";
import { codeOf, readAll, reportXml, rowXml, zip } from "./test-report.ts";

const xml = Buffer.from(reportXml(rowXml(7)));
const row = { messages: 7 };

describe("DMARC-A-16 what a file is, its octets say", () => {
  test.each([
    ["XML", xml],
    ["XML after a mark and white space", Buffer.concat([Buffer.from("\ufeff \n"), xml])],
    ["gzip", gzipSync(xml)],
    ["zip", zip([{ name: "report.xml", octets: xml }])],
    ["zip whose member is stored as it is", zip([{ name: "report.xml", octets: xml, method: 0 }])],
  ])("%s", async (_title, file) => {
    expect(await readAll(file)).toMatchObject([{ rows: [row] }]);
  });
});

describe("DMARC-A-16 a report comes as a mail", () => {
  const mail = (type: string, name: string, attached: Uint8Array, ends = "\r\n"): Buffer =>
    Buffer.from(
      [
        "From: dmarc@example.org",
        "Subject: whatever",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "Content-Type: text/html",
        "",
        "<html>This is a report.</html>",
        "--b",
        `Content-Type: ${type}; name="${name}"`,
        "Content-Transfer-Encoding: base64",
        `Content-Disposition: attachment; filename="${name}"`,
        "",
        Buffer.from(attached).toString("base64").replace(/.{76}/g, "$&\r\n"),
        "--b--",
        "",
      ].join(ends),
    );

  test.each([
    ["application/gzip", "a!b!1!2.xml.gz", gzipSync(xml)],
    ["text/xml", "a!b!1!2.xml", xml],
    ["application/zip", "a!b!1!2.zip", zip([{ name: "a.xml", octets: xml }])],
    ["application/octet-stream", "report", gzipSync(xml)],
    ["application/x-zip-compressed", "report.gz", zip([{ name: "a.xml", octets: xml }])],
  ])("with %s attached", async (type, name, attached) => {
    const reports = await readAll(mail(type, name, attached));
    expect(reports).toMatchObject([{ rows: [row] }]);
    expect(reports[0]?.path[0]).toBe(name);
  });

  test("the attachment alone, without other parts", async () => {
    const alone = `Content-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n${gzipSync(xml).toString("base64")}\r\n`;
    expect(await readAll(Buffer.from(alone))).toMatchObject([{ rows: [row] }]);
  });

  test("in a file whose lines end in LF", async () => {
    expect(await readAll(mail("application/gzip", "a.xml.gz", gzipSync(xml), "\n"))).toMatchObject([{ rows: [row] }]);
  });

  test("within parts of parts, in quoted-printable, and where nothing closes the last part", async () => {
    const escaped = xml.toString("latin1").replaceAll("=", "=3D").replaceAll("><", ">=\r\n<");
    const inner = `Content-Type: multipart/report; boundary=c\r\n\r\n--c\r\nContent-Type: application/xml\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n${escaped}\r\n`;
    const outer = `Content-Type: multipart/mixed;\r\n boundary="b b"\r\n\r\npreamble\r\n--b b\r\n\r\ntext\r\n--b b\r\n${inner}`;
    expect(await readAll(Buffer.from(outer, "latin1"))).toMatchObject([{ rows: [row], path: ["application/xml"] }]);
  });

  test("XML that is shown as the text of the mail is none, one that has a name is", async () => {
    const shown = (disposition: string) =>
      Buffer.from(`Content-Type: text/plain\r\n${disposition}\r\n${xml.toString("latin1")}`, "latin1");
    expect(await codeOf(shown(""))).toBe("no-report-inside");
    expect(await codeOf(shown("Content-Disposition: attachment; filename=a.xml\r\n"))).toBe("read");
  });

  test("DMARC-A-21 a mail of nothing but parts is looked at up to a limit", async () => {
    const parts = (count: number) =>
      Buffer.from(
        `Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\nx\r\n".repeat(count)}--b\r\nContent-Type: text/xml\r\n\r\n${xml.toString("latin1")}\r\n--b--\r\n`,
      );
    expect(await codeOf(parts(20))).toBe("read");
    expect(await codeOf(parts(100_000))).toBe("no-report-inside");
    const nested = (depth: number) =>
      Array.from(
        { length: depth },
        (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`,
      ).join("") + `Content-Type: text/xml\r\n\r\n${xml.toString("latin1")}`;
    expect(await codeOf(Buffer.from(nested(4)))).toBe("read");
    expect(await codeOf(Buffer.from(nested(40)))).toBe("no-report-inside");
  });

  test("DMARC-A-16 six reports in one mail are too many", async () => {
    const part = `--b\r\nContent-Type: text/xml\r\n\r\n${xml.toString("latin1")}\r\n`;
    const of = (count: number) =>
      Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${part.repeat(count)}--b--\r\n`, "latin1");
    expect(await readAll(of(2))).toHaveLength(2);
    expect(await codeOf(of(reportLimits.membersMax + 1))).toBe("too-many-members");
  });

  test("DMARC-A-18 the subject does not matter", async () => {
    const other = mail("application/gzip", "x", gzipSync(xml)).toString("latin1").replace("Subject: whatever\r\n", "");
    expect(await codeOf(Buffer.from(other, "latin1"))).toBe("read");
  });

  test("a mail without a report is quarantined, with the reason", async () => {
    expect(await codeOf(Buffer.from("Subject: hello\r\n\r\nhello\r\n"))).toBe("no-report-inside");
    expect(await codeOf(mail("application/json", "r.json", Buffer.from('{"a":1}')))).toBe("no-report-inside");
  });
});

describe("DMARC-A-17 R-46 names are shown and never followed", () => {
  test.each(["../../etc/passwd", "/etc/passwd", "C:\\windows\\x", "..\\x"])("%s", async (name) => {
    expect(await readAll(zip([{ name, octets: xml }]))).toMatchObject([{ path: [name], rows: [row] }]);
  });

  test("a name loses what a terminal would act on, and its length", async () => {
    const [report] = await readAll(zip([{ name: `a\x1b[2J\u202e${"x".repeat(1000)}`, octets: xml }]));
    expect(report?.path[0]).toMatch(/^a\?\[2J\?x{1,200}$/);
  });
});

describe("DMARC-A-21 R-45 archives that are made to hurt", () => {
  const zeros = (mebibytes: number): Buffer => Buffer.alloc(mebibytes * 1024 * 1024, " ");

  test("gzip of a thousand for one", async () => {
    expect(await codeOf(gzipSync(Buffer.concat([Buffer.from("<feedback>"), zeros(4)])))).toBe("compression-bomb");
    expect(await codeOf(gzipSync(zeros(1)))).not.toBe("compression-bomb");
  });

  test("zip of a thousand for one, whatever size it declares", async () => {
    const octets = Buffer.concat([Buffer.from("<feedback>"), zeros(4)]);
    expect(await codeOf(zip([{ name: "a.xml", octets, declaredOctets: 10 }]))).toBe("compression-bomb");
    expect(await codeOf(zip([{ name: "a.xml", octets: xml, declaredOctets: 0xffff_fff0 }]))).toBe("read");
  });

  test("more than the limit, slowly: all members of an archive share it", async () => {
    const limits = { ...reportLimits, xmlOctetsMax: 3 * xml.length };
    const members = Array.from({ length: 4 }, (_, at) => ({ name: `${at}.xml`, octets: xml }));
    expect(await codeOf(zip(members.slice(0, 3)), limits)).toBe("read");
    expect(await codeOf(zip(members), limits)).toBe("too-large");
    expect(await codeOf(gzipSync(Buffer.from(reportXml(rowXml().repeat(20)))), limits)).toBe("too-large");
  });

  test("members that share their octets are too many, or the same report again", async () => {
    const overlapping = (count: number) =>
      zip(
        Array.from({ length: count }, (_, at) => ({ name: `${at}.xml`, octets: xml })),
        { overlapping: true },
      );
    expect(await codeOf(overlapping(250))).toBe("too-many-members");
    expect(["read", "broken-archive"]).toContain(await codeOf(overlapping(2)));
  });

  test.each([
    ["gzip in gzip", gzipSync(gzipSync(xml))],
    ["zip in zip", zip([{ name: "a.zip", octets: zip([{ name: "a.xml", octets: xml }]) }])],
    ["gzip in zip", zip([{ name: "a.xml.gz", octets: gzipSync(xml) }])],
  ])("%s", async (_title, file) => {
    expect(await codeOf(file)).toBe("nested-archive");
  });

  test.each([
    ["gzip cut off", gzipSync(xml).subarray(0, -20), "broken-archive"],
    ["zip cut off", zip([{ name: "a.xml", octets: xml }]).subarray(0, -30), "broken-archive"],
    ["an encrypted member", zip([{ name: "a.xml", octets: xml, flags: 1 }]), "encrypted-archive"],
    ["a method of compression that nobody uses", zip([{ name: "a.xml", octets: xml, method: 12 }]), "broken-archive"],
    [
      "too much of everything",
      Buffer.concat([gzipSync(xml), Buffer.alloc(reportLimits.compressedOctetsMax)]),
      "too-large",
    ],
    ["a text that is too large", Buffer.alloc(reportLimits.xmlOctetsMax + 1, "<a "), "too-large"],
    ["a mail that is too large", Buffer.alloc(reportLimits.mailOctetsMax + 1, "A: b\r\n"), "too-large"],
  ])("%s", async (_title, file, code) => {
    expect(await codeOf(file)).toBe(code);
  });

  test("rows that came before the end was seen do not make a report of it", async () => {
    const [report] = await readAll(gzipSync(Buffer.from(reportXml(rowXml().repeat(5000)))).subarray(0, -10));
    expect(report?.outcome).toMatchObject({ state: "quarantined" });
  });
});
