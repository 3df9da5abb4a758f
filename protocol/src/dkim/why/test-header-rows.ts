// For tests: changes of the header as real software makes them, and what they are to be called.
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import {
  forge,
  octets,
  relaxedBody,
  relaxedField,
  rsaPrivateKey,
  signatureTemplate,
} from "../../../vectors/dkim/example.ts";
import { above, body, field, header, plain, simple, type Row } from "./test-signed.ts";

export const headerRows: Row[] = [
  { is: "[list]", change: field("Subject", "[list] Dinner on Friday"), named: ["subject-tagged Subject"] },
  {
    is: "[list] in front of a fold",
    message: field("Subject", "\r\n Dinner")(plain),
    change: (message) => message.replace("Subject: ", "Subject: [list] "),
    named: ["subject-tagged Subject"],
    options: simple,
  },
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
  {
    is: "a change that only the copies in z= can tell",
    change: () =>
      field(
        "Subject",
        "Lunch",
      )(forge(signatureTemplate({ z: "From:Ann|Subject:Dinner=20on=20Friday" }), parts) + plain),
    named: ["field-changed Subject"],
  },
  {
    is: "a Subject that is gone, told by z=",
    change: () =>
      (forge(signatureTemplate({ z: "Subject:=20Dinner=20on=20Friday" }), parts) + plain).replace(
        /\r\nSubject:[^\r]*/,
        "",
      ),
    named: ["field-removed Subject"],
  },
  { is: "another key of the same length", change: () => signedBy(1024), named: ["other-key"] },
  { is: "another key of another length", change: () => signedBy(2048), named: ["other-key"] },
  {
    is: "a signer that hashes the last line end",
    change: () => mistakenlySigned("sha256", "\r\n"),
    named: ["signer-mistake DKIM-Signature"],
  },
  {
    is: "a signer that says relaxed and leaves the fields as they are",
    change: () => mistakenlySigned("sha256", "", (raw) => raw),
    named: ["canonicalization-mislabelled DKIM-Signature"],
  },
  {
    is: "a signer that takes another hash than it says",
    change: () => mistakenlySigned("sha512", ""),
    named: ["signer-mistake DKIM-Signature"],
  },
];

const parts = { header, body };

function signedBy(modulusLength: number): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength });
  return forge(signatureTemplate({ a: "rsa-sha256", s: "r" }), { ...parts, privateKey }) + plain;
}

function mistakenlySigned(hash: string, end: string, canonical = relaxedField): string {
  const bh = createHash("sha256")
    .update(octets(relaxedBody(body)))
    .digest("base64");
  const unsigned = signatureTemplate({ a: "rsa-sha256", s: "r", h: "from", bh, b: "" });
  const input = canonical(header.slice(0, header.indexOf("\r\n") + 2)) + canonical(unsigned).slice(0, -2) + end;
  const b = sign(hash, octets(input), rsaPrivateKey).toString("base64");
  return unsigned.replace("; b=", `; b=${b}`) + plain;
}
