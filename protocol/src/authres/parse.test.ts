import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "./parse.ts";

/** What a field says, in short: id, version, then each result with its properties. */
function said(field: string): string | undefined {
  const results = parse(field);
  return (
    results &&
    [
      `${results.authservId}|${results.version}`,
      ...results.results.map(
        ({ method, version, result, reason, properties }) =>
          `${method}/${version}=${result}|${reason}${properties.map((one) => `|${one.ptype}.${one.property}=${one.value}`).join("")}`,
      ),
    ].join(" ; ")
  );
}

describe("a field says", () => {
  test.each<[title: string, field: string, expected: string | undefined]>([
    ["AR-01 an id alone is no result", "example.com", undefined],
    ["AR-01 none", "example.com; none", "example.com|null"],
    ["AR-01 none with comments", "example.com;(a)none(b)\r\n", "example.com|null"],
    [
      "AR-01 several results",
      "example.com; dkim=pass; spf=fail",
      "example.com|null ; dkim/null=pass|null ; spf/null=fail|null",
    ],
    [
      "AR-02 comments, nested and with quoted-pairs",
      "Authentication-Results: (a (b) \\) c) example.com (x) ; dkim (y) = pass",
      "example.com|null ; dkim/null=pass|null",
    ],
    [
      "AR-02 folds around every sign",
      "\r\n example.com\r\n 1\r\n ;\r\n dkim\r\n /\r\n 1\r\n =\r\n pass\r\n header\r\n .\r\n d\r\n =\r\n x\r\n",
      "example.com|1 ; dkim/1=pass|null|header.d=x",
    ],
    ["AR-02 CR alone is no fold", "example.com;\r dkim=pass", undefined],
    ["AR-02 a comment in a keyword ends it", "example.com; dk(x)im=pass", undefined],
    ["AR-02 a line end in a comment that is no fold", "example.com (a\r\nb); dkim=pass", undefined],
    ["AR-02 a control in a comment", "example.com (a\0b); dkim=pass", undefined],
    [
      "AR-03 ; and = in a quoted string",
      'example.com; dkim=fail reason="bad; sig=1"',
      "example.com|null ; dkim/null=fail|bad; sig=1",
    ],
    ["AR-03 a quoted id", '"example.com"; none', "example.com|null"],
    [
      "AR-03 parentheses in quotes are no comment",
      'example.com; dkim=fail reason="(a"',
      "example.com|null ; dkim/null=fail|(a",
    ],
    ["AR-03 a control in quotes", 'example.com; dkim=fail reason="a\0"', undefined],
    ["AR-03 a line end in quotes that is no fold", 'example.com; dkim=fail reason="a\r\nb"', undefined],
    ["AR-03 a reason without quotes is a token", "example.com; dkim=fail reason=a/b", undefined],
    ["AR-04 version 1", "example.com 1; none", "example.com|1"],
    ["AR-04 leading zeros", "example.com 001; none", "example.com|1"],
    ["AR-04 an unknown version ends the reading", "example.com 2; dkim=pass", undefined],
    ["AR-04 version 0", "example.com 0; dkim=pass", undefined],
    ["AR-04 a version that is no number", "example.com 1x; dkim=pass", undefined],
    ["AR-05 dkim/1", "example.com; dkim/1=pass", "example.com|null ; dkim/1=pass|null"],
    [
      "AR-05 a method of unknown version is left out",
      "example.com; dkim/9=pass; spf=pass",
      "example.com|null ; spf/null=pass|null",
    ],
    ["AR-05 a method version that is no number", "example.com; dkim/x=pass", undefined],
    [
      "AR-06 keywords in any case come in lower case",
      "example.com; DKIM=Pass HEADER.D=X",
      "example.com|null ; dkim/null=pass|null|header.d=X",
    ],
    ["AR-06 REASON and NONE too", "example.com; x=y REASON=Z", "example.com|null ; x/null=y|Z"],
    ["AR-06 NONE", "example.com; NONE", "example.com|null"],
    [
      "AR-08 an address without its local part",
      "example.com; dkim=pass header.i=@example.com",
      "example.com|null ; dkim/null=pass|null|header.i=@example.com",
    ],
    [
      "AR-08 UTF-8 in an address",
      "example.com; spf=pass smtp.mailfrom=jos\u00e9@example.net",
      "example.com|null ; spf/null=pass|null|smtp.mailfrom=jos\u00e9@example.net",
    ],
    [
      "AR-08 a local part in quotes",
      'example.com; spf=pass smtp.mailfrom="a b"@example.net',
      'example.com|null ; spf/null=pass|null|smtp.mailfrom="a b"@example.net',
    ],
    [
      "AR-08 = in a local part",
      "example.com; spf=pass smtp.mailfrom=a=b@example.net",
      "example.com|null ; spf/null=pass|null|smtp.mailfrom=a=b@example.net",
    ],
    ["AR-08 an address without a domain", "example.com; spf=pass smtp.mailfrom=a@", undefined],
    ["AR-08 an address with an empty label", "example.com; spf=pass smtp.mailfrom=a@b..c", undefined],
    ["AR-08 a quoted local part without a domain", 'example.com; spf=pass smtp.mailfrom="a"@', undefined],
    ["another field's name", "ARC-Authentication-Results: i=1; example.com; none", undefined],
    ["properties need white space before them", 'example.com; dkim=pass reason="x"header.d=y', undefined],
    ["nothing", "", undefined],
  ])("%s", (_title, field, expected) => {
    expect(said(field)).toBe(expected);
  });
});

