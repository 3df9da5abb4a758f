// DNS-C-26: the tests of RFC 8906 §8, and the options that clients send, by raw packets, dig and kdig, over UDP and TCP.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  buildZone,
  formatMessage,
  OPCODE,
  parseCookieSecret,
  parseMessage,
  parseZoneFile,
  TYPE,
  zoneSet,
  plainQuery,
} from "chancery/dns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createResponder } from "../../server/src/engine/dns-server/respond.ts";
import { startDnsServer, type DnsServer } from "../../server/src/engine/dns-server/server.ts";
import { rows, type Row, type Transport } from "./dns-edns/rows.ts";
import { askOverTcp, askOverUdp } from "./dns-compare/ask.ts";

const host = "127.54.17.72";
const text = `@ 3600 SOA ns1 hostmaster 7 7200 3600 1209600 300\n@ 3600 NS ns1\nns1 60 A 192.0.2.1
big 60 TXT ${`"${"x".repeat(255)}" `.repeat(6)}\nunknown 60 TYPE666 \\# 1 00`;

let server: DnsServer;
/** What the server said last: what is judged, whoever asked. */
let said: Uint8Array | undefined;
beforeAll(async () => {
  const records = parseZoneFile(text, { origin: "example.com" });
  const zone = buildZone("example.com", records.ok ? records.value : expect.fail(records.problem));
  const zones = zoneSet([zone.ok ? zone.value : expect.fail(zone.problem)]);
  const secret = parseCookieSecret("445536bcd2513298075a5d379663c962");
  const respond = createResponder({
    served: () => ({ zones, history: () => [] }),
    nsid: new TextEncoder().encode("node"),
    cookies: {
      secrets: [secret.ok ? secret.value : expect.fail(secret.problem)],
      now: () => Math.floor(Date.now() / 1000),
    },
  });
  server = await startDnsServer({
    listen: [{ host, port: 0 }],
    answer: (query, via) => {
      const reply = respond(query, via);
      said = reply instanceof Uint8Array ? reply.slice() : undefined;
      return reply;
    },
  });
});
afterAll(() => server?.close());

function octetsOf({ query, octet }: Row): Uint8Array {
  const { name = "example.com", type = TYPE.SOA, edns, ...header } = query;
  const octets = formatMessage(
    plainQuery(name, type, {
      id: 0,
      ...header,
      ...(edns && { edns: { udpSize: 1232, version: 0, dnssecOk: false, extendedRcode: 0, options: [], ...edns } }),
    }),
  );
  if (octet) octets[octet[0] < 0 ? octets.length + octet[0] : octet[0]]! |= octet[1];
  return octets;
}

/** "ok", or what is wrong with what the server said. */
function judged({ query, expected }: Row, transport: Transport): string {
  const parsed = said === undefined ? undefined : parseMessage(said);
  if (!parsed?.ok) return `no sound reply: ${parsed?.problem ?? "silence"}`;
  const message = parsed.value;
  const truncated = transport === "udp" && expected.truncated === true;
  const options = expected.edns?.options ?? [];
  const wanted = {
    rcode: expected.rcode,
    opcode: expected.opcode ?? OPCODE.QUERY,
    aa: expected.aa ?? false,
    tc: truncated,
    rd: query.recursionDesired ?? false,
    others: "000", // RA, AD, CD
    reserved: 0,
    answers: truncated ? 0 : (expected.answers ?? 0),
    authority: expected.authority ?? 0,
    edns: expected.edns && {
      version: 0,
      udpSize: 1232,
      flags: expected.edns.dnssecOk === true ? 0x8000 : 0,
      options: (Array.isArray(options) ? options : options[transport]).toSorted((a, b) => a - b).join(),
    },
  };
  const { recursionAvailable, authenticData, checkingDisabled, edns } = message;
  const found = {
    rcode: message.rcode,
    opcode: message.opcode,
    aa: message.authoritative,
    tc: message.truncated,
    rd: message.recursionDesired,
    others: [recursionAvailable, authenticData, checkingDisabled].map(Number).join(""),
    reserved: said![3]! & 0x40,
    answers: message.answers.length,
    authority: message.authority.length,
    edns: edns && {
      version: edns.version,
      udpSize: edns.udpSize,
      flags: ednsFlags(said!),
      options: edns.options
        .map(({ code }) => code)
        .toSorted((a, b) => a - b)
        .join(),
    },
  };
  return JSON.stringify(found) === JSON.stringify(wanted)
    ? "ok"
    : `${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`;
}

/** All sixteen flags of the OPT record, which stands last. */
function ednsFlags(octets: Uint8Array): number {
  for (let at = octets.length - 11; at >= 12; at--) {
    const length = (octets[at + 9]! << 8) | octets[at + 10]!;
    const isOpt =
      octets[at] === 0 && octets[at + 1] === 0 && octets[at + 2] === TYPE.OPT && at + 11 + length === octets.length;
    if (isOpt) return (octets[at + 7]! << 8) | octets[at + 8]!;
  }
  return -1;
}

async function byPacket(row: Row, transport: Transport): Promise<string> {
  said = undefined;
  await (transport === "udp" ? askOverUdp : askOverTcp)({ host, port: server.port }, [octetsOf(row)]);
  return judged(row, transport);
}

const programs = { dig: "bind9-dnsutils", kdig: "knot-dnsutils" };
async function byProgram(program: "dig" | "kdig", row: Row, transport: Transport): Promise<string> {
  const words = row[program];
  if (words === undefined) return "–"; // it has no option for it
  said = undefined;
  const retries = program === "dig" ? "+tries=1" : "+retry=0";
  const hasName = / (?:SOA|TXT|-t)/.test(words) && words.includes("example");
  const name = hasName ? [] : words.includes("-t ") ? ["example.com"] : ["example.com", "SOA"];
  const recursion = words.includes("+rec") || words.includes("+rdflag") ? [] : ["+norec"];
  const all = [`@${host}`, "-p", `${server.port}`, retries, transport === "tcp" ? "+tcp" : "+notcp", ...recursion];
  try {
    const { stdout } = await promisify(execFile)(program, [...all, ...words.split(" "), ...name]);
    const complaint = /^;; WARNING.*(?!recursion requested).*$/im.exec(stdout);
    return complaint && !complaint[0].includes("recursion requested") ? complaint[0] : judged(row, transport);
  } catch (error) {
    const { code, message } = error as Error & { code?: unknown };
    if (code === "ENOENT")
      throw new Error(`${program} is needed for this: apt install ${programs[program]}`, { cause: error });
    return message;
  }
}

test("DNS-C-26 every client gets what RFC 8906 §8 asks for, by either transport", async () => {
  const matrix: Record<string, Record<string, string>> = {};
  for (const row of rows) {
    const cells: Record<string, string> = {};
    for (const transport of ["udp", "tcp"] as const) {
      cells[`packet, ${transport}`] = await byPacket(row, transport);
      for (const program of ["dig", "kdig"] as const)
        cells[`${program}, ${transport}`] = await byProgram(program, row, transport);
    }
    matrix[row.what] = cells;
  }
  console.table(matrix);
  const faults = Object.entries(matrix).flatMap(([what, cells]) =>
    Object.entries(cells)
      .filter(([, result]) => result !== "ok" && result !== "–")
      .map(([client, result]) => `${what}, ${client}: ${result}`),
  );
  expect(faults).toEqual([]);
});
