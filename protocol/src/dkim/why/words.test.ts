import { expect, test } from "vitest";
import { ed25519Key } from "../../../vectors/dkim/example.ts";
import { headerRows } from "./test-header-rows.ts";
import { body, explain, field, header, inBody, plain, signed } from "./test-signed.ts";
import { explanationLines, quoted } from "./words.ts";

const said = async (message: string): Promise<string[]> => explanationLines((await explain(message))[0]!);
const nine = inBody((all) => all.replace("eight", "nine"));

test("a named change is told with evidence, who does it and what helps", async () => {
  expect(await said(field("Subject", "[list] Dinner on Friday")(await signed(plain)))).toEqual([
    "the published key made this signature; only the header was changed after that: the body is as it was",
    'Subject: a tag was added to the Subject: now " [list] Dinner on Friday", signed " Dinner on Friday"',
    "  who does this: a mailing list ([list]), a spam filter or an [EXTERNAL] gateway",
    "  what helps: let the list or gateway leave the Subject alone, or have it sign again (and seal with ARC)",
  ]);
});

test("where no known change explains it, that is said with what is certain", async () => {
  expect(await said(nine(await signed(plain)))).toEqual([
    "the published key made this signature; only the body was changed after that: the signed header fields are as they were",
    "the body was changed in a way that is not among the known ones; a comparison with the message as it was sent shows the difference (verify --sent)",
  ]);
  expect((await said(field("Subject", "Lunch")(await signed(plain, { keys: [ed25519Key] }))))[0]).toBe(
    "the body is as it was signed; the header was changed, or another key made the signature",
  );
});

test("one part may be explained and the other not", async () => {
  const lines = await said(nine(field("Subject", "[list] Dinner on Friday")(await signed(plain))));
  expect(lines[0]).toBe(
    "the published key made this signature; the header was changed after that, and the body was changed",
  );
  expect(lines.at(-1)).toMatch(/^the body was changed in a way that is not among the known ones/);
});

test("a signer's mistake is not called a change", async () => {
  const hashed = inBody((all) => all + body)(await signed(`${header}\r\n`));
  expect((await said(hashed)).slice(0, 2)).toEqual([
    "nothing shows that the message was changed on the way: the signer made a mistake",
    "the signature was made for an empty body",
  ]);
});

test("another hash is the signer's mistake, and nothing else is said of the header", async () => {
  const sha512 = headerRows.find(({ is }) => is.includes("another hash"))!.change("");
  expect((await said(sha512)).filter((line) => !line.startsWith("  "))).toEqual([
    "nothing shows that the message was changed on the way: the signer made a mistake",
    'DKIM-Signature: the signer computed the signature in a way that the standard does not have: now "a hash that is not SHA-256"',
  ]);
});

test("strangers' octets are shown as text, and no control among them", () => {
  expect(quoted("caf\xc3\xa9")).toBe('"café"');
  expect(quoted("a\tb\r\n c\x1b[2J\x9b\xe2\x80\xae")).toBe('"a\\tb\\r\\n c\\u001b[2J\\u009bâ\\u0080®"');
  expect(quoted("\xe2\x80\xaegpj.exe")).toBe('"\\u202egpj.exe"');
});
