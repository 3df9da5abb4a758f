import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACTION, NO_REPLY, PROTOCOL, type Wanted } from "./negotiate.ts";
import { writeUint32 } from "./packet.ts";
import { createSession, type Session, type Step } from "./session.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const wanted: Wanted = { requiredActions: ACTION.ADDHDRS };
const everyBit = 0x1f_ffff;
const noReplyBits = [...NO_REPLY.values()].reduce((all, bit) => all | bit, 0);

function negotiated(protocol: number, limits?: Parameters<typeof createSession>[1]): Session {
  const session = createSession(wanted, limits);
  const offer = new Uint8Array(12);
  writeUint32(offer, 0, 6);
  writeUint32(offer, 4, 0x1ff);
  writeUint32(offer, 8, protocol);
  expect(session.receive({ command: "O", payload: offer })).toMatchObject([{ kind: "reply" }]);
  return session;
}

/** Steps in words: replies by their command octet, the others by their kind. */
function words(steps: readonly Step[]): string {
  return steps.map((step) => (step.kind === "reply" ? String.fromCharCode(step.bytes[4] ?? 0) : step.kind)).join(" ");
}

/** Sends commands written as "M<a@example.com>\0"; where it is our turn, the body is wanted and the message accepted. */
function run(session: Session, ...commands: string[]): string[] {
  return commands.map((command) => {
    const steps = session.receive({ command: command.charAt(0), payload: bytes(command.slice(1)) });
    for (const step of steps) {
      if (step.kind === "open") session.answerOpen("body");
      if (step.kind === "body") session.answerBody(true);
      if (step.kind === "end") session.answerEnd({ action: "accept" });
    }
    return words(steps);
  });
}

function opened(session: Session, ...commands: string[]): Extract<Step, { kind: "open" }>["message"] {
  for (const command of commands) {
    const steps = session.receive({ command: command.charAt(0), payload: bytes(command.slice(1)) });
    const [last] = steps.slice(-1);
    if (last?.kind === "open") return last.message;
  }
  throw new Error("no message was opened");
}

const connect = "Cclient.example\x004\x04\xd2192.0.2.1\0";
const helo = "Hclient.example\0";
const message = ["M<a@example.com>\0", "R<b@example.net>\0", "T", "LSubject\0 x\0", "N", "Bbody\r\n", "E"];
const answeredMessage = ["c", "c", "c", "c", "open", "body", "end"];

describe("MLT-04 replies to events", () => {
  const events = [
    { command: connect, bit: PROTOCOL.NR_CONN },
    { command: helo, bit: PROTOCOL.NR_HELO },
    { command: "M<a@example.com>\0", bit: PROTOCOL.NR_MAIL },
    { command: "R<b@example.net>\0", bit: PROTOCOL.NR_RCPT },
    { command: "T", bit: PROTOCOL.NR_DATA },
    { command: "UXYZZY\0", bit: PROTOCOL.NR_UNKN },
    { command: "LSubject\0 x\0", bit: PROTOCOL.NR_HDR },
  ];

  test.each(events)("$command gets one reply without its no-reply bit and none with it", ({ command, bit }) => {
    const at = events.findIndex((event) => event.command === command);
    const before = events.slice(0, at).map((event) => event.command);
    for (const protocol of [0, bit, noReplyBits & ~bit, noReplyBits]) {
      const session = negotiated(protocol);
      run(session, ...before);
      expect(run(session, command), `bits ${protocol.toString(16)}`).toEqual([(protocol & bit) === 0 ? "c" : ""]);
    }
  });

  test("a body chunk gets one reply without its no-reply bit and none with it", () => {
    for (const protocol of [0, PROTOCOL.NR_BODY]) {
      const session = negotiated(protocol);
      run(session, ...message.slice(0, 5));
      expect(words(session.receive({ command: "B", payload: bytes("x") }))).toBe("body");
      expect(session.answerBody(true)).toHaveLength(protocol === 0 ? 5 : 0);
    }
  });

  test("the end of the header is always answered, since that is where a message can be refused", () => {
    const session = negotiated(everyBit);
    run(session, ...message.slice(0, 4));
    expect(words(session.receive({ command: "N", payload: bytes("") }))).toBe("open");
    const answer = session.answerOpen({ action: "tempfail" });
    expect(answer.ok && Buffer.from(answer.value).toString("latin1")).toBe("\0\0\0\x01t");
  });
});

