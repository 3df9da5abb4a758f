// For tests: changes of the body as real software makes them, and what they are to be called.
import { createHash } from "node:crypto";
import { forge, octets, signatureTemplate, simpleBody } from "../../../vectors/dkim/example.ts";
import { body, header, inBody, lines, plain, simple, type Row } from "./test-signed.ts";

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

export const bodyRows: Row[] = [
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
    is: "mbox quoting of one line, beside one that was quoted before",
    message: `${plain}>From now on.\r\n`,
    change: inBody((all) => all.replace("\r\nFrom ", "\r\n>From ")),
    named: ["from-lines-quoted"],
  },
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
  {
    is: "a signature that says relaxed and has the simple hash",
    change: () => {
      const bh = createHash("sha256")
        .update(octets(simpleBody(body)))
        .digest("base64");
      return forge(signatureTemplate({ bh }), { header, body }) + plain;
    },
    named: ["canonicalization-mislabelled"],
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
