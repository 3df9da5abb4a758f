import type { FinalAction, MilterMessage, MilterOutcome } from "chancery/milter";

/** Takes the body of one message. Chunks are cut anywhere and are not changed afterwards. */
export type BodySink = {
  /** The next chunk. A promise holds the peer back until it settles. */
  update(chunk: Uint8Array): void | Promise<void>;
  /** The body is complete: what becomes of the message. */
  finish(): Promise<MilterOutcome>;
};

/** What is known at the end of the header: the message is decided without its body, or the body is wanted. */
export type Opening = { kind: "decided"; final: FinalAction } | { kind: "body"; sink: BodySink };

/** The policy, as seen from the wire. Whatever it throws makes the message fail temporarily, and is reported. */
export type Decide = {
  /**
   * `mta` is the address that the MTA itself connects from. `signal` aborts when the message will not come to its end: the MTA gave it up or is gone, or we ran out of time.
   */
  openMessage(message: MilterMessage, signal: AbortSignal, mta: string): Promise<Opening>;
};

/** Something the operator should know of; the engine has already answered or closed. */
export type MilterFault = {
  kind:
    | "decision-failed"
    | "message-too-large"
    | "protocol-broken"
    | "peer-too-slow"
    | "too-many-connections"
    | "listener-failed";
  /** Address and port of the MTA. */
  from: string;
  problem: string;
  /** The MTA's queue id where one was sent. */
  queueId?: string;
  /** What was thrown, for a failed decision. */
  cause?: unknown;
};
