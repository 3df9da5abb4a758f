import { createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import {
  formatMessage,
  parseMessage,
  RCODE,
  soaData,
  tsigKeyFromText,
  TYPE,
  txtData,
  verifyRequest,
  type Message,
  type ResourceRecord,
  type TsigSigner,
  type VerifiedRequest,
} from "chancery/dns";
import { afterEach, expect, test } from "vitest";
import { framed, Framing } from "../dns-server/framing.ts";
import { fetchZone, usualBudget, type Fetched, type FetchOptions, type TransferSource } from "./fetch-zone.ts";

const origin = "example.com";
const now = (): number => 1_795_000_000;
const keyOf = (name: string, octet: number) => {
  const secret = Buffer.alloc(32, octet).toString("base64");
  const key = tsigKeyFromText({ name, algorithm: "hmac-sha256", secret });
  return key.ok ? key.value : expect.fail(key.problem);
};
const key = keyOf("transfer.example", 1);

const soa = (serial: number): ResourceRecord => ({
  name: origin,
  type: TYPE.SOA,
  ttl: 300,
  data: soaData({ mname: "a", rname: "b", serial, refresh: 1, retry: 1, expire: 1, minimum: 1 }),
});
const txt = (text: string): ResourceRecord => ({ name: origin, type: TYPE.TXT, ttl: 60, data: txtData(text) });
const reply = (query: Message, answers: ResourceRecord[], fields: Partial<Message> = {}): Uint8Array =>
  formatMessage({ ...query, response: true, authority: [], additional: [], answers, ...fields });

const signerOf = (verified: VerifiedRequest): TsigSigner =>
  verified.signature === "valid" ? verified.signer : expect.fail(verified.signature);

/** What a source sends for a query; "closed" ends the connection after it. */
type Source = (query: Message, verified: VerifiedRequest) => { messages: Uint8Array[]; end?: "closed" };

let server: Server | undefined;
afterEach(() => server?.close());

async function fetchFrom(
  source: Source,
  options: Partial<FetchOptions> = {},
  from: Partial<TransferSource> = {},
): Promise<{ fetched: Fetched; asked: Message[] }> {
  const asked: Message[] = [];
  server = createServer((socket) => {
    const framing = new Framing();
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      framing.push(chunk);
      const octets = framing.next();
      if (octets === undefined) return;
      const verified = verifyRequest(octets, new Map([[key.name, key]]), now());
      const plain = parseMessage(octets);
      const query = plain.ok ? plain.value : expect.fail(plain.problem);
      asked.push(query);
      const { messages, end } = source(query, verified);
      for (const message of messages) socket.write(framed(message));
      if (end === "closed") socket.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const fetched = await fetchZone({ address: "127.0.0.1", port, ...from }, origin, { now, ...options });
  return { fetched, asked };
}

test("DNS-D-06 a zone in three messages is fetched whole", async () => {
  const { fetched, asked } = await fetchFrom((query) => ({
    messages: [[soa(5)], [txt("a"), txt("b")], [soa(5)]].map((answers) => reply(query, answers)),
  }));
  expect(asked[0]).toMatchObject({ questions: [{ name: origin, type: TYPE.AXFR }], authority: [] });
  expect(fetched).toEqual({
    result: "transferred",
    transferred: { kind: "whole", serial: 5, records: [soa(5), txt("a"), txt("b")] },
  });
});

test("DNS-D-12 what changed since is asked for with the serial held; a source that knows no IXFR gives the whole", async () => {
  const { fetched, asked } = await fetchFrom(
    (query) => ({
      messages: [
        query.questions[0]?.type === TYPE.IXFR
          ? reply(query, [], { rcode: RCODE.NOTIMP })
          : reply(query, [soa(5), txt("a"), soa(5)]),
      ],
    }),
    { have: 4 },
  );
  expect(asked[0]).toMatchObject({ questions: [{ type: TYPE.IXFR }], authority: [{ type: TYPE.SOA }] });
  expect(fetched).toMatchObject({ transferred: { kind: "whole", serial: 5 } });
});

test("DNS-D-18 a signed transfer is believed when every message up to its end is covered", async () => {
  const { fetched } = await fetchFrom(
    (query, verified) => ({
      messages: [[soa(5), txt("a")], [soa(5)]].map((answers) => signerOf(verified).sign(reply(query, answers), now())),
    }),
    {},
    { key },
  );
  expect(fetched).toMatchObject({ transferred: { kind: "whole", serial: 5 } });
});

const endless = (query: Message): Uint8Array[] =>
  Array.from({ length: 50 }, () => reply(query, [txt("x".repeat(200))]));

test.each<[string, Source, Partial<FetchOptions>, Partial<TransferSource>, string]>([
  [
    "F-26 ends before its last SOA",
    (query) => ({ messages: [reply(query, [soa(5), txt("a")])], end: "closed" }),
    {},
    {},
    "cut",
  ],
  [
    "F-26 ends within a message",
    (query) => ({ messages: [reply(query, [soa(5), txt("a"), soa(5)]).subarray(0, 40)], end: "closed" }),
    {},
    {},
    "malformed",
  ],
  [
    "falls silent",
    (query) => ({ messages: [reply(query, [soa(5), txt("a")])] }),
    { budget: { ...usualBudget, silenceMsMax: 50 } },
    {},
    "timeout",
  ],
  [
    "takes too long",
    (query) => ({ messages: [reply(query, [soa(5), txt("a")])] }),
    { budget: { ...usualBudget, totalMsMax: 50 } },
    {},
    "timeout",
  ],
  [
    "has too many octets",
    (query) => ({ messages: [reply(query, [soa(5)]), ...endless(query)] }),
    { budget: { ...usualBudget, octetsMax: 2000 } },
    {},
    "budget",
  ],
  [
    "has too many records",
    (query) => ({ messages: [reply(query, [soa(5)]), ...endless(query)] }),
    { budget: { ...usualBudget, recordsMax: 20 } },
    {},
    "budget",
  ],
  ["is refused", (query) => ({ messages: [reply(query, [], { rcode: RCODE.REFUSED })] }), {}, {}, "refused"],
  [
    "answers another request",
    (query) => ({ messages: [reply(query, [soa(5)], { id: query.id ^ 1 })] }),
    {},
    {},
    "malformed",
  ],
  ["answers nothing", (query) => ({ messages: [reply(query, [])] }), {}, {}, "malformed"],
  ["is no DNS", () => ({ messages: [new Uint8Array(40)] }), {}, {}, "malformed"],
  [
    "is unsigned where a key was agreed",
    (query) => ({ messages: [reply(query, [soa(5), soa(5)])] }),
    {},
    { key },
    "untrusted",
  ],
  [
    "is not signed to its end",
    (query, verified) => ({
      messages: [signerOf(verified).sign(reply(query, [soa(5)]), now()), reply(query, [soa(5)])],
      end: "closed",
    }),
    {},
    { key },
    "cut",
  ],
  [
    "is signed with another secret",
    (_, verified) => ({ messages: verified.signature === "refused" ? [verified.response] : [] }),
    {},
    { key: keyOf("transfer.example", 2) },
    "untrusted",
  ],
])("a transfer that %s brings nothing", async (_, source, options, from, failure) => {
  const { fetched } = await fetchFrom(source, options, from);
  expect(fetched).toMatchObject({ result: "failed", failure });
});

test("a source that is not there, and a transfer that is called off, bring nothing", async () => {
  const stop = new AbortController();
  const { fetched } = await fetchFrom(
    () => {
      stop.abort();
      return { messages: [] };
    },
    { signal: stop.signal },
  );
  expect(fetched).toMatchObject({ failure: "cancelled" });
  server?.close();
  expect(await fetchZone({ address: "127.0.0.1", port: 1 }, origin, { now })).toMatchObject({ failure: "network" });
});
