import { describe, expect, test } from "vitest";
import { forge, keyRecords, now, octets, resolver, rsaKey, signatureTemplate } from "../../../vectors/dkim/example.ts";
import { sign, type SignOptions } from "../sign.ts";
import { verify } from "../verify.ts";
import { explainFailures, type Explanation } from "./explain.ts";

const resolveTxt = resolver(keyRecords);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join("");

const header = lines(
  "From: Ann Author <ann@example.com>",
  "To: Bob <bob@example.net>, carol@example.net",
  "Subject: Dinner on Friday",
  "Date: Fri, 01 Jul 2022 10:52:37 +0000",
  "Message-ID: <1@example.com>",
  "MIME-Version: 1.0",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Transfer-Encoding: 8bit",
);
const body = lines(
  "Dear Bob,",
  "",
  "the caf\xc3\xa9 at eight?",
  "From there we walk.",
  ".. and back.",
  "",
  "-- ",
  "Ann",
);
const plain = `${header}\r\n${body}`;

/** The message with a signature on top; lines that `sign` would refuse make no difference here. */
async function signed(message: string, options: Partial<SignOptions> = {}): Promise<string> {
  if (/[^\r\n]{999}/.test(message)) {
    const cut = message.indexOf("\r\n\r\n");
    return forge(signatureTemplate(), { header: message.slice(0, cut + 2), body: message.slice(cut + 4) }) + message;
  }
  return text(await sign(octets(message), { keys: [rsaKey], now, ...options })) + message;
}

async function explain(message: string): Promise<(Explanation | undefined)[]> {
  const verifications = await verify(octets(message), { resolveTxt, now });
  return explainFailures(octets(message), verifications, { resolveTxt });
}
/** The kinds of change that are named, with the field. */
async function named(message: string): Promise<string[]> {
  const [explanation] = await explain(message);
  return explanation!.changes.map(({ kind, field }) => (field === undefined ? kind : `${kind} ${field}`));
}

type Row = {
  is: string;
  change: (message: string) => string;
  named: string[];
  message?: string;
  options?: Partial<SignOptions>;
};
/** Applied to what stands below the header, or to one field. */
const inBody =
  (change: (body: string) => string) =>
  (message: string): string => {
    const cut = message.indexOf("\r\n\r\n") + 4;
    return message.slice(0, cut) + change(message.slice(cut));
  };
const simple = { canonicalization: "simple/simple" } as const;

const withMime = (type: string, encoding: string | undefined, content: string): string =>
  `${header.slice(0, header.indexOf("Content-Type"))}Content-Type: ${type}\r\n${encoding === undefined ? "" : `Content-Transfer-Encoding: ${encoding}\r\n`}\r\n${content}`;
const multipart = withMime(
  'multipart/mixed; boundary="b1"',
  undefined,
  lines(
    "--b1",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    "caf\xc3\xa9",
    "--b1",
    "Content-Type: image/png",
    "Content-Transfer-Encoding: base64",
    "",
    "iVBORw0KGgo=",
    "--b1--",
  ),
);
const base64 = (content: string, width: number): string =>
  Buffer.from(content, "latin1")
    .toString("base64")
    .replace(new RegExp(`.{1,${width}}`, "g"), "$&\r\n");
const long = (length: number): string => "word ".repeat(length / 5);

