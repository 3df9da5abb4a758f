import { type Parsed, parsed, unparsed } from "../parsed.ts";
import { type Connect, type MilterEvent, parseEvent } from "./events.ts";
import { createMacroStore, type MacroStore } from "./macros.ts";
import {
  addField,
  addRecipient,
  beginHead,
  type MessageHead,
  type MilterMessage,
  type SessionLimits,
  sessionLimitsDefault,
} from "./message-head.ts";
import { type Agreed, negotiate, NO_REPLY, PROTOCOL, type Wanted } from "./negotiate.ts";
import type { Packet } from "./packet.ts";
import { CONTINUE, type FinalAction, formatFinal, formatOutcome, type MilterOutcome, SKIP } from "./replies.ts";

/** What the caller has to do about one packet, in order. */
export type Step =
  | { kind: "reply"; bytes: Uint8Array }
  /** The header is complete: call `answerOpen` before the next packet. */
  | { kind: "open"; message: MilterMessage }
  /** Call `answerBody` before the next packet. */
  | { kind: "body"; chunk: Uint8Array }
  /** The message is complete, `chunk` (maybe empty) is its last part: call `answerEnd` before the next packet. */
  | { kind: "end"; chunk: Uint8Array }
  /** The open message will not come to its end: forget it. */
  | { kind: "abandon" }
  /** The message was refused for its size; `bytes` is the answer. */
  | { kind: "refuse"; bytes: Uint8Array; problem: string }
  /** The connection is over; with `problem` the peer broke the protocol. */
  | { kind: "close"; problem?: string };

export type Session = {
  receive(packet: Packet): readonly Step[];
  /** Either wants the body, or ends the message here. A problem is the caller's mistake; nothing has been answered. */
  answerOpen(answer: "body" | FinalAction): Parsed<Uint8Array>;
  /** `more` false: the rest of the body need not be sent. */
  answerBody(more: boolean): Uint8Array;
  /** As with `answerOpen`, after a problem the message still waits for its answer. */
  answerEnd(outcome: MilterOutcome): Parsed<Uint8Array>;
  /** Where the peer has brought us: nothing agreed, free to stay silent for long, or sending a message without a pause. */
  standing(): "negotiating" | "between" | "sending";
};

/**
 * - start: nothing agreed yet
 * - ready: between messages
 * - envelope, header, body: inside one
 * - opening, passing, ending: it is the caller's turn to answer the end of the header, a body chunk, the end
 */
type Phase = "start" | "ready" | "envelope" | "header" | "opening" | "body" | "passing" | "ending";

type State = {
  wanted: Wanted;
  limits: SessionLimits;
  phase: Phase;
  agreed: Agreed;
  connect: Connect | undefined;
  helo: string | undefined;
  macros: MacroStore;
  head: MessageHead | undefined;
};

const silent: readonly Step[] = [];
const nothing = new Uint8Array(0);
const tooLarge: FinalAction = {
  action: "reject",
  reply: { code: 552, enhanced: "5.3.4", text: "Message header or envelope too large" },
};

/** One connection from an MTA, as a state machine without input or output. Any packet has an answer; none throws. */
export function createSession(wanted: Wanted, limits: SessionLimits = sessionLimitsDefault): Session {
  const state: State = {
    wanted,
    limits,
    phase: "start",
    agreed: { version: 0, actions: 0, protocol: 0 },
    connect: undefined,
    helo: undefined,
    macros: createMacroStore(),
    head: undefined,
  };
  return {
    receive: (packet) => receive(state, packet),
    answerOpen(answer) {
      if (state.phase !== "opening") return unparsed("no message waits to be opened", 0);
      const bytes = answer === "body" ? parsed(CONTINUE) : formatFinal(answer);
      if (!bytes.ok) return bytes;
      if (answer === "body") state.phase = "body";
      else endMessage(state);
      return bytes;
    },
    answerBody(more) {
      if (state.phase !== "passing") return nothing;
      state.phase = "body";
      if (agreedOn(state, PROTOCOL.NR_BODY)) return nothing;
      return !more && agreedOn(state, PROTOCOL.SKIP) ? SKIP : CONTINUE;
    },
    answerEnd(outcome) {
      if (state.phase !== "ending") return unparsed("no message waits for its end", 0);
      const bytes = formatOutcome(outcome, state.agreed);
      if (bytes.ok) endMessage(state);
      return bytes;
    },
    standing: () => {
      if (state.phase === "start") return "negotiating";
      return state.phase === "ready" || state.phase === "envelope" ? "between" : "sending";
    },
  };
}

function receive(state: State, packet: Packet): readonly Step[] {
  if (state.phase === "opening" || state.phase === "passing" || state.phase === "ending") {
    return close(state, "a packet out of turn");
  }
  const event = parseEvent(packet);
  if (!event.ok) return close(state, event.problem);
  if (state.phase === "start" && event.value.kind !== "negotiate" && event.value.kind !== "quit") {
    return close(state, "a command before the negotiation");
  }
  return dispatch(state, event.value);
}

