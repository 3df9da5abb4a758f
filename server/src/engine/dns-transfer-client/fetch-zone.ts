import { randomInt } from "node:crypto";
import { connect } from "node:net";
import {
  formatMessage,
  parseMessage,
  RCODE,
  rcodeName,
  signRequest,
  soaData,
  TransferReader,
  TsigStream,
  TYPE,
  type Message,
  type Transferred,
  type TsigKey,
  plainQuery,
} from "chancery/dns";
import { framed, Framing } from "../dns-server/framing.ts";

/** Where a zone is fetched from. */
export type TransferSource = {
  /** An IPv4 or IPv6 literal. */
  address: string;
  port: number;
  /** Signs the request, and every answer has to be signed with it. Absent: unsigned. */
  key?: TsigKey | undefined;
  /** The address to ask from, where the source knows us by it. Absent: the system chooses. */
  localAddress?: string | undefined;
};

/** What one transfer may cost. */
export type TransferBudget = { octetsMax: number; recordsMax: number; silenceMsMax: number; totalMsMax: number };

/** A catalog of a million zones fits; so does any zone that a person has written. */
export const usualBudget: TransferBudget = {
  octetsMax: 512 * 2 ** 20,
  recordsMax: 5_000_000,
  silenceMsMax: 15_000,
  totalMsMax: 600_000,
};

/**
 * Why nothing was transferred. `refused`: the source says so. `untrusted`: a signature is missing or wrong, or the source does not take ours.
 * `malformed`: what came is no transfer. `budget`: it cost more than agreed. `cut`: the connection ended first.
 */
export type TransferFailure =
  | "network"
  | "timeout"
  | "cut"
  | "refused"
  | "untrusted"
  | "malformed"
  | "budget"
  | "cancelled";

export type Fetched =
  | { result: "transferred"; transferred: Transferred }
  | { result: "failed"; failure: TransferFailure; problem: string };

export type FetchOptions = {
  /** The serial we hold: then the changes since are asked for (IXFR). Absent: the whole zone (AXFR). */
  have?: number | undefined;
  /** Epoch seconds. */
  now: () => number;
  budget?: TransferBudget;
  signal?: AbortSignal;
};

/**
 * Fetches a zone over TCP (RFC 5936, RFC 1995): all of it, or nothing. A transfer that stops before the SOA that ends it, is not signed to its
 * end, or costs more than its budget leaves nothing behind. A source that does not know IXFR is asked for the whole zone. Never rejects.
 */
export async function fetchZone(source: TransferSource, origin: string, options: FetchOptions): Promise<Fetched> {
  const fetched = await fetchOnce(source, origin, options);
  const knowsNoIxfr = fetched.result === "failed" && fetched.rcode !== undefined && ixfrUnknown.includes(fetched.rcode);
  return options.have !== undefined && knowsNoIxfr
    ? fetchOnce(source, origin, { ...options, have: undefined })
    : fetched;
}

/** RFC 1995 §4: what a server says that has never heard of IXFR. */
const ixfrUnknown: readonly number[] = [RCODE.FORMERR, RCODE.NOTIMP];

type FetchedOnce = Exclude<Fetched, { result: "failed" }> | Failed;
type Failed = Extract<Fetched, { result: "failed" }> & { rcode?: number };
const failed = (failure: TransferFailure, problem: string): Failed => ({ result: "failed", failure, problem });

