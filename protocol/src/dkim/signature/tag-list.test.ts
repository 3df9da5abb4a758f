import { describe, expect, test } from "vitest";
import { parseTagList } from "./tag-list.ts";

const tags = (text: string): Record<string, string> | string => {
  const list = parseTagList(text);
  return list.ok ? Object.fromEntries([...list.value].map(([name, { value }]) => [name, value])) : list.problem;
};

describe("a tag-list", () => {
  test.each<[string, string, Record<string, string>]>([
    ["DKIM-V-01 compact", "v=1;a=b", { v: "1", a: "b" }],
    ["DKIM-V-01 white space and folds around names, = and values", " v = 1 ;\r\n a =\r\n\tb ;", { v: "1", a: "b" }],
    ["DKIM-V-01 white space behind the last ;", "v=1; \r\n ", { v: "1" }],
    ["DKIM-V-02 names are case-sensitive", "d=a; D=b", { d: "a", D: "b" }],
    ["DKIM-V-02 names hold letters, digits, underscores", "a1_b=c", { a1_b: "c" }],
    ["DKIM-V-06 an empty value is a value", "c=; d=x", { c: "", d: "x" }],
    ["DKIM-V-07 white space inside a value stays", "d=exa mple\r\n .com", { d: "exa mple\r\n .com" }],
    ["a value may hold =", "bh=a=b==", { bh: "a=b==" }],
  ])("%s", (_title, text, expected) => {
    expect(tags(text)).toEqual(expected);
  });

  test.each([
    ["DKIM-V-02 a name that begins with a digit", "1a=x", "not a tag name"],
    ["DKIM-V-02 a name with a hyphen", "a-b=x", "not a tag name"],
    ["DKIM-V-02 a name with white space inside", "a b=x", "not a tag name"],
    ["DKIM-V-02 NUL", "a=x\0", "control character in a tag-list"],
    ["DKIM-V-02 DEL", "a=\x7f", "control character in a tag-list"],
    ["DKIM-V-04 a duplicate tag makes the list invalid", "d=x; a=y; d=z", "tag d= twice"],
    ["DKIM-V-04 also when both are equal", "d=x;d=x", "tag d= twice"],
    ["a tag without =", "v=1; a", "tag without ="],
    ["two semicolons", "v=1;;a=b", "tag without ="],
    ["a semicolon alone", ";", "tag without ="],
    ["nothing", "", "empty tag-list"],
    ["white space alone", "  ", "tag without ="],
    ["CRLF that is no fold", "v=1;\r\na=b", "line end that is no fold"],
    ["LF alone", "v=1;\n a=b", "line feed that ends no line"],
    ["CR alone", "v=1;\r a=b", "line end that is no fold"],
    ["more tags than anyone has", Array.from({ length: 201 }, (_, at) => `a${at}=x`).join(";"), "too many tags"],
  ])("%s is refused", (_title, text, problem) => {
    expect(tags(text)).toBe(problem);
  });

  test("where a value stands is known with the white space around it", () => {
    const list = parseTagList("a=1; b= x\r\n y ;c=2");
    const b = list.ok ? list.value.get("b") : undefined;
    expect("a=1; b= x\r\n y ;c=2".slice(b!.start, b!.end)).toBe(" x\r\n y ");
  });
});