describe("limits", () => {
  test.each<[title: string, most: string, tooMuch: string]>([
    ["comments in comments", `${"(".repeat(100)}${")".repeat(100)}`, `${"(".repeat(101)}${")".repeat(101)}`],
    ["the length of a keyword", `;${"a".repeat(64)}=pass`, `;${"a".repeat(65)}=pass`],
    ["results", ";a=b".repeat(499), ";a=b".repeat(500)],
    ["properties of one result", `;a=b${" c.d=e".repeat(200)}`, `;a=b${" c.d=e".repeat(201)}`],
    ["the length of the field", " ".repeat(65_536 - 6), " ".repeat(65_536 - 5)],
  ])("%s", (_title, most, tooMuch) => {
    expect(parse(`id${most};x=y`)).toBeDefined();
    expect(parse(`id${tooMuch};x=y`)).toBeUndefined();
  });

  test("the length of the id", () => {
    expect(parse(`${"a".repeat(255)};none`)).toBeDefined();
    expect(parse(`${"a".repeat(256)};none`)).toBeUndefined();
  });
});

const pieces = fc.constantFrom(
  ...'();=./@"\\,:[]<> \t\r\n\0\x7f\u00e9\ud800'.split(""),
  "\r\n ",
  "none",
  "reason",
  "dkim",
  "1",
  "example.com",
  "Authentication-Results:",
  "-",
);

test("what is no text is no field", () => {
  const fields: unknown[] = [undefined, null, 1, {}, Buffer.from("example.com; none")];
  for (const field of fields) expect(parse(field as string)).toBeUndefined();
});

test("any text is parsed or not, and nothing is thrown", () => {
  const text = fc.oneof(
    fc.array(pieces, { maxLength: 40 }).map((all) => all.join("")),
    fc.string({ unit: "binary" }),
    fc.array(pieces, { maxLength: 6 }).map((all) => `example.com; dkim=pass ${all.join("")}`),
  );
  fc.assert(
    fc.property(text, (field) => {
      const results = parse(field);
      if (results === undefined) return;
      for (const { method, result } of results.results) expect(`${method}${result}`).toMatch(/^[a-z0-9-]+$/);
    }),
    { numRuns: 1000 },
  );
});

test("a field made to be slow is not", () => {
  const size = 65_000;
  const slow = [
    "(".repeat(size),
    `${"(".repeat(99)}${"\\(".repeat(size / 2)}`,
    "()".repeat(size / 2),
    `a${" ".repeat(size)}`,
    `a;b=c reason${"()".repeat(size / 2)}`,
    `a;none${"\r\n ".repeat(size / 3)}`,
    `a;b=c ${"\r\n ".repeat(size / 3)}`,
    `a;b=c d.e="${"\\a".repeat(size / 2)}`,
    `a;b=c d.e="${"\r\n ".repeat(size / 3)}`,
    `a;b=c d.e=${"@".repeat(size)}`,
    `a;b=c d.e=x@${".a".repeat(size / 2)}`,
    `a;${"-".repeat(size)}`,
    `a ${"0".repeat(size)}`,
    `a${";b=c".repeat(size / 4)}`,
    `a;b=c${" d.e=f".repeat(size / 6)}`,
  ];
  const started = process.cpuUsage();
  for (let round = 0; round < 20; round++) for (const field of slow) parse(field);
  const { user, system } = process.cpuUsage(started);
  // A tenth of that in practice: the bound tells linear from quadratic, not fast from slow.
  expect((user + system) / 1e6).toBeLessThan(5);
});
