import { describe, expect, test } from "vitest";
import type { Document } from "./document.ts";
import { htmlOf } from "./html.ts";
import { markdownOf } from "./markdown.ts";
import { textOf } from "./text.ts";

/** What a stranger may write into a record, a selector or a field of mail, in the hope that a report carries it further. */
const hostile = [
  "<script>alert(1)</script>",
  `"><img src=x onerror=alert(1)>`,
  "'); drop",
  "[click](https://evil.example)",
  "![x](//evil.example/x.png)",
  "```\n# Owned\n```",
  "| a | b |",
  "\u001b[2J\u202eevil",
  "https://evil.example/?a=1&b=2",
  "&lt;script&gt;",
];

const documentWith = (text: string): Document => ({
  title: text,
  blocks: [
    { kind: "heading", text },
    { kind: "paragraph", text },
    {
      kind: "finding",
      finding: {
        severity: "high",
        code: "KeyMalformed",
        subject: text,
        summary: text,
        symptoms: text,
        evidence: [text],
        commands: [text],
        remedy: text,
      },
    },
    { kind: "list", items: [text] },
    { kind: "table", head: ["ONE", "TWO"], rows: [[text, text]] },
    { kind: "steps", steps: [{ title: text, state: "done", details: [text] }] },
    { kind: "lines", lines: [text] },
  ],
});

const harmless = documentWith("word");

describe("HTML", () => {
  const tagsOf = (html: string): string[] => html.match(/<[^>]*>/g) ?? [];

  test.each(hostile)("%j is text and no markup", (text) => {
    expect(tagsOf(htmlOf(documentWith(text)))).toEqual(tagsOf(htmlOf(harmless)));
  });

  test("the page loads nothing, links nowhere and runs nothing", () => {
    const html = htmlOf(documentWith("https://evil.example/"));
    expect(html).not.toMatch(/<(?:script|img|link|iframe|a|form|object)\b|@import|url\(|\bsrc=|\bhref=/i);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test("what is shown is what was written", () => {
    expect(htmlOf(documentWith(`<b>&"'`))).toContain("<p>&lt;b&gt;&amp;&quot;&#39;</p>");
  });
});

describe("Markdown", () => {
  /** Outside of fences every character that can mean something is escaped. */
  const outsideFences = (markdown: string): string => markdown.replace(/^(`{3,})\n[\s\S]*?\n\1$/gm, "");

  test.each(hostile)("%j makes no link, image, markup or row", (text) => {
    const bare = outsideFences(markdownOf(documentWith(text)));
    expect(bare).not.toMatch(/(?<!\\)<|(?<!\\)\]\(|https?:\/\//);
    expect(bare.split("\n").length).toBe(outsideFences(markdownOf(harmless)).split("\n").length);
  });

  test("a fence ends only where it should, whatever it holds", () => {
    const markdown = markdownOf({ title: "t", blocks: [{ kind: "lines", lines: ["a ```` b", "# no heading"] }] });
    expect(markdown).toContain("`````\na ```` b\n# no heading\n`````");
  });
});

describe("text", () => {
  test.each(hostile)("%j holds nothing that a terminal obeys", (text) => {
    expect(textOf(documentWith(text))).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  test("an empty table leaves no gap", () => {
    const blocks = [{ kind: "table" as const, head: ["A"], rows: [] }];
    expect(textOf({ title: "t", blocks })).toBe("t");
  });
});
