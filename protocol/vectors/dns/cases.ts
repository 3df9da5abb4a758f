// For tests: the files of this folder, read. README.md says what is in them.
import { readdirSync, readFileSync } from "node:fs";
import type { AnswerOptions } from "../../src/dns/answer/answer-options.ts";
import { parseCookieSecret } from "../../src/dns/cookie/cookie.ts";
import { formatMessage, OPCODE, parseMessage, rcodeName, type Edns } from "../../src/dns/message/message.ts";
import { rdataText } from "../../src/dns/zone-file/rdata.ts";
import { parseIpv4, parseIpv6 } from "../../src/dns/record/record-address.ts";
import { CLASS, typeName, typeNumber, type ResourceRecord } from "../../src/dns/record/record.ts";
import { parseZoneFile } from "../../src/dns/zone-file/zone-file.ts";
import { zoneSet, type ZoneSet } from "../../src/dns/zone/zone-set.ts";
import { buildZone, type Zone } from "../../src/dns/zone/zone.ts";

export type VectorCase = {
  asked: string;
  query: Uint8Array;
  transport: "udp" | "tcp";
  /** In the words of `replyLines`. */
  expected: string[];
};

export type VectorFile = { file: string; title: string; zones: ZoneSet; options: AnswerOptions; cases: VectorCase[] };

/** Throws on a file that is not in the language of README.md. */
export const vectorFiles = (): VectorFile[] =>
  readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(".txt"))
    .map((file) => readVectorFile(file, readFileSync(`${import.meta.dirname}/${file}`, "utf8")));

function readVectorFile(file: string, text: string): VectorFile {
  const [setup = "", cases = ""] = text.split(/^---\n/m, 2);
  const [head = "", ...blocks] = setup.split(/^zone /m);
  const zones = blocks.map((block) => {
    const [origin = "", ...lines] = block.split("\n");
    return zoneOf(origin, lines.filter((line) => !line.startsWith("not-ready ")).join("\n"));
  });
  const notReady = [...setup.matchAll(/^not-ready (.*)$/gm)].map((match) => match[1] ?? "");
  return {
    file,
    title: /^# (.*)$/m.exec(setup)?.[1] ?? file,
    zones: zoneSet(zones, notReady),
    options: serverOptions(wordsOf(/^server (.*)$/m.exec(head)?.[1] ?? "")),
    cases: cases.split(/^(?=\?)/m).map((block) => readCase(block.trimEnd().split("\n"))),
  };
}

function zoneOf(origin: string, text: string): Zone {
  const records = parseZoneFile(text, { origin });
  const zone = records.ok ? buildZone(origin, records.value) : records;
  if (!zone.ok) throw new Error(`${origin}: ${zone.problem}`);
  return zone.value;
}

type Words = { has(word: string): boolean; of(key: string): string | undefined; all(key: string): string[] };
function wordsOf(text: string): Words {
  const words = text.split(" ");
  const all = (key: string): string[] =>
    words.filter((word) => word.startsWith(`${key}=`)).map((word) => word.slice(key.length + 1));
  return { has: (word) => words.includes(word), of: (key) => all(key)[0], all };
}

const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

function serverOptions(words: Words): AnswerOptions {
  const secrets = words.all("secret").map((text) => {
    const secret = parseCookieSecret(text);
    if (!secret.ok) throw new Error(secret.problem);
    return secret.value;
  });
  const client = words.of("client") ?? "192.0.2.9";
  const now = Number(words.of("now") ?? 0);
  const nsid = words.of("nsid");
  return {
    now,
    ...(nsid !== undefined && { nsid: new TextEncoder().encode(nsid) }),
    ...(words.has("any-over-tcp") && { anyOverTcp: "all" as const }),
    ...(secrets.length > 0 && {
      cookies: {
        secrets,
        now,
        client: parseIpv4(client) ?? parseIpv6(client) ?? new Uint8Array(4),
        demand: words.has("demand-cookies") ? ("valid" as const) : ("none" as const),
      },
    }),
  };
}