describe("MLT-05 no reply, in any phase, to", () => {
  test.each([
    { command: "D", idle: "", open: "" },
    { command: "DMi\0Q\0", idle: "", open: "" },
    { command: "A", idle: "", open: "abandon" },
    { command: "K", idle: "", open: "abandon" },
    { command: "Q", idle: "close", open: "abandon close" },
  ])("$command", ({ command, idle, open }) => {
    for (let length = 0; length <= message.length; length++) {
      const session = negotiated(0);
      run(session, connect, helo, ...message.slice(0, length));
      const within = length >= 5 && length < message.length;
      expect(run(session, command), `after ${length} commands`).toEqual([within ? open : idle]);
    }
  });
});

describe("MLT-06 the state machine", () => {
  test("a connection carries any number of messages", () => {
    const session = negotiated(0);
    expect(run(session, connect, helo)).toEqual(["c", "c"]);
    for (let i = 0; i < 3; i++) expect(run(session, ...message)).toEqual(answeredMessage);
    expect(run(session, "Q")).toEqual(["close"]);
  });

  test("HELO may be missing, or come again after STARTTLS", () => {
    const none = negotiated(0);
    expect(opened(none, connect, ...message).helo).toBeUndefined();
    const twice = negotiated(0);
    expect(opened(twice, connect, "Hfirst.example\0", "Hsecond.example\0", ...message).helo).toBe("second.example");
  });

  test("abort forgets the message and keeps the connection", () => {
    const session = negotiated(0);
    run(session, connect, helo, "M<old@example.com>\0", "R<old@example.net>\0", "LOld\0 x\0");
    expect(run(session, "A")).toEqual([""]);
    const { connect: peer, helo: name, mailFrom, recipients, header } = opened(session, ...message);
    expect({ peer: peer?.address, name, from: mailFrom.address }).toEqual({
      peer: "192.0.2.1",
      name: "client.example",
      from: "a@example.com",
    });
    expect(recipients.map(({ address }) => address)).toEqual(["b@example.net"]);
    expect(header.map((field) => field.name)).toEqual(["Subject"]);
  });

  test("abort within the body abandons the open message", () => {
    const session = negotiated(0);
    run(session, connect, ...message.slice(0, 6));
    expect(run(session, "A", ...message)).toEqual(["abandon", ...answeredMessage]);
  });

  test("quit-new-connection forgets all but the negotiation", () => {
    const session = negotiated(0);
    run(session, "DCj\0mx.example\0", connect, helo, ...message.slice(0, 6));
    expect(run(session, "K")).toEqual(["abandon"]);
    const { connect: peer, helo: name, macros } = opened(session, "Cother.example\0U", ...message);
    expect({ peer: peer?.hostname, name, macros: [...macros] }).toEqual({
      peer: "other.example",
      name: undefined,
      macros: [],
    });
  });

  test("a MAIL without abort starts afresh", () => {
    const session = negotiated(0);
    run(session, connect, "M<old@example.com>\0", "R<old@example.net>\0");
    const { mailFrom, recipients } = opened(session, ...message);
    expect([mailFrom.address, recipients.length]).toEqual(["a@example.com", 1]);
  });

  test("a message without recipients, header fields or body is a message", () => {
    expect(run(negotiated(0), "M<>\0", "N", "E")).toEqual(["c", "open", "end"]);
  });

  test.each([
    ["a command before the negotiation", []],
    ["RCPT outside an envelope", ["O", "R<b@example.net>\0"]],
    ["DATA outside an envelope", ["O", "T"]],
    ["a header field outside a header", ["O", "LSubject\0 x\0"]],
    ["the end of a header that never began", ["O", "N"]],
    ["a body chunk outside a body", ["O", "M<>\0", "Bx"]],
    ["the end of a message that had no header", ["O", "M<>\0", "E"]],
    ["RCPT outside an envelope", ["O", "M<>\0", "LSubject\0 x\0", "R<b@example.net>\0"]],
    ["a second negotiation", ["O", "O"]],
    ["an unknown milter command, octet 122", ["O", "z"]],
  ])("%s closes the connection", (problem, commands) => {
    const session = commands[0] === "O" ? negotiated(0) : createSession(wanted);
    const rest = commands[0] === "O" ? commands.slice(1) : ["M<>\0"];
    const last = rest.map((command) =>
      session.receive({ command: command.charAt(0), payload: bytes(command.slice(1)) }),
    );
    expect(last.at(-1)).toEqual([{ kind: "close", problem }]);
  });

  test("a packet that does not wait for our answer closes the connection", () => {
    const session = negotiated(0);
    for (const command of message.slice(0, 4)) run(session, command);
    session.receive({ command: "N", payload: bytes("") });
    expect(session.receive({ command: "B", payload: bytes("x") })).toEqual([
      { kind: "close", problem: "a packet out of turn" },
    ]);
  });

  test("a message decided at the end of its header is over", () => {
    const session = negotiated(0);
    run(session, connect, ...message.slice(0, 4));
    session.receive({ command: "N", payload: bytes("") });
    expect(session.answerOpen({ action: "accept" }).ok).toBe(true);
    expect(run(session, ...message)).toEqual(answeredMessage);
  });

  test("an answer that cannot be sent leaves the message waiting for another", () => {
    const session = negotiated(0);
    for (const command of message.slice(0, 4)) run(session, command);
    session.receive({ command: "N", payload: bytes("") });
    expect(session.answerOpen({ action: "reject", reply: { code: 250, text: "x" } }).ok).toBe(false);
    expect(session.answerOpen({ action: "reject" }).ok).toBe(true);
  });
});

