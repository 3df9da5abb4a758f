import type { Socket } from "node:net";
import { framed, Framing } from "./framing.ts";
import { addressOctets } from "./address-octets.ts";
import type { AnswerQuery, OnError, Reply, Via } from "./answer-query.ts";
import { inTurn } from "./turns.ts";
import { Outflow, type OutflowLimits } from "./outflow.ts";

/** What one TCP client may take of us (RFC 7766 §6.2, RFC 9210 §4.4). */
export type ConnectionLimits = {
  /** A connection on which no whole query came and no reply left for this long is closed. */
  idleSeconds: number;
  /** Queries on one connection; then it is closed. */
  queriesMax: number;
} & OutflowLimits;

/** "unread": replies wait for a client that does not take them. */
export type Connection = { standing(): "idle" | "unread" | "working" };

/** Replies under way or not taken by the client, after which no more of its queries are read. */
const pendingMax = 100;
const unsentOctetsMax = 256 * 1024;
/** Queries answered before the turn is another client's. */
const turnQueriesMax = 16;

/**
 * Serves one TCP connection: queries are answered as they come, also several at once and out of order (RFC 7766 §6.2.1.1). The clock
 * that closes it starts again with whole messages only, so a client that trickles octets, or does not read, is gone in time. A reply of
 * several messages is sent as the client takes it, and no more queries are read until it is through.
 */
export function serveConnection(
  socket: Socket,
  from: string,
  answer: AnswerQuery,
  limits: ConnectionLimits,
  onError: OnError,
): Connection {
  const framing = new Framing();
  const via: Via = { transport: "tcp", from, octets: addressOctets(from) };
  let queries = 0;
  let pending = 0;
  let ended = false;
  let scheduled = false;
  const isWorking = (): boolean => pending > 0 || outflow.isBusy;
  const clock = setTimeout(() => (isWorking() ? clock.refresh() : socket.destroy()), limits.idleSeconds * 1000);

  const isBlocked = (): boolean => pending >= pendingMax || socket.writableLength > unsentOctetsMax || outflow.isBusy;
  const send = (reply: Uint8Array | undefined): void => {
    if (!reply || socket.destroyed) return;
    socket.write(framed(reply));
    if (socket.writableLength === 0) clock.refresh();
  };
  const sendAll = (reply: Reply): void => {
    if (reply === undefined || reply instanceof Uint8Array) send(reply);
    else outflow.add(reply);
  };
  const closeIfDone = (): void => {
    if (!isWorking() && !isBlocked() && (ended || queries >= limits.queriesMax)) socket.end();
  };

  /** Answers what is there, a turn's worth. */
  const work = (): void => {
    scheduled = false;
    if (socket.destroyed) return;
    socket.cork();
    for (let turn = 0; turn < turnQueriesMax && queries < limits.queriesMax && !isBlocked(); turn++) {
      const query = framing.next();
      if (!query) {
        socket.uncork();
        socket.resume();
        closeIfDone();
        return;
      }
      queries++;
      clock.refresh();
      take(query);
    }
    socket.uncork();
    if (queries >= limits.queriesMax) closeIfDone();
    else if (!isBlocked()) schedule();
  };
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    inTurn(work);
  };

  const outflow = new Outflow(
    socket,
    limits,
    () => {
      clock.refresh();
      schedule();
    },
    onError,
  );

  const take = (query: Uint8Array): void => {
    const reply = answer(query, via);
    if (!(reply instanceof Promise)) {
      sendAll(reply);
      return;
    }
    pending++;
    reply
      .then(sendAll)
      .catch(onError)
      .finally(() => {
        pending--;
        clock.refresh();
        schedule();
      });
  };

  socket.on("data", (chunk: Uint8Array) => {
    framing.push(chunk);
    socket.pause(); // until this is cut up: what a client may make us hold stays bounded
    schedule();
  });
  socket.on("drain", () => {
    clock.refresh();
    schedule();
  });
  socket.on("end", () => {
    ended = true;
    schedule();
  });
  socket.on("error", () => socket.destroy()); // a client that goes away is nothing to report
  socket.on("close", () => clearTimeout(clock));
  return { standing: () => (isWorking() ? "working" : socket.writableLength > 0 ? "unread" : "idle") };
}
