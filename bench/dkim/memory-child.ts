// sign|verify megabytes same|own: prints how many octets more than at rest the process has had at any time.
import { readFileSync } from "node:fs";
import { sign, verify } from "chancery/dkim";
import { domain, records, textMessage } from "./message.ts";
import { signOptions } from "./node-peers.ts";

const [verb, megabytes, memory] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
const resident = (): number => process.memoryUsage.rss();
/** The most that it ever was. */
const peak = (): number => 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "latin1"))![1]);

const head = textMessage(0);
const part = textMessage(64_000).subarray(head.length - 2);
/** Chunks of 64 KB: all in the same memory, as a file is read; or each in its own, as a stream of Node gives them. */
async function* stream(first: Uint8Array, chunks: number): AsyncGenerator<Uint8Array> {
  yield first;
  for (let at = 0; at < chunks; at++) yield memory === "own" ? Buffer.from(part) : part;
}
const options = signOptions("rsa");
const resolveTxt = (name: string): Promise<string[][]> => Promise.resolve([[name.endsWith(domain) ? records.rsa : ""]]);
const work = async (chunks: number): Promise<void> => {
  if (verb === "sign") await sign(stream(head, chunks), options);
  else {
    // The body is not the one that was signed; what it costs to find that out is the same.
    const signed = Buffer.concat([await sign(head, options), head]);
    const [verification] = await verify(stream(signed, chunks), { resolveTxt });
    if (verification?.reason !== "body-hash-mismatch") throw new Error(`unexpected: ${verification?.reason}`);
  }
};
await work(100);
const rest = resident();
await work((megabytes * 1e6) / 64_000);
console.log(Math.max(0, peak() - rest));
