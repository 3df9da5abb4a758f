import { createHash, createSign } from "node:crypto";
import type { LabKey } from "./keys.ts";

/*
 * Mail of the lab, signed here and not by the engine that is judged: simple/simple canonicalization, so that what is hashed is
 * what stands there (RFC 6376 §3.4.1, §3.4.3), and any tags that a case wants, sound or not.
 */
export type LabSignature = {
  key: LabKey;
  domain: string;
  selector: string;
  /** Absent means those of an ordinary message. */
  fields?: readonly string[];
  /** More tags, in front of `b=`: `l=5;`. */
  tags?: string;
  /** Octets of the body that are hashed; absent means all. */
  bodyOctets?: number;
  hash?: "sha1" | "sha256";
};

export type LabMessage = {
  from: string;
  /** More fields, each with its CRLF. */
  fields?: string;
  body?: string;
  signatures: readonly LabSignature[];
  /** The domain of MAIL FROM, and of the server that sent it; absent means that of From. */
  envelope?: string;
  /** Who received it from whom, epoch seconds; absent means a minute after it was written. */
  receivedAt?: number;
};

/** When the lab's mail was written, epoch seconds. */
export const writtenAt = Math.floor(Date.now() / 1000) - 86_400;
const dateOf = (at: number): string => new Date(at * 1000).toUTCString().replace("GMT", "+0000");

/** A message as its receiver stores it, lines ending in CRLF. */
export function message({
  from,
  fields = "",
  body = "Hello.\r\n",
  signatures,
  receivedAt = writtenAt + 60,
  envelope = from.slice(from.indexOf("@") + 1),
}: LabMessage): string {
  const lines = [
    `From: ${from}`,
    "To: someone@receiver.test",
    "Subject: What a lab writes",
    `Date: ${dateOf(writtenAt)}`,
    `Message-ID: <1@${from.slice(from.indexOf("@") + 1)}>`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=us-ascii",
    ...fields.split("\r\n").filter((line) => line !== ""),
  ];
  const trace = [
    `Return-Path: <bounce@${envelope}>`,
    `Received: from mail.${envelope} (mail.${envelope} [192.0.2.25]) by mx.receiver.test with ESMTP id 1; ${dateOf(receivedAt)}`,
  ];
  const signed = signatures.map((signature) => signatureField(lines, body, signature));
  return [...trace, ...signed, ...lines, "", body].join("\r\n");
}

const usualFields = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"];

function signatureField(lines: readonly string[], body: string, signature: LabSignature): string {
  const { key, domain, selector, fields = usualFields, tags = "", bodyOctets, hash = "sha256" } = signature;
  const bodyHash = createHash(hash).update(body.slice(0, bodyOctets)).digest("base64");
  const field = `DKIM-Signature: v=1; a=rsa-${hash}; c=simple/simple; d=${domain}; s=${selector}; ${tags} h=${fields.join(":")}; bh=${bodyHash}; b=`;
  const signer = createSign(`rsa-${hash}`);
  for (const name of fields) {
    const line = lines.find((one) => one.startsWith(`${name}:`));
    if (line !== undefined) signer.update(`${line}\r\n`);
  }
  return `${field}${signer.update(field).sign(key.privateKey, "base64")}`;
}

/** Fields of bulk mail with an offer to unsubscribe, as large receivers ask for it (RFC 8058). */
export const bulkFields = `List-Unsubscribe: <https://unsubscribe.example.net/1>\r
List-Unsubscribe-Post: List-Unsubscribe=One-Click\r
List-Id: news <news.example.net>\r
`;
export const bulkSigned = [...usualFields, "List-Unsubscribe", "List-Unsubscribe-Post"];
