// The messages and keys that the DKIM benchmarks of all peers share.
import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";

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
export const textMessage = (bodyOctets: number): Buffer => messageOf(bodyOctets, line);

/** As a newsletter comes: indented, short lines, much white space. */
export const htmlMessage = (bodyOctets: number): Buffer =>
  messageOf(
    bodyOctets,
    (at) => `${" ".repeat(2 * (at % 8))}<td class="c${at % 5}"  width="600">${words[at % words.length]}</td>\r\n`,
  );

/** As an attachment comes: base64 in lines of 76. */
export const base64Message = (bodyOctets: number): Buffer =>
  messageOf(bodyOctets, (at) => `${createHash("sha512").update(String(at)).digest("base64").slice(0, 76)}\r\n`);

function messageOf(bodyOctets: number, lineAt: (at: number) => string): Buffer {
  // A thousand lines over and over: for a large body they need not all be different.
  const lines = Buffer.from(Array.from({ length: 1000 }, (_, at) => lineAt(at)).join(""));
  const head = Buffer.from(`${fields.join("\r\n")}\r\n\r\n`);
  const body = Buffer.alloc(bodyOctets, lines);
  return Buffer.concat([head, body, Buffer.from("\r\n")]);
}

export type Algorithm = "rsa" | "ed25519";
export const domain = "example.com";
export const selectors = { rsa: "r", ed25519: "e" };
export const privateKeys = {
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
  ed25519: generateKeyPairSync("ed25519").privateKey,
};
const pemOf = (algorithm: Algorithm): string =>
  privateKeys[algorithm].export({ type: "pkcs8", format: "pem" }) as string;
export const pems = { rsa: pemOf("rsa"), ed25519: pemOf("ed25519") };
const recordOf = (algorithm: Algorithm): string => formatKeyRecord(createPublicKey(privateKeys[algorithm]));
export const records = { rsa: recordOf("rsa"), ed25519: recordOf("ed25519") };
