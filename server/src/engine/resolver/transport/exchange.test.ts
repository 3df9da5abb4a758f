import { createSocket } from "node:dgram";
import { afterEach, describe, expect, test } from "vitest";
import { formatMessage, RCODE, readTxt, TYPE, txtData, type Message, type ResourceRecord } from "chancery/dns";
import { exchange, type ExchangeOptions } from "./exchange.ts";
import { replyTo, startAuthority, type Authority, type Behaviour } from "../test-authority.ts";

const here = "127.53.60.10";
const asked = { name: "s1._domainkey.customer.example", type: TYPE.TXT };
const txt = (text: string): ResourceRecord => ({ name: asked.name, type: TYPE.TXT, ttl: 60, data: txtData(text) });
const quick: ExchangeOptions = { timeoutMs: 150, attempts: 1 };

let authority: Authority | undefined;
afterEach(async () => {
  await authority?.close();
  authority = undefined;
});

async function askOf(behave: Behaviour, options: ExchangeOptions = quick) {
  authority = await startAuthority([here], behave);
  const done = await exchange(asked, { address: here, port: authority.port }, options);
  const text = done.result === "answered" && done.message.answers[0] ? readTxt(done.message.answers[0].data) : [];
  return { done, text: text.join(""), transports: authority.asked.map((seen) => seen.transport) };
}

const good = (query: Message): Message => replyTo(query, { answers: [txt("good")] });
const forged = (query: Message, fields: Partial<Message>): Message =>
  replyTo(query, { answers: [txt("forged")], ...fields });

describe("RES-01 a reply has to be to our question", () => {
  test("a good one is taken, with its bytes", async () => {
    const { done, text } = await askOf(({ query }) => good(query));
    expect(done).toMatchObject({ result: "answered", transport: "udp", edns: true, queries: 1 });
    expect(text).toBe("good");
  });

  const strange: [what: string, fields: (query: Message) => Partial<Message>][] = [
    ["another id", (query) => ({ id: query.id ^ 1 })],
    ["another name", () => ({ questions: [{ name: "other.example", type: TYPE.TXT, class: 1 }] })],
    ["another type", (query) => ({ questions: query.questions.map((question) => ({ ...question, type: TYPE.A })) })],
    ["another class", (query) => ({ questions: query.questions.map((question) => ({ ...question, class: 3 })) })],
    ["no question", () => ({ questions: [] })],
    ["two questions", (query) => ({ questions: [...query.questions, ...query.questions] })],
    ["QR not set", () => ({ response: false })],
    ["another opcode", () => ({ opcode: 4 })],
  ];
  test.each(strange)("%s is waited past", async (_, fields) => {
    const { text } = await askOf(({ query }) => [forged(query, fields(query)), new Uint8Array(5), good(query)]);
    expect(text).toBe("good");
  });

  test("letters in another case send the question over TCP, where nobody else can answer", async () => {
    const { done, text, transports } = await askOf(({ query, transport, name }) =>
      transport === "udp" ? forged(query, { questions: [{ name, type: TYPE.TXT, class: 1 }] }) : good(query),
    );
    expect({ text, transports, transport: done.transport }).toEqual({
      text: "good",
      transports: ["udp", "tcp"],
      transport: "tcp",
    });
  });

  test("a flood of guesses sends the question over TCP", async () => {
    const { text, transports } = await askOf(({ query, transport }) =>
      transport === "udp"
        ? Array.from({ length: 20 }, (_, guess) => forged(query, { id: query.id ^ (guess + 1) }))
        : good(query),
    );
    expect({ text, transports }).toEqual({ text: "good", transports: ["udp", "tcp"] });
  });

  test("a reply from another address is not seen", async () => {
    const bound = async (address: string) => {
      const socket = createSocket("udp4");
      await new Promise<void>((resolve) => socket.bind(0, address, resolve));
      return socket;
    };
    const [asking, forging] = [await bound("127.53.60.12"), await bound("127.53.60.11")];
    let forgeries = 0;
    asking.on("message", (query, from) => {
      forging.send(query.with(2, 0x80), from.port, from.address, () => forgeries++);
    });
    const done = await exchange(asked, { address: "127.53.60.12", port: asking.address().port }, quick);
    asking.close();
    forging.close();
    expect(forgeries).toBe(1);
    expect(done).toMatchObject({ result: "failed", failure: "timeout" });
  });

  test("ids, ports and spellings differ from query to query", async () => {
    authority = await startAuthority([here], ({ query }) => good(query));
    for (let index = 0; index < 5; index++) await exchange(asked, { address: here, port: authority.port }, quick);
    expect(new Set(authority.asked.map((seen) => seen.query.id)).size).toBeGreaterThan(1);
    expect(new Set(authority.asked.map((seen) => seen.query.questions[0]?.name)).size).toBeGreaterThan(1);
    expect(new Set(authority.asked.map((seen) => seen.fromPort)).size).toBeGreaterThan(1);
  });
});

