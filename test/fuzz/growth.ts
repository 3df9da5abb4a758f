import { createPublicKey, randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { format, parse, stripForged } from "chancery/authres";
import { formatKeyRecord, parseKeyRecord, parseTagList, sign, startVerification, verify } from "chancery/dkim";
import { parsePolicyRecord } from "chancery/dmarc";
import { authorOf, headerField, octetsOf, parseAddressList, splitHeader } from "chancery/mail";
import { parseMtaStsPolicy, parseSpfRecord } from "chancery/policy";
import {
  ed25519Key,
  forge,
  header,
  keyRecords,
  now,
  resolver,
  signatureTemplate,
} from "../../protocol/vectors/dkim/example.ts";
import { codeOf, headXml } from "../../server/src/engine/aggregate-reports/test-report.ts";
import { type Cost, costOf } from "./stops.ts";

/** Something that could be quadratic: an input of about `octets` octets, and who reads it. */
type Growth = { title: string; octets: number; input: (octets: number) => string; read: (input: string) => unknown };

/** Of a message without a body, so that the header is hashed. */
const signature = forge(signatureTemplate(), { body: "" });
const fill = (piece: string, octets: number): string => piece.repeat(Math.ceil(octets / piece.length));
const message = (fields: string, body = ""): string => `${signature}${fields}${header}\r\n${body}`;
const verifying = (input: string): unknown => verify(octetsOf(input), { resolveTxt: resolver(keyRecords), now });
const signing = (input: string): unknown => sign(octetsOf(input), { keys: [ed25519Key], now }).catch(() => undefined);
/** What is too quick to measure, with a turn for others between. */
async function fiftyTimes(read: () => unknown): Promise<void> {
  for (let left = 50; left > 0; left--) {
    read();
    await setImmediate();
  }
}
const KB = 1024;
const unfinishedReport = `<feedback>${headXml}<record><row><count>`;
const emptyBody = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
/** The dearest keys that are taken. */
const slowKeys = Array.from({ length: 10 }, () => {
  const modulus = randomBytes(1024);
  modulus[0]! |= 0xc0;
  modulus[1023]! |= 1;
  const [n, e] = [modulus, Buffer.alloc(8, 0xff)].map((number) => number.toString("base64url"));
  return formatKeyRecord(createPublicKey({ key: { kty: "RSA", n: n!, e: e! }, format: "jwk" }));
});

/** The largest of each is at what the limits let through, or near it. */
const growths: readonly Growth[] = [
  ...[" ", "\t", ";", "=", ":", "a=", "a=;", "\r\n ", "v=1;"].map((piece): Growth => ({
    title: `tag list of ${JSON.stringify(piece)}`,
    octets: 256 * KB,
    input: (octets) => fill(piece, octets),
    read: parseTagList,
  })),
  ...["(", "()", '"', "\\", '"\\"', "a,", "a@b,", "<", "a ", "\r\n ", "a.", "@", ";"].map((piece): Growth => ({
    title: `address list of ${JSON.stringify(piece)}`,
    octets: 1024 * KB,
    input: (octets) => fill(piece, octets),
    read: parseAddressList,
  })),
  ...["(", "()", "\\", '"', " ", ";a=b", ";a=b c.d=e", "a", "our.exampl", ';a=b reason="\\"'].map((piece): Growth => ({
    title: `result field of ${JSON.stringify(piece)}`,
    octets: 512 * KB,
    input: (octets) => `Authentication-Results: a${fill(piece, octets)}\r\n`,
    read: (input) => (parse(input), stripForged([headerField(input)], "our.example")),
  })),
  {
    title: "result field, written and read",
    octets: 32 * KB,
    input: (octets) => `a${fill("; dkim=pass header.d=example.com", octets)}`,
    read: (input) => {
      const read = parse(input);
      return read && format(read);
    },
  },
  ...["n=;", "p=", " ", "AAAA", "x=1;"].map((piece): Growth => ({
    title: `key record of ${JSON.stringify(piece)}`,
    octets: 8 * KB,
    input: (octets) => `v=DKIM1; p=${fill(piece, octets - 12)}`.slice(0, 8 * KB),
    read: (input) => fiftyTimes(() => parseKeyRecord(input)),
  })),
  ...[",mailto:a@b", "!1", ";", "%2C", " "].map((piece): Growth => ({
    title: `policy record of ${JSON.stringify(piece)}`,
    octets: 8 * KB,
    input: (octets) => `v=DMARC1; p=none; rua=mailto:a@b${fill(piece, octets - 32)}`.slice(0, 8 * KB),
    read: (input) => fiftyTimes(() => parsePolicyRecord(input)),
  })),
  ...["a", "a.", "%%", "%{d}", "%{d.....", "/", " a", "-"].map((piece): Growth => ({
    title: `SPF record of ${JSON.stringify(piece)}`,
    octets: 8 * KB,
    input: (octets) => `v=spf1 a:${fill(piece, octets - 16)}`.slice(0, 8 * KB),
    read: (input) => fiftyTimes(() => parseSpfRecord(input)),
  })),
  ...["mx: a.b\n", "a:", "*.", "\n"].map((piece): Growth => ({
    title: `MTA-STS policy of ${JSON.stringify(piece)}`,
    octets: 32 * KB,
    input: (octets) => `version: STSv1\nmx: ${fill(piece, octets)}`,
    read: (input) => fiftyTimes(() => parseMtaStsPolicy(input)),
  })),
  ...["a:b\r\n", "a:\r\n ", "From: a@b\r\n", "\r\n ", "x", " "].map((piece): Growth => ({
    title: `header of ${JSON.stringify(piece)}`,
    octets: 2048 * KB,
    input: (octets) => fill(piece, octets),
    read: (input) => {
      const fields = splitHeader(octetsOf(input));
      return fields.ok && authorOf(fields.value);
    },
  })),
  ...["<a/>", "<record/>", "&amp;", "]", "\r", "x", "<!-- a -->", " a='b'"].map((piece): Growth => ({
    title: `report of ${JSON.stringify(piece)}`,
    octets: 4096 * KB,
    input: (octets) => `${unfinishedReport}${piece.startsWith(" ") ? "<a" : ""}${fill(piece, octets)}`,
    read: (input) => codeOf(octetsOf(input)),
  })),
  ...["--b\r\n", "--b\r\n\r\n", "\r\n", "\r\n--", "=3D", "A"].map((piece): Growth => ({
    title: `mail with a report, of ${JSON.stringify(piece)}`,
    octets: 4096 * KB,
    input: (octets) => `Content-Type: multipart/mixed; boundary=b\r\n\r\n${fill(piece, octets)}`,
    read: (input) => codeOf(octetsOf(input)),
  })),
  {
    title: "verify: one line in a field",
    octets: 2000 * KB,
    input: (octets) => message(`X: ${fill("x", octets)}\r\n`),
    read: verifying,
  },
  {
    title: "verify: one signed line of blanks",
    octets: 2000 * KB,
    input: (octets) => message(`To: ${fill(" \t", octets)}x\r\n`),
    read: verifying,
  },
  {
    title: "verify: many fields",
    octets: 100 * KB,
    input: (octets) => message(fill("A: b\r\n", octets)),
    read: verifying,
  },
  {
    title: "verify: many signatures",
    octets: 2000 * KB,
    input: (octets) => message(fill(signature, octets)),
    read: verifying,
  },
  {
    title: "verify: many signatures that begin alike",
    octets: 2000 * KB,
    input: (octets) =>
      message(
        Array.from({ length: octets / 1024 }, (_, at) => `DKIM-Signature: b=${"A".repeat(1000)}${at}\r\n`).join(""),
      ),
    read: verifying,
  },
  {
    title: "verify: h= of many names",
    octets: 60 * KB,
    input: (octets) =>
      `${signatureTemplate({ h: `from${fill(":a", octets)}`, bh: `${"A".repeat(43)}=`, b: "AAAA" })}${fill("a:\r\n", octets)}${header}\r\n`,
    read: verifying,
  },
  {
    title: "verify: ten signatures over a large header",
    octets: 1500 * KB,
    input: (octets) => {
      const fields = fill(`To: ${"x ".repeat(50)}\r\n`, octets);
      const names = `from${":to".repeat(Math.min(4000, fields.length / 106))}`;
      return `${Array.from({ length: 10 }, (_, at) => signatureTemplate({ h: names, bh: emptyBody, b: Buffer.alloc(64, at).toString("base64") })).join("")}${fields}${header}\r\n`;
    },
    read: verifying,
  },
  {
    title: "verify: ten keys of 8192 bits with exponents of 64",
    octets: 10,
    input: (count) =>
      `${Array.from({ length: count }, (_, at) => signatureTemplate({ a: "rsa-sha256", s: `rsa${at}`, bh: emptyBody, b: Buffer.alloc(1024, 1).toString("base64") })).join("")}${header}\r\n`,
    read: (input) => verify(octetsOf(input), { resolveTxt: async (name) => [[slowKeys[Number(name[3])]!]], now }),
  },
  ...[" ", "\r\n", "\r ", " \r\n", "x", "\r", "\t\t "].map((piece): Growth => ({
    title: `verify: body of ${JSON.stringify(piece)}`,
    octets: 4096 * KB,
    input: (octets) => message("", fill(piece, octets)),
    // As from a socket: what one turn of the event loop sees is a chunk.
    read: (input) => {
      const [end, verifier] = [
        input.indexOf("\r\n\r\n") + 2,
        { update(_chunk: Uint8Array): void {}, finish: (): unknown => undefined },
      ];
      const started = startVerification(octetsOf(input.slice(0, end)), { resolveTxt: resolver(keyRecords), now });
      Object.assign(verifier, { update: (chunk: Uint8Array) => started.update(chunk), finish: () => started.finish() });
      for (let at = end + 2; at < input.length; at += 64 * KB) verifier.update(octetsOf(input.slice(at, at + 64 * KB)));
      return verifier.finish();
    },
  })),
  {
    title: "sign: many fields",
    octets: 100 * KB,
    input: (octets) => `${fill("A: b\r\n", octets)}${header}\r\n`,
    read: signing,
  },
  {
    title: "sign: a field of many folds",
    octets: 2000 * KB,
    input: (octets) => `Reply-To: ${fill("x\r\n ", octets)}x\r\n${header}\r\n`,
    read: signing,
  },
  {
    title: "sign: body of blanks",
    octets: 4096 * KB,
    input: (octets) => `${header}\r\n${fill(`${" ".repeat(900)}\r\n`, octets)}`,
    read: signing,
  },
];

/** From a quarter to the whole, linear is 4, quadratic 16. Below so many milliseconds chance decides more than the input. */
const ratioMax = 9;
const judgedMsMin = 10;
const parts = [4, 2, 1];
const [roundsMin, roundsMax] = [5, 60];

type Measured = { costs: [quarter: Cost, half: Cost, whole: Cost]; problem: string };

/**
 * Reads a quarter, a half and the whole in turn, and keeps the least of each, for the machine's other work only ever adds. It
 * goes on while that looks too slow: what is slow stays so.
 */
async function measured(growth: Growth, stopMsMax: number): Promise<Measured> {
  const inputs = parts.map((part) => growth.input(growth.octets / part));
  const costs = parts.map((): Cost => ({ ms: Infinity, stopMs: Infinity })) as Measured["costs"];
  let problem = "";
  for (let round = 0; round < roundsMin || (problem !== "" && round < roundsMax); round++) {
    for (const [at, input] of inputs.entries()) {
      const { ms, stopMs } = await costOf(() => growth.read(input));
      costs[at] = { ms: Math.min(costs[at]!.ms, ms), stopMs: Math.min(costs[at]!.stopMs, stopMs) };
    }
    const [quarter, , whole] = costs;
    const grows = whole.ms >= judgedMsMin && whole.ms / quarter.ms >= ratioMax;
    problem = grows ? "GROWS FASTER" : whole.stopMs > stopMsMax ? "TOO LONG" : "";
  }
  return { costs, problem };
}

/** Prints what a quarter, a half and the whole of each input cost; whether all grow as their input does, and none stops others. */
export async function growthReport(stopMsMax: number): Promise<boolean> {
  const rows: Record<string, Record<string, string>> = {};
  let sound = true;
  for (const growth of growths) {
    const { costs, problem } = await measured(growth, stopMsMax);
    const [quarter, half, whole] = costs;
    sound &&= problem === "";
    rows[growth.title] = {
      octets: `${growth.octets}`,
      "1/4": quarter.ms.toFixed(2),
      "1/2": half.ms.toFixed(2),
      "whole, ms": whole.ms.toFixed(2),
      ratio: (whole.ms / quarter.ms).toFixed(1),
      "longest stop": whole.stopMs.toFixed(2),
      "": problem,
    };
  }
  console.log(
    "\nworst cases: the time of a quarter, a half and the whole of the input, and the longest without a turn for others",
  );
  console.table(rows);
  return sound;
}
