import { format, parse, stripForged } from "chancery/authres";
import { parseKeyRecord, parseTagList, sign, startVerification, verify } from "chancery/dkim";
import { parsePolicyRecord } from "chancery/dmarc";
import { authorOf, headerField, octetsOf, parseAddressList, splitHeader } from "chancery/mail";
import {
  ed25519Key,
  forge,
  header,
  keyRecords,
  now,
  resolver,
  signatureTemplate,
} from "../../protocol/vectors/dkim/example.ts";

/** Something that could be quadratic: an input of about `octets` octets, and who reads it. */
type Growth = { title: string; octets: number; input: (octets: number) => string; read: (input: string) => unknown };

const signature = forge(signatureTemplate());
const fill = (piece: string, octets: number): string => piece.repeat(Math.ceil(octets / piece.length));
const message = (fields: string, body = ""): string => `${signature}${fields}${header}\r\n${body}`;
const verifying = (input: string): unknown => verify(octetsOf(input), { resolveTxt: resolver(keyRecords), now });
const signing = (input: string): unknown => sign(octetsOf(input), { keys: [ed25519Key], now }).catch(() => undefined);
const KB = 1024;

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
    read: (input) => Array.from({ length: 50 }, () => parseKeyRecord(input)),
  })),
  ...[",mailto:a@b", "!1", ";", "%2C", " "].map((piece): Growth => ({
    title: `policy record of ${JSON.stringify(piece)}`,
    octets: 8 * KB,
    input: (octets) => `v=DMARC1; p=none; rua=mailto:a@b${fill(piece, octets - 32)}`.slice(0, 8 * KB),
    read: (input) => Array.from({ length: 50 }, () => parsePolicyRecord(input)),
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
  {
    title: "verify: one line in a field",
    octets: 1024 * KB,
    input: (octets) => message(`X: ${fill("x", octets)}\r\n`),
    read: verifying,
  },
  {
    title: "verify: one signed line of blanks",
    octets: 1024 * KB,
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
    octets: 1024 * KB,
    input: (octets) => message(fill(signature, octets)),
    read: verifying,
  },
  {
    title: "verify: many signatures that begin alike",
    octets: 1024 * KB,
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
    octets: 1024 * KB,
    input: (octets) => {
      const fields = fill(`To: ${"x ".repeat(50)}\r\n`, octets);
      const names = `from${":to".repeat(Math.min(18_000, fields.length / 106))}`;
      return `${Array.from({ length: 10 }, (_, at) => signatureTemplate({ h: names, bh: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", b: Buffer.alloc(64, at).toString("base64") })).join("")}${fields}${header}\r\n`;
    },
    read: verifying,
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
    octets: 1024 * KB,
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

/** How long one reading takes, the least of several, in milliseconds: other work of the machine only ever adds. */
async function cost({ read }: Growth, input: string): Promise<number> {
  let least = Infinity;
  for (let left = 7; left > 0; left--) {
    const started = performance.now();
    await read(input);
    least = Math.min(least, performance.now() - started);
  }
  return least;
}

/** Four times the input: linear is 4, quadratic 16. Below so many milliseconds the clock decides more than the input. */
const ratioMax = 9;
const judgedMsMin = 4;

/** Prints what a quarter, a half and the whole of each input cost; whether all grow as their input does. */
export async function growthReport(): Promise<boolean> {
  const rows: Record<string, Record<string, string>> = {};
  let allGrow = true;
  for (const growth of growths) {
    const inputs = [4, 2, 1].map((part) => growth.input(growth.octets / part));
    const costs: number[] = [];
    for (const input of inputs) costs.push(await cost(growth, input));
    const [quarter = 0, half = 0, whole = 0] = costs;
    const grows = whole < judgedMsMin || whole / quarter < ratioMax;
    allGrow &&= grows;
    rows[growth.title] = {
      octets: `${inputs[2]!.length}`,
      "1/4": quarter.toFixed(2),
      "1/2": half.toFixed(2),
      "whole, ms": whole.toFixed(2),
      ratio: (whole / quarter).toFixed(1),
      "": grows ? "" : "GROWS FASTER THAN ITS INPUT",
    };
  }
  console.log("\nworst cases: the time of a quarter, a half and the whole of the input");
  console.table(rows);
  return allGrow;
}