function dispatch<Kind extends MilterEvent["kind"]>(
  state: State,
  event: Extract<MilterEvent, { kind: Kind }>,
): readonly Step[] {
  return transitions[event.kind](state, event);
}

/**
 * What each event does. Connect comes once, HELO any number of times, and then per message: MAIL, RCPT and so on to the
 * end. MAIL, HELO and connect end an unfinished message just as abort does; MTAs do not always say so.
 */
const transitions: {
  [Kind in MilterEvent["kind"]]: (state: State, event: Extract<MilterEvent, { kind: Kind }>) => readonly Step[];
} = {
  negotiate(state, { offer }) {
    if (state.phase !== "start") return close(state, "a second negotiation");
    const answer = negotiate(offer, state.wanted);
    if (!answer.ok) return close(state, answer.problem);
    state.agreed = answer.value.agreed;
    state.phase = "ready";
    return [{ kind: "reply", bytes: answer.value.reply }];
  },
  macros(state, { command, macros }) {
    state.macros.set(command, macros);
    return state.macros.size() > state.limits.messageHeadBytesMax ? close(state, "too many macros") : silent;
  },
  connect(state, { connect }) {
    const steps = endMessage(state);
    state.connect = connect;
    state.helo = undefined;
    return [...steps, ...acknowledge(state, "C")];
  },
  helo(state, { name }) {
    const steps = endMessage(state);
    state.helo = name;
    return [...steps, ...acknowledge(state, "H")];
  },
  mail(state, { sender }) {
    const steps = leaveMessage(state);
    state.macros.beginMessage();
    state.head = beginHead(sender);
    state.phase = "envelope";
    return [...steps, ...acknowledge(state, "M")];
  },
  rcpt(state, { recipient }) {
    if (state.phase !== "envelope" || state.head === undefined) return close(state, "RCPT outside an envelope");
    addRecipient(state.head, recipient, state.limits);
    return acknowledge(state, "R");
  },
  data: (state) => (state.phase === "envelope" ? acknowledge(state, "T") : close(state, "DATA outside an envelope")),
  header(state, { name, value }) {
    if (!inHead(state) || state.head === undefined) return close(state, "a header field outside a header");
    state.phase = "header";
    const field = { name, sent: value, leadingSpaceKnown: agreedOn(state, PROTOCOL.HDR_LEADSPC) };
    addField(state.head, field, state.limits);
    return acknowledge(state, "L");
  },
  "end-of-header"(state) {
    if (!inHead(state) || state.head === undefined) return close(state, "the end of a header that never began");
    return openMessage(state, state.head);
  },
  body(state, { chunk }) {
    if (state.phase !== "body") return close(state, "a body chunk outside a body");
    state.phase = "passing";
    return [{ kind: "body", chunk }];
  },
  "end-of-message"(state, { chunk }) {
    if (state.phase !== "body") return close(state, "the end of a message that had no header");
    state.phase = "ending";
    return [{ kind: "end", chunk }];
  },
  abort: endMessage,
  quit: (state) => close(state),
  "quit-new-connection"(state) {
    const steps = endMessage(state);
    state.macros.endConnection();
    state.connect = undefined;
    state.helo = undefined;
    return steps;
  },
  "unknown-command": (state) => acknowledge(state, "U"),
};

function agreedOn(state: State, bit: number): boolean {
  return (state.agreed.protocol & bit) !== 0;
}

function inHead(state: State): boolean {
  return state.phase === "envelope" || state.phase === "header";
}

/** Exactly one reply to an event, and none where that was agreed: one too many or too few puts every later one out of step. */
function acknowledge(state: State, command: string): readonly Step[] {
  return agreedOn(state, NO_REPLY.get(command) ?? 0) ? silent : [{ kind: "reply", bytes: CONTINUE }];
}

function openMessage(state: State, head: MessageHead): readonly Step[] {
  if (head.tooLarge) {
    endMessage(state);
    const answer = formatFinal(tooLarge);
    const problem = "the header or envelope is over the limit";
    return [{ kind: "refuse", bytes: answer.ok ? answer.value : nothing, problem }];
  }
  const { mailFrom, recipients, header } = head;
  const message: MilterMessage = {
    connect: state.connect,
    helo: state.helo,
    macros: state.macros.all(),
    mailFrom,
    recipients,
    header,
    leadingSpaceKnown: agreedOn(state, PROTOCOL.HDR_LEADSPC),
  };
  state.head = undefined;
  state.phase = "opening";
  return [{ kind: "open", message }];
}

/** Ends the message if there is one, and with it what its macros said. */
function endMessage(state: State): readonly Step[] {
  const steps = leaveMessage(state);
  state.macros.endMessage();
  return steps;
}

function leaveMessage(state: State): readonly Step[] {
  const opened = state.phase === "body" || state.phase === "passing" || state.phase === "ending";
  state.head = undefined;
  if (state.phase !== "start") state.phase = "ready";
  return opened ? [{ kind: "abandon" }] : silent;
}

function close(state: State, problem?: string): readonly Step[] {
  return [...endMessage(state), problem === undefined ? { kind: "close" } : { kind: "close", problem }];
}