const bodyRows: Row[] = [
  { is: "a footer", change: (message) => `${message}\r\n_____\r\nlist mailing list\r\n`, named: ["footer-added"] },
  {
    is: "a footer below a simple body",
    change: (message) => `${message}_____\r\nlist\r\n`,
    named: ["footer-added"],
    options: simple,
  },
  {
    is: "a footer below a body that ends in no line end",
    message: plain.slice(0, -2),
    change: (message) => `${message}\r\n--\r\nlist\r\n`,
    named: ["footer-added"],
  },
  {
    is: "a banner on top",
    change: inBody((all) => `CAUTION: this mail is from outside.\r\n\r\n${all}`),
    named: ["text-added-above"],
  },
  {
    is: "a banner and a footer",
    change: inBody((all) => `CAUTION!\r\n\r\n${all}--\r\nScanned.\r\n`),
    named: ["text-added-above", "footer-added"],
  },
  {
    is: "blanks at line ends",
    change: inBody((all) => all.replace(/(?<!-- )\r\n/g, "  \r\n")),
    named: ["trailing-blanks-added"],
    options: simple,
  },
  {
    is: "the blank of the signature's dashes is lost",
    change: inBody((all) => all.replace("-- \r\n", "--\r\n")),
    named: ["trailing-blanks-stripped"],
    options: simple,
  },
  {
    is: "blanks of quotes are lost",
    message: `${plain}> one\r\n> \r\n> two\r\n`,
    change: inBody((all) => all.replace("> \r\n", ">\r\n")),
    named: ["trailing-blanks-stripped"],
    options: simple,
  },
  { is: "mbox quoting", change: inBody((all) => all.replace("\r\nFrom ", "\r\n>From ")), named: ["from-lines-quoted"] },
  {
    is: "mbox quoting undone",
    message: plain.replace("\r\nFrom ", "\r\n>From "),
    change: inBody((all) => all.replace("\r\n>From ", "\r\nFrom ")),
    named: ["from-lines-quoted"],
  },
  { is: "dots doubled", change: inBody((all) => all.replace(/(?<=\r\n)\./g, "..")), named: ["dot-stuffing-left-in"] },
  {
    is: "doubled dots were signed",
    message: plain.replace("\r\n..", "\r\n..."),
    change: inBody((all) => all.replace("\r\n...", "\r\n..")),
    named: ["dot-stuffing-signed"],
  },
  {
    is: "a line broken as Postfix does",
    message: `${plain}${long(1200)}end\r\n`,
    change: inBody((all) => all.replace(/[^\r\n]{998}/g, "$&\r\n ")),
    named: ["long-lines-broken"],
  },
  {
    is: "a line broken as Sendmail does",
    message: `${plain}${long(1200)}end\r\n`,
    change: inBody((all) => all.replace(/[^\r\n]{990}/g, "$&!\r\n ")),
    named: ["long-lines-broken"],
  },
  { is: "an empty line on top", change: inBody((all) => `\r\n${all}`), named: ["empty-lines-above"] },
  {
    is: "an empty line on top is gone",
    message: plain.replace("\r\n\r\n", "\r\n\r\n\r\n"),
    change: inBody((all) => all.slice(2)),
    named: ["empty-lines-above"],
  },
  {
    is: "LF alone instead of CRLF",
    change: inBody((all) => all.replaceAll("\r\n", "\n")),
    named: ["line-ends-changed"],
  },
  {
    is: "CR CR LF instead of CRLF",
    change: inBody((all) => all.replaceAll("\r\n", "\r\r\n")),
    named: ["line-ends-changed"],
  },
  {
    is: "8bit to quoted-printable, the field too",
    change: (message) => toQuotedPrintable(message),
    named: ["re-encoded", "re-encoded Content-Transfer-Encoding"],
  },
  {
    is: "8bit to base64, the field too",
    change: (message) => inBody((all) => base64(all, 76))(message.replace("Encoding: 8bit", "Encoding: base64")),
    named: ["re-encoded", "re-encoded Content-Transfer-Encoding"],
  },
  {
    is: "8bit to base64 with a footer inside",
    change: (message) =>
      inBody((all) => base64(`${all}____\r\nlist\r\n`, 76))(message.replace("Encoding: 8bit", "Encoding: base64")),
    named: ["re-encoded", "footer-added", "re-encoded Content-Transfer-Encoding"],
  },
  {
    is: "a part of a multipart to quoted-printable",
    message: multipart,
    change: (message) =>
      message.replace("Encoding: 8bit\r\n\r\ncaf\xc3\xa9", "Encoding: quoted-printable\r\n\r\ncaf=C3=A9"),
    named: ["re-encoded"],
  },
  {
    is: "base64 to 8bit",
    message: withMime("text/plain; charset=utf-8", "base64", base64(body, 76)),
    change: (message) => inBody(() => body)(message.replace("Encoding: base64", "Encoding: 8bit")),
    named: ["re-encoded", "re-encoded Content-Transfer-Encoding"],
  },
  {
    is: "base64 with LF inside (as Python writes it) to 8bit",
    message: withMime("text/plain; charset=utf-8", "base64", base64(body.replaceAll("\r\n", "\n"), 76)),
    change: (message) => inBody(() => body)(message.replace("Encoding: base64", "Encoding: 8bit")),
    named: ["re-encoded", "re-encoded Content-Transfer-Encoding"],
  },
  {
    is: "quoted-printable to base64",
    message: toQuotedPrintable(plain),
    change: (message) =>
      inBody(() => base64(body, 76))(message.replace("Encoding: quoted-printable", "Encoding: base64")),
    named: ["re-encoded", "re-encoded Content-Transfer-Encoding"],
  },
  {
    is: "base64 wrapped at 60 instead of 76",
    message: withMime("text/plain", "base64", base64(body, 76)),
    change: inBody((all) => base64(Buffer.from(all, "base64").toString("latin1"), 60)),
    named: ["base64-rewrapped"],
  },
  {
    is: "a part added to a multipart",
    message: multipart,
    change: inBody((all) => all.replace("--b1--", "--b1\r\nContent-Type: text/plain\r\n\r\n_____\r\nlist\r\n--b1--")),
    named: ["mime-part-added"],
  },
  {
    is: "a part put in front",
    message: multipart,
    change: inBody((all) => `--b1\r\nContent-Type: text/plain\r\n\r\nCAUTION\r\n${all}`),
    named: ["mime-part-added"],
  },
  {
    is: "wrapped in a new multipart",
    message: withMime("text/html; charset=utf-8", undefined, "<p>Hi</p>\r\n"),
    change: wrapped,
    named: ["wrapped-in-multipart", "wrapped-in-multipart Content-Type"],
  },
  {
    is: "a signature made without the body",
    change: inBody(() => body),
    message: `${header}\r\n`,
    named: ["signed-without-body"],
  },
];

