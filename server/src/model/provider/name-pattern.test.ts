import { expect, test } from "vitest";
import { matchesName, parseNamePattern, plainTail } from "./name-pattern.ts";

function pattern(text: string) {
  const read = parseNamePattern(text);
  if (!read.ok) throw new Error(`${text}: ${read.problem}`);
  return read.value;
}

const cases: { form: string; is: string[]; isNot: string[] }[] = [
  { form: "dkim.example.net", is: ["dkim.example.net"], isNot: ["a.dkim.example.net", "dkim.example.net.org", "dkim"] },
  {
    form: "s[12].*.example.net",
    is: ["s1.a.example.net", "s2.a-b_c.example.net"],
    isNot: ["s3.a.example.net", "s1.example.net", "s1.a.b.example.net", "s12.a.example.net", "s1.a\\.b.example.net"],
  },
  {
    form: "selector[12]-*._domainkey.*.example.net",
    is: ["selector1-example-com._domainkey.tenant.example.net"],
    isNot: ["selector1-._domainkey.tenant.example.net", "selector1._domainkey.tenant.example.net"],
  },
  { form: "wl#s[0-9].example.net", is: ["wl12s3.example.net"], isNot: ["wls3.example.net", "wl1as3.example.net"] },
  { form: "*.**.example.net", is: ["a.b.example.net", "a.b.c.example.net"], isNot: ["a.example.net", "example.net"] },
  { form: "**.example.net", is: ["a.example.net", "a.b.example.net"], isNot: ["example.net", "notexample.net"] },
  {
    form: "[a-z2-7]{4}.example.net",
    is: ["ab27.example.net"],
    isNot: ["ab2.example.net", "ab278.example.net", "ab18.example.net"],
  },
];
test.each(cases.flatMap(({ form, is }) => is.map((name) => [form, name] as const)))(
  "%s is the form of %s",
  (form, name) => {
    expect(matchesName(pattern(form), name)).toBe(true);
  },
);
test.each(cases.flatMap(({ form, isNot }) => isNot.map((name) => [form, name] as const)))(
  "%s is not the form of %s",
  (form, name) => {
    expect(matchesName(pattern(form), name)).toBe(false);
  },
);

test.each([
  ["a..b", "empty label", 2],
  ["", "empty label", 0],
  ["a.*b*.c", "two open parts in one label", 4],
  ["**.a.**", "** stands twice", 5],
  ["a**.b", "two open parts in one label", 2],
  ["A.b", "character A in a pattern", 0],
  ["a.(b)", "character ( in a pattern", 2],
  ["a\\.b", "character \\ in a pattern", 1],
  ["[ab", "set without its end", 0],
  ["[]", "set that cannot be read", 0],
  ["[z-a]", "set that cannot be read", 0],
  ["[a-9]", "set that cannot be read", 0],
  ["[a-]", "set that cannot be read", 0],
  ["[a]{0}", "count of a set that is no number from 1 to 63", 3],
  ["[a]{64}", "count of a set that is no number from 1 to 63", 3],
  ["[a]{", "count of a set that is no number from 1 to 63", 3],
  ["[a]{40}[b]{40}", "label longer than 63 octets", 0],
  ["x".repeat(256), "pattern longer than a name", 255],
])("%s is refused: %s", (text, problem, offset) => {
  expect(parseNamePattern(text)).toEqual({ ok: false, problem, offset });
});

test("the plain labels at the end are what a name is filed under", () => {
  expect(plainTail(pattern("a.*.b.example.net"))).toEqual(["b", "example", "net"]);
  expect(plainTail(pattern("a.**.example.net"))).toEqual(["example", "net"]);
  expect(plainTail(pattern("a.example.net"))).toEqual(["a", "example", "net"]);
});

test("a form that says more weighs more", () => {
  const heavier = (a: string, b: string): void =>
    expect(pattern(a).weight, `${a}, ${b}`).toBeGreaterThan(pattern(b).weight);
  heavier("a.b.example.net", "*.b.example.net");
  heavier("s1.*.example.net", "*.*.example.net");
  heavier("*.b.example.net", "abcdefghijklmnopqrstuvwxyz.*.example.net");
});

test("a name of nothing but tries is read once", () => {
  const form = pattern("*a.*a.*a.*a.**.example.net");
  const name = `${`${"a".repeat(62)}b.`.repeat(3)}example.net`;
  for (let times = 0; times < 10_000; times++) expect(matchesName(form, name)).toBe(false);
});
