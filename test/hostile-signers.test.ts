// Messages made to get a signature that their sender has no right to, or that would not survive: what relay and milter do.
import { verify } from "chancery/dkim";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Signers } from "./hostile/signers.ts";

let signers: Signers;
beforeAll(async () => {
  signers = await Signers.start();
});
afterAll(() => signers.close());

const rest = "To: <victim@example.net>\r\nSubject: hello\r\n";
const from = "From: <app@attack.test>\r\n";
const body = "hello\r\n";
const notTheirs = (domain: string): string => `550 5.7.1 ${domain} is not a verified domain of this sender`;
const unreadable = "550 5.7.1 the From field cannot be read";
const group = "550 5.7.1 the From field has a group in place of an address";
const malformed = "550 5.7.1 a line in the header is no header field";
const bareLf = "550 5.6.0 bare <LF> in the message; lines end with <CRLF> (RFC 5321 section 2.3.8)";
const bareCr = "550 5.6.0 bare <CR> in the message; lines end with <CRLF> (RFC 5321 section 2.3.8)";
const nul = "550 5.6.0 NUL in the message (RFC 5322 section 4.1)";
const longLine = "550 5.6.0 line over 998 octets (RFC 5321 section 4.5.3.1.6)";
const whole = (header: string, content = body): string => `${header}\r\n${content}`;

const refused: [title: string, message: string, reply: string][] = [
  [
    "a Cyrillic letter in From",
    whole(`From: a@l\xd0\xb5gitimate.test\r\n${rest}`),
    notTheirs("xn--lgitimate-g0h.test"),
  ],
  ["a homograph of their own domain", whole(`From: a@att\xd0\xb0ck.test\r\n${rest}`), notTheirs("xn--attck-6ve.test")],
  ["full-width letters", whole(`From: a@\xef\xbd\x81ttack.test\r\n${rest}`), unreadable],
  ["a full-width dot", whole(`From: a@attack\xe3\x80\x82test\r\n${rest}`), unreadable],
  ["a trailing dot", whole(`From: a@attack.test.\r\n${rest}`), unreadable],
  ["an address literal", whole(`From: a@[127.0.0.1]\r\n${rest}`), unreadable],
  ["a domain that ends like theirs", whole(`From: a@notattack.test\r\n${rest}`), notTheirs("notattack.test")],
  ["a parent of theirs", whole(`From: a@test\r\n${rest}`), notTheirs("test")],
  ["a group", whole(`From: g: a@attack.test;\r\n${rest}`), group],
  ["an empty group", whole(`From: g:;\r\n${rest}`), group],
  ["ten thousand addresses", whole(`From: ${"a@attack.test,\r\n ".repeat(9999)}a@attack.test\r\n${rest}`), unreadable],
  ["no From", whole(rest), "550 5.7.1 the message has no From field"],
  ["a byte order mark before From", whole(`\xef\xbb\xbf${from}${rest}`), "550 5.7.1 the message has no From field"],
  ["a byte order mark before another field", whole(`\xef\xbb\xbfX-A: b\r\n${from}${rest}`), malformed],
  ["an 8-bit field name", whole(`${from}X-\xe9: b\r\n${rest}`), malformed],
  ["a space in a field name", whole(`${from}X A: b\r\n${rest}`), malformed],
  ["a line without a colon", whole(`${from}nonsense\r\n${rest}`), malformed],
  ["NUL in a field name", whole(`${from}Fr\0om: admin@legitimate.test\r\n${rest}`), nul],
  ["CR alone as line end", `${from}${rest}`.replaceAll("\r\n", "\r"), bareCr],
  ["LF alone as line end", whole(`${from}${rest}`).replaceAll("\r\n", "\n"), bareLf],
  ["LF alone, and a second From behind it", whole(`${from}X-A: b\nFrom: admin@legitimate.test\r\n${rest}`), bareLf],
  ["a line of 999 octets in the body", whole(`${from}${rest}`, `${"x".repeat(999)}\r\n`), longLine],
  ["a field of 1 MB in one line", whole(`${from}X-A: ${"x".repeat(1_048_576)}\r\n${rest}`), longLine],
  [
    "a header of 1 MB",
    whole(`${from}X-A: ${`${"x".repeat(900)}\r\n `.repeat(1165)}x\r\n${rest}`),
    "550 5.6.0 message header over the limit",
  ],
  ["two Subject fields", whole(`${from}${rest}Subject: other\r\n`), "550 5.7.1 the message has several subject fields"],
  ["an encoded word as the address", whole(`From: =?utf-8?q?a=40attack.test?=\r\n${rest}`), unreadable],
  [
    "the victim in Sender",
    whole(`From: admin@legitimate.test\r\nSender: app@attack.test\r\n${rest}`),
    notTheirs("legitimate.test"),
  ],
];

