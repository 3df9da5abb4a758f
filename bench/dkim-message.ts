// The messages and keys that the DKIM benchmarks of all peers share.
import { generateKeyPairSync } from "node:crypto";

const fields = [
  "Received: from mx.example.net (mx.example.net [192.0.2.1])\r\n\tby mail.example.com (Postfix) with ESMTPS id 4B7D12E\r\n\tfor <sue@example.net>; Sat, 21 Nov 2026 10:00:00 +0000 (UTC)",
  "From: Joe SixPack <joe@example.com>",
  "To: Suzie Q <sue@example.net>",
  "Subject: Your order of 21 November has been shipped and will arrive on Monday",
  "Date: Sat, 21 Nov 2026 10:00:00 +0000",
  "Message-ID: <20261121100000.4B7D12E@mail.example.com>",
  "Reply-To: Support <support@example.com>",
  "MIME-Version: 1.0",
  'Content-Type: multipart/alternative;\r\n boundary="=_b0undary"',
  "Content-Transfer-Encoding: 7bit",
  "List-Unsubscribe: <https://example.com/unsubscribe/8f1c2d>,\r\n <mailto:unsubscribe@example.com>",
  "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
  "X-Mailer: Example Mailer 1.0",
];

/** The eleven that every peer is told to sign. */
export const signedFields = [
  "From",
  "To",
  "Subject",
  "Date",
  "Message-ID",
  "Reply-To",
  "MIME-Version",
  "Content-Type",
  "Content-Transfer-Encoding",
  "List-Unsubscribe",
  "List-Unsubscribe-Post",
];

const words = "the quick brown fox  jumps over the lazy dog and <b>runs</b> away from it, far and\tfast.".split(" ");
const line = (at: number): string =>
  `${Array.from({ length: 12 }, (_, word) => words[(at + word * 5) % words.length]).join(" ")}\r\n`;

/** A message whose body is text with markup, of about this many octets. */
export function textMessage(bodyOctets: number): Buffer {
  let body = "";
  for (let at = 0; body.length < bodyOctets; at++) body += line(at);
  return Buffer.from(`${fields.join("\r\n")}\r\n\r\n${body}`);
}

export const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const ed25519 = generateKeyPairSync("ed25519");
export const domain = "example.com";
export const selectors = { rsa: "r", ed25519: "e" };
