import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import { type ReportRow } from "chancery/dmarc";
import { octetsOf, splitMessage } from "chancery/mail";
import { readReport } from "../../server/src/engine/aggregate-reports/read-report.ts";
import { reportXml, rowXml, zip } from "../../server/src/engine/aggregate-reports/test-report.ts";
import { unpack } from "../../server/src/engine/aggregate-reports/unpack.ts";
import { splitMbox } from "../../server/src/engine/mail-files/mbox.ts";
import { pathOf, timeOf } from "../../server/src/service/audit/mail/message-path.ts";
import { isBulk, staysWithinOrganization, unsubscribeOf } from "../../server/src/service/audit/mail/message-signs.ts";
import { receiverResults } from "../../server/src/service/audit/mail/receiver-results.ts";
import { unsafeForTerminals } from "../hostile/terminal.ts";
import type { Corpus } from "./seeds.ts";
import { demand, type Target } from "./target.ts";

const xml = reportXml(rowXml(3).repeat(2));
const inLatin1 = (octets: Uint8Array): string => Buffer.from(octets).toString("latin1");

const xmlWords = [
  "<record>",
  "</record>",
  "<row>",
  "<count>",
  "</count>",
  "<dkim>",
  "<result>pass</result>",
  "<feedback>",
  "</feedback>",
  '<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">',
  '<x:record xmlns:x="urn:example">',
  "<!DOCTYPE feedback [",
  '<!ENTITY a "b">',
  "]>",
  "<![CDATA[",
  "]]>",
  "<!--",
  "-->",
  "<?xml version='1.0' encoding='windows-1252'?>",
  "&amp;",
  "&#x0;",
  "&#65;",
  "&a;",
  "\0",
  "\xff",
  "\xe2\x80\xae",
  "PK\x03\x04",
  "PK\x01\x02",
  "PK\x05\x06",
  "\x1f\x8b\x08",
];

/** Reports as they come, in every form that they come in. */
const reports: Target = {
  name: "report",
  share: 4,
  seeds: [
    xml,
    xml,
    inLatin1(gzipSync(Buffer.from(xml))),
    inLatin1(zip([{ name: "a.xml", octets: Buffer.from(xml) }])),
    inLatin1(Buffer.from(`\ufeff${xml}`, "utf16le")),
    `Content-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n${gzipSync(Buffer.from(xml)).toString("base64")}\r\n`,
  ],
  words: xmlWords,
  async check(input) {
    const unpacked = await unpack(octetsOf(input));
    if (!unpacked.ok) return demand(unpacked.quarantine.detail !== "", "quarantined without a reason");
    for (const { path, pieces } of unpacked.members) {
      demand(!unsafeForTerminals.test(path.join("/")), "a name that a terminal acts on");
      const reading = readReport(pieces);
      let rows = 0;
      let next = await reading.next();
      for (; next.done !== true; next = await reading.next()) {
        demandSound(next.value);
        rows++;
      }
      if (next.value.state === "quarantined") continue;
      demand(next.value.rows === rows, "another number of rows than were given");
      demand(!unsafeForTerminals.test(Object.values(next.value.metadata).join(" ")), "a text that a terminal acts on");
    }
  },
};

function demandSound({ messages, headerFrom, sourceIp, overrides, dkimResults }: ReportRow): void {
  demand(Number.isSafeInteger(messages) && messages > 0, "a row of no messages");
  for (const name of [headerFrom, ...dkimResults.flatMap(({ domain, selector }) => [domain, selector])])
    demand(name === undefined || /^[a-z0-9_.-]{1,253}$/.test(name), "a domain name with something else in it");
  demand(sourceIp === undefined || /^[0-9a-f.:]{2,45}$/.test(sourceIp), "an address with something else in it");
  demand(!overrides.some(({ comment }) => unsafeForTerminals.test(comment)), "a comment that a terminal acts on");
}

async function* inChunks(octets: Uint8Array, octetsEach: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += octetsEach) yield octets.subarray(at, at + octetsEach);
}

async function messagesOf(octets: Uint8Array, octetsEach: number): Promise<string[]> {
  const messages: string[] = [];
  for await (const { octets: message, tooLarge } of splitMbox(inChunks(octets, octetsEach), 2000))
    messages.push(tooLarge ? "too large" : inLatin1(message));
  return messages;
}

const mboxes: Target = {
  name: "mbox",
  seeds: ["From a Thu Jan  1 00:00:00 2026\nA: 1\n\n>From here\n\nFrom b Thu Jan  1 00:00:01 2026\nA: 2\n\nx\n"],
  words: [
    "From ",
    ">From ",
    "\n",
    "\r\n",
    "\n\n",
    "\nFrom ",
    "\n\nFrom ",
    "\r\n\r\nFrom ",
    ">>",
    "\0",
    "x".repeat(3000),
  ],
  async check(input) {
    const octets = octetsOf(input);
    const whole = await messagesOf(octets, octets.length + 1);
    demand(isDeepStrictEqual(await messagesOf(octets, 7), whole), "messages depend on where the file is cut");
    demand(whole.join("").length <= input.length, "more came out than went in");
  },
};

/** What a header tells beside who signed it. */
const headers = (corpus: Corpus): Target => ({
  name: "header-evidence",
  seeds: corpus.messages.map((message) => message.slice(0, message.indexOf("\r\n\r\n") + 4)),
  words: [
    "Received: from a.example (b [192.0.2.1]) by mx.example.org; Sun, 22 Nov 2026 05:00:00 +0000\r\n",
    "Authentication-Results: mx.example.org; dkim=pass header.d=example.com\r\n",
    "Authentication-Results: spf=pass smtp.mailfrom=example.com; dmarc=pass action=none\r\n",
    "Return-Path: <>\r\n",
    "List-Unsubscribe: <https://example.com>, <mailto:a@example.com>\r\n",
    "X-MS-Exchange-CrossTenant-AuthAs: Internal\r\n",
    "from ",
    "by ",
    "(",
    ")",
    "<",
    ">",
    ";",
    "\r\n ",
  ],
  check(input) {
    const message = splitMessage(octetsOf(input));
    if (!message.ok) return;
    const { header } = message.value;
    const { client } = pathOf(header).path;
    demand(client === undefined || /^[!-~]{1,255}$/.test(client), "a client's name with something else in it");
    const { at } = timeOf(header);
    demand(at === undefined || Number.isInteger(at), "a time that is no number of seconds");
    receiverResults(header);
    unsubscribeOf(header);
    isBulk(header);
    staysWithinOrganization(header);
  },
});

export const evidenceTargets = (corpus: Corpus): Target[] => [reports, mboxes, headers(corpus)];