describe("the relay refuses", () => {
  test.each(refused)("%s", async (_title, message, reply) => {
    expect(await signers.submit("app@attack.test", message)).toEqual({ at: "end", reply });
    expect(signers.sink.messages).toEqual([]);
  });
});

const taken: [title: string, message: string][] = [
  ["upper case in From", whole(`From: A@ATTACK.Test\r\n${rest}`)],
  ["a sub-domain of their own", whole(`From: a@mail.attack.test\r\n${rest}`)],
  ["a line of 998 octets", whole(`${from}${rest}`, `${"x".repeat(998)}\r\n`)],
  ["another's address in the display name", whole(`From: "admin@legitimate.test" <app@attack.test>\r\n${rest}`)],
  ["a field whose name begins like From", whole(`${from}From-X: admin@legitimate.test\r\n${rest}`)],
  ["two boundaries in Content-Type", whole(`${from}${rest}Content-Type: multipart/mixed; boundary=a; boundary=b\r\n`)],
];

describe("the relay signs, so that the addition of a field shows", () => {
  test.each(taken)("%s", async (_title, message) => {
    const before = signers.sink.messages.length;
    expect((await signers.submit("app@attack.test", message)).reply).toMatch(/^250 /);
    await expect.poll(() => signers.sink.messages.length).toBe(before + 1);
    const octets = signers.sink.messages.at(-1)!.octets;
    const resolveTxt = async (name: string): Promise<string[][]> => [[signers.records[name] ?? ""]];
    const [verification] = await verify(octets, { resolveTxt });
    expect(verification).toMatchObject({ result: "pass", signingDomain: "attack.test", uncoveredFields: [] });
    for (const added of ["From: admin@legitimate.test", "Content-Type: text/html; boundary=c", "Reply-To: a@b.test"]) {
      const [changed] = await verify(Buffer.concat([Buffer.from(`${added}\r\n`), octets]), { resolveTxt });
      expect(changed?.result).toBe("fail");
    }
  });
});

/** What can come through a milter: the MTA has cut the header into names and values. */
const filtered: [title: string, fields: [string, string][], reply: RegExp][] = [
  [
    "a second From in a name with a blank",
    [
      ["From", " app@attack.test"],
      ["From ", " admin@legitimate.test"],
    ],
    /^y550 5\.7\.1 the message has several From/,
  ],
  [
    "CR in a value",
    [
      ["From", " app@attack.test"],
      ["X-A", " b\rFrom: admin@legitimate.test"],
    ],
    /^y550 5\.7\.1 /,
  ],
  [
    "a line end that is no fold in a value",
    [
      ["From", " app@attack.test"],
      ["X-A", " b\nFrom: admin@legitimate.test"],
    ],
    /^y550 5\.7\.1 /,
  ],
  [
    "a line end in From that is no fold",
    [["From", " app@attack.test\nSender: admin@legitimate.test"]],
    /^y550 5\.7\.1 /,
  ],
  [
    "a line over 998 octets",
    [
      ["From", " app@attack.test"],
      ["X-A", "x".repeat(1100)],
    ],
    /^y550 5\.7\.1 .*998/,
  ],
  ["a field name with a colon", [["From: app@attack.test\nX", " b"]], /^y550 5\.7\.1 /],
];

describe("the milter rejects", () => {
  test.each(filtered)("%s", async (_title, fields, reply) => {
    const [first, ...more] = await signers.filter(fields);
    expect(first).toMatch(reply);
    expect(more).toEqual([]);
  });
});