/** As Mailman does it: the body and its Content-Type become the first part, the footer the second. */
function wrapped(message: string): string {
  const type = /Content-Type: [^\r\n]*\r\n/.exec(message)![0];
  return inBody(
    (all) => `--new\r\n${type}\r\n${all}\r\n--new\r\nContent-Type: text/plain\r\n\r\n____\r\nlist\r\n--new--\r\n`,
  )(message.replace(type, 'Content-Type: multipart/mixed; boundary="new"\r\n'));
}

function toQuotedPrintable(message: string): string {
  const recoded = message.replace("Encoding: 8bit", "Encoding: quoted-printable");
  return inBody((all) =>
    all
      .replace(/[=\x80-\xff]/g, (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("-- \r\n", "--=20\r\n"),
  )(recoded);
}

const field = (name: string, value: string) => (message: string) =>
  message.replace(new RegExp(`(?<=^|\r\n)${name}: [^\r\n]*(?:\r\n[ \t][^\r\n]*)*`), `${name}: ${value}`);
const above = (line: string) => (message: string) => message.replace(/(?<=^|\r\n)From: /, `${line}\r\nFrom: `);
const headerRows: Row[] = [
  { is: "[list]", change: field("Subject", "[list] Dinner on Friday"), named: ["subject-tagged Subject"] },
  {
    is: "[list] in a reply",
    message: field("Subject", "Re: [list] Dinner")(plain),
    change: field("Subject", "[list] Re: Dinner"),
    named: ["subject-tagged Subject"],
  },
  { is: "***SPAM***", change: field("Subject", "***SPAM*** Dinner on Friday"), named: ["subject-tagged Subject"] },
  {
    is: "[EXTERNAL] and [list]",
    change: field("Subject", "[EXTERNAL] [list] Dinner on Friday"),
    named: ["subject-tagged Subject"],
  },
  {
    is: "a tag inside an encoded-word",
    message: field("Subject", "=?utf-8?q?caf=C3=A9?=")(plain),
    change: field("Subject", "=?utf-8?q?=5Blist=5D_caf=C3=A9?="),
    named: ["subject-tagged Subject"],
  },
  {
    is: "a decoded Subject",
    message: field("Subject", "=?UTF-8?B?Y2Fmw6k=?=")(plain),
    change: field("Subject", "caf\xc3\xa9"),
    named: ["encoded-word-changed Subject"],
  },
  {
    is: "an encoded Subject",
    message: field("Subject", "caf\xc3\xa9")(plain),
    change: field("Subject", "=?utf-8?b?Y2Fmw6k=?="),
    named: ["encoded-word-changed Subject"],
  },
  {
    is: "another encoding of the same name",
    message: field("From", "=?utf-8?q?Ren=C3=A9?= <rene@example.com>")(plain),
    change: field("From", "=?UTF-8?B?UmVuw6k=?= <rene@example.com>"),
    named: ["encoded-word-changed From"],
  },
  {
    is: "From munged, the author in Reply-To",
    change: (message) =>
      above("Reply-To: Ann Author <ann@example.com>")(field("From", "Ann Author via List <list@example.org>")(message)),
    named: ["from-rewritten From", "field-added Reply-To"],
  },
  {
    is: "From munged, the original kept",
    change: (message) =>
      above("X-Original-From: Ann Author <ann@example.com>")(
        field("From", "'Ann Author' via Group <group@example.org>")(message),
      ),
    named: ["from-rewritten From"],
  },
  {
    is: "From munged, the bare address kept",
    change: (message) =>
      above("X-Original-Sender: ann@example.com")(field("From", "Ann Author via List <list@example.org>")(message)),
    named: ["from-rewritten From"],
  },
  { is: "an oversigned field is added", change: above("Reply-To: list@example.org"), named: ["field-added Reply-To"] },
  { is: "a second Subject", change: above("Subject: other"), named: ["field-added Subject"] },
  {
    is: "a second From below",
    change: (message) => message.replace("To: Bob", "From: x@example.org\r\nTo: Bob"),
    named: ["field-added From"],
  },
  {
    is: "MIME-Version is gone",
    change: (message) => message.replace("MIME-Version: 1.0\r\n", ""),
    named: ["field-removed MIME-Version"],
  },
  {
    is: "Content-Transfer-Encoding is gone",
    change: (message) => message.replace("Content-Transfer-Encoding: 8bit\r\n", ""),
    named: ["field-removed Content-Transfer-Encoding"],
  },
  {
    is: "the Message-ID was replaced",
    change: (message) =>
      above("X-Google-Original-Message-ID: <1@example.com>")(field("Message-ID", "<2@example.org>")(message)),
    named: ["field-replaced Message-ID"],
  },
  {
    is: "folded anew",
    change: field("To", "Bob <bob@example.net>,\r\n\tcarol@example.net"),
    named: ["white-space-changed To"],
    options: simple,
  },
  {
    is: "no blank after the colon",
    change: (message) => message.replace("Subject: ", "Subject:"),
    named: ["white-space-changed Subject"],
    options: simple,
  },
  {
    is: "unfolded",
    message: field("To", "Bob <bob@example.net>,\r\n carol@example.net")(plain),
    change: field("To", "Bob <bob@example.net>, carol@example.net"),
    named: ["white-space-changed To"],
    options: simple,
  },
  {
    is: "folded inside a word",
    change: field("Subject", "Dinner on Fri\r\n day"),
    named: ["white-space-changed Subject"],
  },
  {
    is: "Message-Id",
    change: (message) => message.replace("Message-ID:", "Message-Id:"),
    named: ["name-case-changed Message-Id"],
    options: simple,
  },
  {
    is: "Message-ID",
    message: plain.replace("Message-ID:", "Message-Id:"),
    change: (message) => message.replace("Message-Id:", "Message-ID:"),
    named: ["name-case-changed Message-ID"],
    options: simple,
  },
  {
    is: "quotes around names",
    change: field("From", '"Ann Author" <ann@example.com>'),
    named: ["address-list-rewritten From"],
  },
  {
    is: "no quotes around names",
    message: field("From", '"Ann Author" <ann@example.com>')(plain),
    change: field("From", "Ann Author <ann@example.com>"),
    named: ["address-list-rewritten From"],
  },
  {
    is: "angle brackets",
    change: field("To", "Bob <bob@example.net>, <carol@example.net>"),
    named: ["address-list-rewritten To"],
  },
  {
    is: "blanks behind commas",
    message: field("To", "bob@example.net,carol@example.net")(plain),
    change: field("To", "bob@example.net, carol@example.net"),
    named: ["address-list-rewritten To"],
  },
  {
    is: "GMT",
    message: field("Date", "Fri, 01 Jul 2022 10:52:37 GMT")(plain),
    change: field("Date", "Fri, 01 Jul 2022 10:52:37 +0000"),
    named: ["date-rewritten Date"],
  },
  { is: "a day of one digit", change: field("Date", "Fri, 1 Jul 2022 10:52:37 +0000"), named: ["date-rewritten Date"] },
  {
    is: "a quoted charset",
    change: field("Content-Type", 'text/plain; charset="utf-8"'),
    named: ["content-type-rewritten Content-Type"],
  },
  {
    is: "a parameter more",
    change: field("Content-Type", "text/plain; charset=utf-8; format=flowed"),
    named: ["content-type-rewritten Content-Type"],
  },
  {
    is: "two fields of a name change places",
    message: above("Received: a\r\nReceived: b")(plain),
    change: (message) => message.replace("Received: a\r\nReceived: b", "Received: b\r\nReceived: a"),
    named: ["fields-reordered Received"],
    options: { headers: ["from", "received", "received"] },
  },
  {
    is: "h= in lower case",
    change: (message) => message.replace(/(?<=; h=)[^;]*/, (list) => list.toLowerCase()),
    named: ["signature-field-rewritten DKIM-Signature"],
    options: { headers: ["From", "To", "Subject"] },
  },
  {
    is: "the signature folded anew",
    change: (message) =>
      message.replace(/DKIM-Signature:[^]*?\r\n(?![ \t])/, (raw) => raw.replace(/\r\n[ \t]/g, "\r\n\t\t")),
    named: ["signature-field-rewritten DKIM-Signature"],
    options: simple,
  },
  {
    is: "a list: tag, footer, From, Reply-To, Sender",
    change: (message) =>
      `${above("Reply-To: Ann Author <ann@example.com>\r\nSender: list@example.org")(field("From", "Ann Author via List <list@example.org>")(field("Subject", "[list] Dinner on Friday")(message)))}____\r\nlist\r\n`,
    named: [
      "footer-added",
      "from-rewritten From",
      "field-added Reply-To",
      "field-added Sender",
      "subject-tagged Subject",
    ],
  },
];

describe("a change of the body is named:", () => {
  test.each(bodyRows)("$is", async ({ change, named: kinds, message = plain, options }) => {
    const changed = change(await signed(message, options));
    expect(await named(changed)).toEqual(kinds);
  });
});
describe("a change of the header is named:", () => {
  test.each(headerRows)("$is", async ({ change, named: kinds, message = plain, options }) => {
    const changed = change(await signed(message, options));
    expect(await named(changed)).toEqual(kinds);
  });
});
