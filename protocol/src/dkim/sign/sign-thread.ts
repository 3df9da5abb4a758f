import { availableParallelism } from "node:os";
import { parentPort, Worker, workerData } from "node:worker_threads";
import { CannotSign, type CannotSignCode } from "./cannot-sign.ts";
import { signMessageHere, type SignOptions } from "./sign.ts";

// Both ends of a signing thread. Messages go over and fields come back many at a time and in one piece of memory that changes
// hands: a message to a thread costs a wake-up, which is a good part of what a signature costs.

/** What came of one message. */
export type Signed =
  /** The DKIM-Signature fields, as `sign` gives them. */
  { ok: true; fields: Uint8Array } | { ok: false; refusal: CannotSign };

/** Octet strings behind one another, and where each ends. */
type Packed = { octets: Uint8Array; ends: number[] };
/** The fields of refused messages are empty. */
type Reply = Packed & { refusals: { at: number; code: CannotSignCode; detail: string }[] };

export const coreCount = (): number => availableParallelism();

/** A thread that signs. Its keys are read once. */
export class SignThread {
  readonly #worker: Worker;
  /** The calls that wait for their reply, oldest first. */
  readonly #calls: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  #failure: Error | undefined;

  constructor(options: SignOptions) {
    // In this form bundlers follow the URL. Flags of the program, such as a loader, are not for the thread.
    this.#worker = new Worker(new URL("./sign-thread-entry.ts", import.meta.url), {
      workerData: options,
      execArgv: [],
    });
    this.#worker.on("message", (reply: Reply) => this.#calls.shift()?.resolve(reply));
    this.#worker.on("error", (cause) => this.#fail(cause));
    this.#worker.on("exit", (code) => this.#fail(new Error(`exit code ${code}`)));
  }

  /** How many batches are on their way. */
  get batches(): number {
    return this.#calls.length;
  }

  /** Copies the messages, and signs them over there. Rejects when the thread ends before its reply. */
  async sign(messages: readonly Uint8Array[]): Promise<Signed[]> {
    if (this.#failure !== undefined) throw this.#failure;
    const packed = pack(messages);
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#calls.push({ resolve, reject });
      this.#worker.postMessage(packed, [packed.octets.buffer as ArrayBuffer]);
    });
    const signed: Signed[] = unpack(reply).map((fields) => ({ ok: true, fields }));
    for (const { at, code, detail } of reply.refusals) {
      signed[at] = { ok: false, refusal: new CannotSign(code, detail) };
    }
    return signed;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(cause: unknown): void {
    this.#failure ??= new Error("a signing thread has ended before its work", { cause });
    for (const { reject } of this.#calls.splice(0)) reject(this.#failure);
  }
}

/** The other end: what a signing thread does, all its life. */
export function serveSigning(): void {
  const options = workerData as SignOptions;
  parentPort!.on("message", (batch: Packed) => {
    const refusals: Reply["refusals"] = [];
    const fields = unpack(batch).map((message, at) => {
      try {
        return signMessageHere(message, options);
      } catch (error) {
        if (!(error instanceof CannotSign)) throw error;
        refusals.push({ at, code: error.code, detail: error.message });
        return new Uint8Array(0);
      }
    });
    const reply: Reply = { ...pack(fields), refusals };
    parentPort!.postMessage(reply, [reply.octets.buffer as ArrayBuffer]);
  });
}

function pack(parts: readonly Uint8Array[]): Packed {
  const octets = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  const ends = parts.map((part) => {
    octets.set(part, end);
    return (end += part.length);
  });
  return { octets, ends };
}

const unpack = ({ octets, ends }: Packed): Uint8Array[] =>
  ends.map((end, at) => octets.subarray(ends[at - 1] ?? 0, end));
