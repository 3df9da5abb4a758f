import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import {
  formatMessage,
  isAtOrBelow,
  parentName,
  parseMessage,
  parseZoneFile,
  RCODE,
  readName,
  TYPE,
  type Message,
  type ResourceRecord,
} from "chancery/dns";

/** A name server for tests whose every answer is a function: sound, hostile or silent. */
export type Authority = { port: number; asked: QuerySeen[]; close(): Promise<void> };
export type QuerySeen = {
  address: string;
  transport: "udp" | "tcp";
  /** Whence it came. */
  fromPort: number;
  name: string;
  type: number;
  query: Message;
};
type Answer = Message | Uint8Array | undefined;
export type Behaviour = (seen: QuerySeen) => Answer | readonly Answer[];

/**
 * Listens over UDP and TCP on the same port of every address; 0 takes one that is free. What `behave` gives as bytes is sent as
 * it is; undefined is silence.
 */
export async function startAuthority(addresses: readonly string[], behave: Behaviour, wanted = 0): Promise<Authority> {
  const asked: QuerySeen[] = [];
  const closers: (() => Promise<void>)[] = [];
  let port = wanted;
  const answersTo = (bytes: Uint8Array, address: string, transport: "udp" | "tcp", fromPort: number): Uint8Array[] => {
    const query = parseMessage(bytes);
    const [question] = query.ok ? query.value.questions : [];
    if (!query.ok || !question) return [];
    const { name, type } = question;
    const seen = { address, transport, fromPort, name: name.toLowerCase(), type, query: query.value };
    asked.push(seen);
    return [behave(seen)]
      .flat()
      .filter((answer) => answer !== undefined)
      .map((answer) => (answer instanceof Uint8Array ? answer : formatMessage(answer)));
  };
  const listen = async (address: string): Promise<void> => {
    const tcp = await listenTcp(address, port, (bytes, from) => answersTo(bytes, address, "tcp", from));
    const bound = tcp.address();
    if (bound === null || typeof bound === "string") throw new Error("no port");
    port = bound.port;
    closers.push(() => new Promise((resolve) => tcp.close(() => resolve())));
    const udp = await listenUdp(address, port, (bytes, from) => answersTo(bytes, address, "udp", from));
    closers.push(() => new Promise((resolve) => udp.close(() => resolve())));
  };
  const close = async (): Promise<void> => void (await Promise.all(closers.splice(0).map((one) => one())));
  // A port that is free on the first address may be a client's on another: then all of them take the next.
  for (let tries = 1; ; tries++) {
    try {
      for (const address of addresses) await listen(address);
      return { port, asked, close };
    } catch (error) {
      await close();
      if (wanted !== 0 || tries === portTriesMax || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      port = 0;
    }
  }
}

const portTriesMax = 20;

type AnswersTo = (bytes: Uint8Array, fromPort: number) => Uint8Array[];

function listenUdp(address: string, port: number, answersTo: AnswersTo): Promise<Socket> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.on("message", (bytes, from) => {
    for (const answer of answersTo(bytes, from.port)) socket.send(answer, from.port, from.address);
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, address, () => resolve(socket));
  });
}

function listenTcp(address: string, port: number, answersTo: AnswersTo): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      for (const answer of answersTo(chunk.subarray(2), socket.remotePort ?? 0)) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        // In two pieces, cut inside the length, as a network may deliver them.
        const frame = Buffer.concat([length, answer]);
        socket.write(frame.subarray(0, 1), () => socket.write(frame.subarray(1)));
      }
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => resolve(server));
  });
}

/** The reply to a query, question echoed, to be completed with `fields`. */
export const replyTo = (query: Message, fields: Partial<Message> = {}): Message => ({
  id: query.id,
  response: true,
  opcode: 0,
  authoritative: true,
  truncated: false,
  recursionDesired: query.recursionDesired,
  recursionAvailable: false,
  authenticData: false,
  checkingDisabled: false,
  rcode: RCODE.NOERROR,
  questions: query.questions,
  answers: [],
  authority: [],
  additional: [],
  ...(query.edns ? { edns: { udpSize: 1232, version: 0, dnssecOk: false, extendedRcode: 0, options: [] } } : {}),
  ...fields,
});

/** Records from master file text, one to a line, indented as you like, names relative to `origin`. */
function records(origin: string, text: string): ResourceRecord[] {
  const parsed = parseZoneFile(text.replaceAll(/^ +/gm, ""), { origin, defaultTtl: 300 });
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}

/** A sound, small authoritative server for the given master files: answers, aliases one at a time, referrals with glue, negatives. */
export function authorityFor(files: Record<string, string>): (query: Message) => Message {
  const zones = new Map(Object.entries(files).map(([origin, text]) => [origin, records(origin, text)]));
  return (query) => {
    const [question] = query.questions;
    const name = question?.name.toLowerCase() ?? ".";
    const type = question?.type ?? 0;
    const apex = deepest([...zones.keys()], type === TYPE.DS ? (parentName(name) ?? name) : name);
    const zone = apex === undefined ? undefined : zones.get(apex);
    if (apex === undefined || !zone) return replyTo(query, { rcode: RCODE.REFUSED, authoritative: false });
    const cuts = zone.filter((record) => record.type === TYPE.NS && record.name !== apex).map((record) => record.name);
    const cut = deepest(cuts, name);
    if (cut !== undefined && !(type === TYPE.DS && cut === name)) {
      const authority = zone.filter((record) => record.name === cut && record.type === TYPE.NS);
      const hosts = new Set(authority.map((record) => readName(record.data)));
      const glue = zone.filter(
        (record) => hosts.has(record.name) && (record.type === TYPE.A || record.type === TYPE.AAAA),
      );
      return replyTo(query, { authoritative: false, authority, additional: glue });
    }
    const wildcard = zone.filter((record) => record.name === `*.${parentName(name) ?? ""}`);
    const exact = zone.filter((record) => record.name === name);
    const here = exact.length > 0 ? exact : wildcard.map((record) => ({ ...record, name }));
    const answers = here.filter((record) => record.type === type || record.type === TYPE.CNAME);
    if (answers.length > 0) return replyTo(query, { answers });
    const authority = zone.filter((record) => record.name === apex && record.type === TYPE.SOA);
    const exists = here.length > 0 || zone.some((record) => isAtOrBelow(record.name, name));
    return replyTo(query, { authority, rcode: exists ? RCODE.NOERROR : RCODE.NXDOMAIN });
  };
}

const deepest = (apexes: readonly string[], name: string): string | undefined =>
  apexes.filter((apex) => isAtOrBelow(name, apex)).sort((a, b) => b.length - a.length)[0];
