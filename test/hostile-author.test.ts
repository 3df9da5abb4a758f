// From fields made to show one author to a verifier and another to a reader.
import { evaluate } from "chancery/dmarc";
import { authorOf, splitMessage } from "chancery/mail";
import { describe, expect, test } from "vitest";
import { octets } from "../protocol/vectors/dkim/example.ts";
import { judge } from "./hostile/judge.ts";
import { message } from "./hostile/verifier-cases.ts";

/** From as a stranger writes it, signed by example.com; the DMARC result where only mail of example.com may pass. */
const froms: [title: string, from: string, author: string, dmarc: string][] = [
  ["upper case", "From: a@EXAMPLE.COM\r\n", "example.com", "pass"],
  ["a domain below the signer's", "From: a@mail.example.com\r\n", "mail.example.com", "pass"],
  ["a Cyrillic letter", "From: a@ex\xd0\xb0mple.com\r\n", "xn--exmple-4nf.com", "none"],
  ["a whole label in Cyrillic", "From: a@\xd1\x81\xd0\xbe\xd0\xbc\xd0\xb0.com\r\n", "xn--80axfl.com", "none"],
  ["full-width letters", "From: a@\xef\xbd\x85xample.com\r\n", "unparsable", "permerror"],
  ["a full-width dot", "From: a@example\xe3\x80\x82com\r\n", "unparsable", "permerror"],
  ["a zero-width space", "From: a@exam\xe2\x80\x8bple.com\r\n", "unparsable", "permerror"],
  ["a right-to-left override", "From: a@moc.elpmaxe\xe2\x80\xae\r\n", "unparsable", "permerror"],
  ["octets that are no UTF-8", "From: a@ex\xffmple.com\r\n", "unparsable", "permerror"],
  ["a trailing dot", "From: a@example.com.\r\n", "unparsable", "permerror"],
  ["an address literal", "From: a@[192.0.2.1]\r\n", "unparsable", "permerror"],
  ["a group", "From: friends: a@example.com;\r\n", "group", "permerror"],
  ["an empty group", "From: undisclosed:;\r\n", "group", "permerror"],
  ["a group behind an address", "From: a@example.com, g: b@example.com;\r\n", "group", "permerror"],
  ["ten thousand addresses", `From: ${"a@example.com,\r\n ".repeat(9999)}a@example.com\r\n`, "unparsable", "permerror"],
  ["a From field of 1 MB", `From: "${"x".repeat(1_048_576)}" <a@example.com>\r\n`, "example.com", "pass"],
  [
    "comments nested by the hundred",
    `From: ${"(".repeat(500)}${")".repeat(500)} a@example.com\r\n`,
    "unparsable",
    "permerror",
  ],
  ["a byte order mark before the name", "\xef\xbb\xbfFrom: a@example.com\r\n", "no-from", "permerror"],
  ["NUL in the name", "Fr\0om: a@example.com\r\n", "no-from", "permerror"],
  ["an encoded word as the address", "From: =?utf-8?q?a=40example.com?=\r\n", "unparsable", "permerror"],
  [
    "an encoded word that hides an address before another",
    "From: =?utf-8?b?YUBleGFtcGxlLmNvbQ==?= <b@example.net>\r\n",
    "example.net",
    "none",
  ],
];

describe("From with", () => {
  test.each(froms)("%s", async (_title, from, wanted, expected) => {
    const text = message({ h: "from" }, { header: from });
    const split = splitMessage(octets(text));
    if (!split.ok) throw new Error(split.problem);
    const author = authorOf(split.value.header);
    expect(author.ok ? author.domain : author.reason).toBe(wanted);
    const { verifications } = await judge(text);
    const { result } = await evaluate({
      author,
      dkim: verifications,
      resolveTxt: async (name) => {
        if (name === "_dmarc.example.com") return [["v=DMARC1; p=reject"]];
        throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
      },
    });
    expect(result).toBe(expected);
  });
});
