import { TYPE } from "chancery/dns";
import { connect } from "node:net";
import { origin, queryFor } from "./keys.ts";
import type { Contender } from "./load.ts";

/** Milliseconds from the connection to the last message of an AXFR of so many records. The reader does no more than count them. */
export async function timeTransfer({ host, port }: Contender, records: number): Promise<number> {
  const query = queryFor(origin, TYPE.AXFR);
  const socket = connect(port, host);
  const started = performance.now();
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  socket.write(Buffer.concat([length, query]));
  let left = records + 1; // the SOA comes twice
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    held = held.length === 0 ? (chunk as Buffer) : Buffer.concat([held, chunk as Buffer]);
    let at = 0;
    while (at + 2 <= held.length && at + 2 + held.readUInt16BE(at) <= held.length) {
      const rcode = held[at + 5]! & 0x0f;
      if (rcode !== 0) throw new Error(`AXFR refused by ${host}: ${rcode}`);
      left -= held.readUInt16BE(at + 8);
      at += 2 + held.readUInt16BE(at);
    }
    held = held.subarray(at);
    if (left <= 0) break;
  }
  const milliseconds = performance.now() - started;
  socket.destroy();
  if (left !== 0) throw new Error(`AXFR from ${host}: ${left} records missing`);
  return milliseconds;
}