function readCase([question = "", ...expected]: string[]): VectorCase {
  const asked = question.replace(/^\?\?? /, "");
  const words = wordsOf(asked);
  const transport = words.has("tcp") ? "tcp" : "udp";
  const query = question.startsWith("??") ? fromHex(asked.split(" ")[0] ?? "") : queryOf(asked, words);
  return { asked, query, transport, expected: expected.map((line) => canonical(line.trim())) };
}

const optionCodes: Readonly<Record<string, number>> = { nsid: 3, cookie: 10, keepalive: 11, ede: 15, zoneversion: 19 };

function queryOf(asked: string, words: Words): Uint8Array {
  const [name = "", type = ""] = asked.split(" ");
  const size = words.of("edns");
  const options = words.all("option").map((option) => {
    const [code = "", hex = ""] = option.split(":");
    return { code: optionCodes[code] ?? Number(code), data: fromHex(hex) };
  });
  const edns: Edns = {
    udpSize: Number(size),
    version: Number(words.of("version") ?? 0),
    dnssecOk: words.has("do"),
    extendedRcode: 0,
    options,
  };
  const queryClass = words.of("class") ?? "IN";
  const octets = formatMessage({
    id: 0x1234,
    response: false,
    opcode: Number(words.of("opcode") ?? OPCODE.QUERY),
    authoritative: false,
    truncated: false,
    recursionDesired: words.has("rd"),
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: 0,
    questions: words.has("no-question")
      ? []
      : [
          {
            name,
            type: typeNumber(type) ?? 0,
            class: queryClass in CLASS ? CLASS[queryClass as keyof typeof CLASS] : Number(queryClass),
          },
        ],
    answers: [],
    authority: [],
    additional: [],
    ...(size !== undefined && { edns }),
  });
  if (words.has("co")) octets[flagsAt(octets, edns)]! |= compactOk;
  return octets;
}

/** RFC 9824 §5: the second of the EDNS flags. */
const compactOk = 0x40;
/** Where the flags of the OPT record stand, which is the last. */
const flagsAt = (octets: Uint8Array, { options }: Edns): number =>
  octets.length - 4 - options.reduce((sum, { data }) => sum + 4 + data.length, 0);

/** A reply in the words of the files: the status, then records and options in order. */
export function replyLines(octets: Uint8Array | undefined): string[] {
  if (octets === undefined) return ["silence"];
  const parsed = parseMessage(octets);
  if (!parsed.ok) return [`unreadable: ${parsed.problem}`];
  const message = parsed.value;
  const { edns } = message;
  const flags = [
    ...(message.authoritative ? ["aa"] : []),
    ...(message.truncated ? ["tc"] : []),
    ...(edns?.dnssecOk === true ? ["do"] : []),
    ...(edns && (octets[flagsAt(octets, edns)]! & compactOk) !== 0 ? ["co"] : []),
  ];
  return [
    [rcodeName(message.rcode), ...flags].join(" "),
    ...message.answers.map((record) => show("answer", record)),
    ...message.authority.map((record) => show("authority", record)),
    ...message.additional.map((record) => show("additional", record)),
    ...(edns?.options ?? []).map(({ code, data }) => optionLine(code, Buffer.from(data).toString("hex"))),
  ];
}

const optionLine = (code: number, hex: string): string =>
  ["option", Object.entries(optionCodes).find(([, number]) => number === code)?.[0] ?? code, hex].join(" ").trimEnd();

const show = (section: string, { name, ttl, type, data, class: recordClass }: ResourceRecord): string =>
  `${section} ${name} ${ttl} ${recordClass === CLASS.CH ? "CH " : ""}${typeName(type)} ${rdataText(type, data)}`;

/** An expected record in the words in which `replyLines` puts it. */
function canonical(line: string): string {
  const [section = "", ...record] = line.split(" ");
  if (!["answer", "authority", "additional"].includes(section) || record[2] === "CH") return line;
  const file = parseZoneFile(record.join(" "), { origin: "." });
  const only = file.ok ? file.value[0] : undefined;
  if (!only) throw new Error(`${line}: ${file.ok ? "no record" : file.problem}`);
  return show(section, only);
}