describe("RES-03 transports and EDNS", () => {
  test("TC is followed over TCP", async () => {
    const { text, transports } = await askOf(({ query, transport }) =>
      transport === "udp" ? replyTo(query, { truncated: true }) : good(query),
    );
    expect({ text, transports }).toEqual({ text: "good", transports: ["udp", "tcp"] });
  });

  test("TC on a message cut inside a record is followed too", async () => {
    const cut = (query: Message): Uint8Array => formatMessage(forged(query, { truncated: true })).slice(0, -14);
    const { text, transports } = await askOf(({ query, transport }) =>
      transport === "udp" ? cut(query) : good(query),
    );
    expect({ text, transports }).toEqual({ text: "good", transports: ["udp", "tcp"] });
  });

  test("TC stands where UDP alone is wanted", async () => {
    const { done } = await askOf(({ query }) => replyTo(query, { truncated: true }), { ...quick, transport: "udp" });
    expect(done).toMatchObject({ result: "answered", transport: "udp", message: { truncated: true } });
  });

  test("TCP alone is used where TCP alone is wanted", async () => {
    const { text, transports } = await askOf(({ query }) => good(query), { ...quick, transport: "tcp" });
    expect({ text, transports }).toEqual({ text: "good", transports: ["tcp"] });
  });

  const oldServers: [what: string, rcode: number, questions: "echoed" | "left out"][] = [
    ["FORMERR", RCODE.FORMERR, "echoed"],
    ["FORMERR without the question", RCODE.FORMERR, "left out"],
    ["NOTIMP", RCODE.NOTIMP, "echoed"],
  ];
  test.each(oldServers)("%s to EDNS leads to a query without", async (_, rcode, questions) => {
    const { done, text } = await askOf(({ query }) => {
      if (!query.edns) return good(query);
      const { edns: __, ...plain } = replyTo(query, { rcode, ...(questions === "echoed" ? {} : { questions: [] }) });
      return plain;
    });
    expect(text).toBe("good");
    expect(done).toMatchObject({ edns: false, queries: 2 });
  });

  test("a server that drops EDNS is asked without after the first silence", async () => {
    const { text } = await askOf(({ query }) => (query.edns ? undefined : good(query)), {
      timeoutMs: 100,
      attempts: 2,
    });
    expect(text).toBe("good");
  });

  test("FORMERR without EDNS stands", async () => {
    const { done } = await askOf(({ query }) => replyTo(query, { rcode: RCODE.FORMERR }));
    expect(done).toMatchObject({ result: "answered", queries: 2, message: { rcode: RCODE.FORMERR } });
  });
});

describe("RES-04 what does not answer", () => {
  test("silence is a timeout after the attempts given", async () => {
    const { done, transports } = await askOf(() => undefined, { timeoutMs: 50, attempts: 2 });
    expect(done).toMatchObject({ result: "failed", failure: "timeout", queries: 2 });
    expect(transports).toHaveLength(2);
  });

  test("a closed port is a network failure", async () => {
    authority = await startAuthority([here], () => undefined);
    const { port } = authority;
    await authority.close();
    authority = undefined;
    for (const transport of ["udp", "tcp"] as const) {
      const done = await exchange(asked, { address: here, port }, { ...quick, transport });
      expect(done).toMatchObject({ result: "failed", failure: "network" });
    }
  });

  test("our question with garbage behind it is malformed", async () => {
    const { done } = await askOf(({ query }) => formatMessage(good(query)).slice(0, -14));
    expect(done).toMatchObject({ result: "failed", failure: "malformed" });
  });

  test("an aborted caller does not wait", async () => {
    const signal = AbortSignal.abort();
    const { done } = await askOf(() => undefined, { timeoutMs: 10_000, signal });
    expect(done).toMatchObject({ result: "failed", failure: "cancelled" });
  });

  test("a connection that closes or says nothing is a failure", async () => {
    const { done } = await askOf(() => undefined, { ...quick, transport: "tcp" });
    expect(done).toMatchObject({ result: "failed", failure: "timeout" });
  });
});