function fetchOnce(source: TransferSource, origin: string, options: FetchOptions): Promise<FetchedOnce> {
  const { have, now, budget = usualBudget, signal } = options;
  const { address: host, port, localAddress, key } = source;
  return new Promise((resolve) => {
    const id = randomInt(0x10000);
    const plain = formatMessage(request(id, origin, have));
    const signed = key && signRequest(plain, key, now());
    const stream = key && signed && new TsigStream(key, signed.mac);
    const reading = new AnswerReading(id, new TransferReader(origin, have, budget.recordsMax), stream);
    const framing = new Framing();
    let octets = 0;
    const socket = connect({ host, port, noDelay: true, ...(localAddress !== undefined && { localAddress }) });
    const settle = (fetched: FetchedOnce): void => {
      clearTimeout(deadline);
      signal?.removeEventListener("abort", cancel);
      socket.destroy();
      resolve(fetched); // only the first call counts
    };
    const cancel = (): void => settle(failed("cancelled", "was cancelled"));
    const deadline = setTimeout(
      () => settle(failed("timeout", `took more than ${budget.totalMsMax} ms`)),
      budget.totalMsMax,
    );
    socket.setTimeout(budget.silenceMsMax, () =>
      settle(failed("timeout", `no octet for ${budget.silenceMsMax} ms from ${host} port ${port}`)),
    );
    socket.on("error", (error) => settle(failed("network", error.message)));
    socket.on("close", () => settle(failed("cut", "the connection was closed before the transfer was complete")));
    socket.on("connect", () => socket.write(framed(signed?.message ?? plain)));
    socket.on("data", (chunk: Uint8Array) => {
      octets += chunk.length;
      if (octets > budget.octetsMax) return settle(failed("budget", `more than ${budget.octetsMax} octets`));
      framing.push(chunk);
      for (let message = framing.next(); message !== undefined; message = framing.next()) {
        const fetched = reading.take(message, now());
        if (fetched !== undefined) return settle(fetched);
      }
    });
    if (signal?.aborted) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
  });
}

/** AXFR, or IXFR with the SOA that we hold in the authority section: of it only the serial counts (RFC 1995 §3). */
function request(id: number, origin: string, have: number | undefined): Message {
  const timers = { refresh: 0, retry: 0, expire: 0, minimum: 0 };
  const type = have === undefined ? TYPE.AXFR : TYPE.IXFR;
  const soa =
    have === undefined
      ? []
      : [{ name: origin, type: TYPE.SOA, ttl: 0, data: soaData({ mname: ".", rname: ".", serial: have, ...timers }) }];
  return plainQuery(origin, type, { id, authority: soa });
}

/** Puts the messages of one answer together, believing none before its signature is seen. */
class AnswerReading {
  readonly #id: number;
  readonly #reader: TransferReader;
  readonly #stream: TsigStream | undefined;

  constructor(id: number, reader: TransferReader, stream: TsigStream | undefined) {
    this.#id = id;
    this.#reader = reader;
    this.#stream = stream;
  }

  /** What came of it, or undefined while more is to come. */
  take(octets: Uint8Array, now: number): FetchedOnce | undefined {
    const believed = this.#believed(octets, now);
    if (!(believed instanceof Uint8Array)) return believed;
    const parsed = parseMessage(believed);
    if (!parsed.ok) return failed("malformed", parsed.problem);
    const message = parsed.value;
    if (!message.response || message.id !== this.#id || message.opcode !== 0 || message.truncated)
      return failed("malformed", "a message that does not answer the request");
    if (message.rcode !== RCODE.NOERROR)
      return { ...failed("refused", `the source answers ${rcodeName(message.rcode)}`), rcode: message.rcode };
    const taken = this.#reader.take(message.answers);
    if (!taken.ok) return failed(taken.problem.startsWith("more than") ? "budget" : "malformed", taken.problem);
    if (taken.value === "more" && message.answers.length === 0)
      return failed("malformed", "an answer without a record"); // would go on for ever
    const { transferred } = this.#reader;
    if (transferred === undefined || this.#stream?.isSettled === false) return undefined;
    return { result: "transferred", transferred };
  }

  #believed(octets: Uint8Array, now: number): Uint8Array | Failed {
    if (this.#stream === undefined) return octets;
    const verified = this.#stream.verify(octets, now);
    switch (verified.signature) {
      case "valid":
      case "awaited":
        return verified.message;
      case "invalid":
        return failed("untrusted", unsignedRefusal(octets) ?? `the answer's signature: ${verified.problem}`);
      case "error":
        return failed("untrusted", `the source does not take our signature: ${verified.error}`);
    }
  }
}

/** An error that came unsigned: whoever reads the log wants to know it, though nobody vouches for it. */
function unsignedRefusal(octets: Uint8Array): string | undefined {
  const message = parseMessage(octets);
  return message.ok && message.value.rcode !== RCODE.NOERROR
    ? `the source answers ${rcodeName(message.value.rcode)}, unsigned`
    : undefined;
}