test("MLT-18 nothing can be changed before the end of the message, nor twice", () => {
  const session = negotiated(0);
  for (const command of message.slice(0, -1)) {
    run(session, command);
    expect(session.answerEnd({ action: "accept" })).toMatchObject({ ok: false });
  }
  session.receive({ command: "E", payload: bytes("") });
  expect(session.answerEnd({ action: "accept" })).toMatchObject({ ok: true });
  expect(session.answerEnd({ action: "accept" })).toMatchObject({ ok: false });
});

describe("MLT-19 the body", () => {
  test("its last part may come with the end", () => {
    const session = negotiated(0);
    run(session, ...message.slice(0, 5));
    expect(session.receive({ command: "E", payload: bytes("tail\r\n") })).toEqual([
      { kind: "end", chunk: bytes("tail\r\n") },
    ]);
  });

  test.each([
    { protocol: PROTOCOL.SKIP, more: false, reply: "s" },
    { protocol: PROTOCOL.SKIP, more: true, reply: "c" },
    { protocol: 0, more: false, reply: "c" },
    { protocol: PROTOCOL.SKIP | PROTOCOL.NR_BODY, more: false, reply: "" },
  ])("skip is only said where agreed and where there is a reply: %j", ({ protocol, more, reply }) => {
    const session = negotiated(protocol);
    run(session, ...message.slice(0, 5));
    session.receive({ command: "B", payload: bytes("x") });
    expect(Buffer.from(session.answerBody(more)).subarray(4).toString("latin1")).toBe(reply);
  });
});

describe("MLT-11 the space after the colon", () => {
  const values = ["x", " x", "  x", "\tx", ""];

  test("with HDR_LEADSPC a value is what stood after the colon", () => {
    const fields = values.map((value) => `LSubject\0${value}\0`);
    const { header, leadingSpaceKnown } = opened(negotiated(PROTOCOL.HDR_LEADSPC), "M<>\0", ...fields, "N");
    expect(header.map((field) => field.raw)).toEqual(values.map((value) => `Subject:${value}\r\n`));
    expect(leadingSpaceKnown).toBe(true);
  });

  test("without it one space is put back, and the message says that this is a guess", () => {
    const { header, leadingSpaceKnown } = opened(negotiated(0), "M<>\0", "LSubject\0x\0", "LSubject\0 x\0", "N");
    expect(header.map((field) => field.raw)).toEqual(["Subject: x\r\n", "Subject:  x\r\n"]);
    expect(leadingSpaceKnown).toBe(false);
  });

  test("MLT-10 folds come back as CRLF", () => {
    const { header } = opened(negotiated(PROTOCOL.HDR_LEADSPC), "M<>\0", "LSubject\0 a\n\tb\n c\0", "N");
    expect(header.map((field) => field.raw)).toEqual(["Subject: a\r\n\tb\r\n c\r\n"]);
  });
});

