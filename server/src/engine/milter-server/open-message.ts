import type { FinalAction, MilterMessage, MilterOutcome } from "chancery/milter";
import type { BodySink, Decide } from "./decide.ts";
import type { MilterServerLimits } from "./limits.ts";

/** A message between the end of its header and its end, with everything that can go wrong in deciding on it. */
export type OpenMessage = {
  queueId: string | undefined;
  /** Asks the policy. "body" when it wants the body. */
  open(): Promise<"body" | FinalAction>;
  /** Gives the policy a chunk; false when it needs no more. */
  update(chunk: Uint8Array): Promise<boolean>;
  finish(onProgress: () => void): Promise<MilterOutcome>;
  /** The policy's answer could not be sent. */
  fail(cause: unknown): void;
  /** The message will not come to its end. */
  abandon(): void;
};

/** What a message gets that could not be decided. */
export const undecided: FinalAction = {
  action: "tempfail",
  reply: { code: 451, enhanced: "4.7.1", text: "Message cannot be signed or checked now, try again later" },
};

/**
 * Stands between the wire and the policy. A policy that throws or takes too long makes the message fail temporarily: a
 * message that may need a signature never passes without one because of a fault of ours.
 */
export function createOpenMessage(
  message: MilterMessage,
  mta: string,
  decide: Decide,
  limits: MilterServerLimits,
  onFailure: (cause: unknown) => void,
): OpenMessage {
  const controller = new AbortController();
  let sink: BodySink | undefined;

  function fail(cause: unknown): void {
    sink = undefined;
    if (controller.signal.aborted) return;
    controller.abort(cause);
    onFailure(cause);
  }

  return {
    queueId: message.macros.get("i"),
    async open() {
      try {
        const asked = decide.openMessage(message, controller.signal, mta);
        const opening = await within(limits.decisionTimeoutSeconds, asked, controller.signal);
        if (opening.kind === "decided") return opening.final;
        sink = opening.sink;
        return "body";
      } catch (cause) {
        fail(cause);
        return undecided;
      }
    },
    async update(chunk) {
      if (sink === undefined) return false;
      try {
        const pending = sink.update(chunk);
        if (pending !== undefined) await within(limits.decisionTimeoutSeconds, pending, controller.signal);
      } catch (cause) {
        fail(cause);
      }
      return sink !== undefined;
    },
    async finish(onProgress) {
      if (sink === undefined) return undecided;
      const progress = setInterval(onProgress, limits.progressIntervalSeconds * 1000);
      try {
        return await within(limits.finishTimeoutSeconds, sink.finish(), controller.signal);
      } catch (cause) {
        fail(cause);
        return undecided;
      } finally {
        clearInterval(progress);
      }
    },
    fail,
    abandon() {
      sink = undefined;
      controller.abort(new Error("the message was given up"));
    },
  };
}

/** Settles as the promise does, or rejects when the time is over or the signal aborts. */
async function within<T>(seconds: number, promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no decision within ${seconds} s`)), seconds * 1000);
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