describe("MLT-25 macros", () => {
  const macrosOf = (session: Session, ...commands: string[]): object =>
    Object.fromEntries(opened(session, ...commands).macros);

  test("those of every stage are there, the later stage first in rank", () => {
    const commands = [
      "DC{v}\0c\0j\0mx.example\0",
      connect,
      "DH{v}\0h\0",
      helo,
      "DM{v}\0m\0",
      "M<>\0",
      "DNi\0Q1\0",
      "N",
    ];
    expect(macrosOf(negotiated(0), ...commands)).toEqual({ v: "m", j: "mx.example", i: "Q1" });
  });

  test.each([
    ["after an accepted message", message],
    ["after an abort", ["M<>\0", "A"]],
    ["without an abort", ["M<>\0", "R<b@example.net>\0"]],
    ["after HELO", ["M<>\0", helo]],
  ])("who was authenticated for one message is unknown for the next: %s", (_, between) => {
    const session = negotiated(0);
    run(session, "DCj\0mx.example\0", connect, "DM{auth_authen}\0alice\0", ...between);
    expect(macrosOf(session, "M<>\0", "N")).toEqual({ j: "mx.example" });
  });

  test("a second MAIL with macros of its own keeps those and loses the first one's", () => {
    const session = negotiated(0);
    run(session, connect, "DM{auth_authen}\0alice\0", "M<>\0", "DR{rcpt_addr}\0b\0", "R<b@example.net>\0");
    expect(macrosOf(session, "DM{auth_type}\0PLAIN\0", "M<>\0", "N")).toEqual({ auth_type: "PLAIN" });
  });

  test("a new connection on the socket starts without any", () => {
    const session = negotiated(0);
    run(session, "DCj\0mx.example\0", connect, "K");
    expect(macrosOf(session, "DC{daemon_name}\0submission\0", connect, "M<>\0", "N")).toEqual({
      daemon_name: "submission",
    });
  });

  test("header fields and parameters never become macros", () => {
    const session = negotiated(0);
    const spoofed = ["M<>\0{auth_authen}\0eve\0", "L{auth_authen}\0 eve\0", "Lauth_authen\0 eve\0", "N"];
    expect(macrosOf(session, connect, "H{auth_authen}\0eve\0", ...spoofed)).toEqual({});
  });
});

describe("MLT-32 limits", () => {
  const limits = { messageHeadBytesMax: 200, messageHeadEntriesMax: 5 };
  const refused = (session: Session, ...commands: string[]): Step | undefined =>
    commands
      .flatMap((command) => [...session.receive({ command: command.charAt(0), payload: bytes(command.slice(1)) })])
      .at(-1);

  test.each([
    ["one long field", [`LSubject\0 ${"x".repeat(300)}\0`]],
    ["many octets", Array.from({ length: 4 }, () => `LSubject\0 ${"x".repeat(60)}\0`)],
    ["many fields", Array.from({ length: 6 }, () => "LA\0 b\0")],
    ["many recipients", Array.from({ length: 6 }, () => "R<b@example.net>\0")],
  ])("%s: the message is refused at the end of its header, and the next one is fine", (_, commands) => {
    const session = negotiated(0, limits);
    const step = refused(session, "M<>\0", ...commands, "N");
    expect(step).toMatchObject({ kind: "refuse", problem: "the header or envelope is over the limit" });
    const reply = step?.kind === "refuse" ? Buffer.from(step.bytes).subarray(4).toString("latin1") : "";
    expect(reply).toBe("y552 5.3.4 Message header or envelope too large\0");
    expect(run(session, ...message)).toEqual(answeredMessage);
  });

  test("macros over the limit close the connection", () => {
    const session = negotiated(0, limits);
    expect(refused(session, `DC{v}\0${"x".repeat(300)}\0`)).toEqual({ kind: "close", problem: "too many macros" });
  });

  test("any packets in any order give steps, never an exception", () => {
    const command = fc.constantFrom("O", "C", "H", "M", "R", "T", "L", "N", "B", "E", "A", "Q", "K", "U", "D", "z");
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((octets) => new Uint8Array(octets)),
      fc.constantFrom("<a@example.com>\0", "Subject\0 x\0", "M{auth_authen}\0a\0", "").map(bytes),
      fc.constant(Uint8Array.of(0, 0, 0, 6, 0, 0, 1, 0xff, 0, 0x1f, 0xff, 0xff)),
    );
    fc.assert(
      fc.property(fc.array(fc.record({ command, payload }), { maxLength: 60 }), fc.boolean(), (packets, polite) => {
        const session = polite ? negotiated(0) : createSession(wanted);
        for (const packet of packets) {
          for (const step of session.receive(packet)) {
            if (step.kind === "open") session.answerOpen("body");
            if (step.kind === "body") session.answerBody(false);
            if (step.kind === "end") session.answerEnd({ action: "accept" });
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
