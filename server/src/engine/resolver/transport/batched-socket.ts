import {
  IOVEC,
  layOutParts,
  layOutSlots,
  MMSGHDR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  PEER,
  SOCKADDR,
  SO_RCVBUF,
  SOL_SOCKET,
} from "../../dns-server/udp/udp-layout.ts";
import type { Libc } from "../../dns-server/udp/udp-libc.ts";

/** Datagrams sent and taken with one system call. */
const batchMax = 64;
/** Batches before the event loop turns to others. */
const batchesMax = 8;
const queryOctetsMax = 512;
/** More than we say that we take, so that a longer reply is not cut in silence. */
const replyOctetsMax = 4096;
/** TC in the third octet of a message: what does not fit here says so, and is asked for over TCP. */
const truncatedFlag = 0x02;
const receiveBufferBytes = 4 * 1024 * 1024;

/** Where the parts lie in the one piece of memory that a socket works on. */
const AT = layOutParts(
  {
    queries: queryOctetsMax,
    replies: replyOctetsMax,
    peersIn: PEER.size,
    peersOut: PEER.size,
    vectorsIn: IOVEC.size,
    vectorsOut: IOVEC.size,
    headersIn: MMSGHDR.size,
    headersOut: MMSGHDR.size,
  },
  batchMax,
);

/** Told of every datagram: its octets, a copy, and whom it came from. */
type OnReply = (octets: Uint8Array, address: number, port: number) => void;

/**
 * An IPv4 socket for many questions to many servers, on a port that the kernel picks at random. Questions wait for the end of
 * the turn of the event loop and leave together. Addresses are numbers of 32 bits.
 */
export class BatchedSocket {
  readonly #libc: Libc;
  readonly #onReply: OnReply;
  readonly #memory: Uint8Array;
  readonly #view: DataView;
  readonly #base: bigint;
  #fd = -1;
  #watch: { stop(): void } | undefined;
  #waiting = 0;
  #sending: NodeJS.Immediate | undefined;

  constructor(libc: Libc, onReply: OnReply) {
    this.#libc = libc;
    this.#onReply = onReply;
    const { memory, base } = libc.map(AT.end); // stays for good: the garbage collector cannot tell when the kernel is done with it
    this.#memory = memory;
    this.#view = new DataView(memory.buffer, memory.byteOffset, memory.length);
    this.#base = base;
    const outgoing = { octets: AT.queries, octetsMax: queryOctetsMax, vectors: AT.vectorsOut, headers: AT.headersOut };
    const incoming = { octets: AT.replies, octetsMax: replyOctetsMax, vectors: AT.vectorsIn, headers: AT.headersIn };
    layOutSlots(this.#view, base, { ...outgoing, peers: AT.peersOut }, batchMax);
    layOutSlots(this.#view, base, { ...incoming, peers: AT.peersIn }, batchMax);
    for (let slot = 0; slot < batchMax; slot++) {
      this.#view.setUint16(AT.peersOut + slot * PEER.size, SOCKADDR[4].family, true);
      this.#view.setUint32(AT.headersOut + slot * MMSGHDR.size + MMSGHDR.nameLength, SOCKADDR[4].octets, true);
    }
    this.open();
  }

  /** Takes a new random port, in place of the one before. What is under way on that one is lost. */
  open(): void {
    this.close();
    const fd = this.#libc.socket(SOCKADDR[4].family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) throw this.#libc.failure("socket");
    this.#view.setInt32(0, receiveBufferBytes, true);
    this.#libc.setOption(fd, SOL_SOCKET, SO_RCVBUF, this.#base, 4);
    this.#memory.fill(0, 0, SOCKADDR.size);
    this.#view.setUint16(0, SOCKADDR[4].family, true);
    if (this.#libc.bind(fd, this.#base, SOCKADDR[4].octets) < 0) {
      const failure = this.#libc.failure("bind");
      this.#libc.close(fd);
      throw failure;
    }
    this.#fd = fd;
    this.#watch = this.#libc.watch(fd, () => this.#drain());
  }

  close(): void {
    if (this.#fd < 0) return;
    clearImmediate(this.#sending);
    this.#sending = undefined;
    this.#waiting = 0;
    this.#watch?.stop();
    this.#libc.close(this.#fd);
    this.#fd = -1;
  }

  /** Whether the question is on its way; false for one that is too long. */
  send(query: Uint8Array, address: number, port: number): boolean {
    if (query.length > queryOctetsMax || this.#fd < 0) return false;
    const slot = this.#waiting++;
    this.#memory.set(query, AT.queries + slot * queryOctetsMax);
    this.#view.setUint32(AT.vectorsOut + slot * IOVEC.size + IOVEC.length, query.length, true);
    const peer = AT.peersOut + slot * PEER.size;
    this.#view.setUint16(peer + 2, port);
    this.#view.setUint32(peer + SOCKADDR[4].address, address);
    if (this.#waiting === batchMax) this.#flush();
    else this.#sending ??= setImmediate(() => this.#flush());
    return true;
  }

  /** What cannot be sent is passed over: no reply will come, and it is asked again. */
  #flush(): void {
    clearImmediate(this.#sending);
    this.#sending = undefined;
    const count = this.#waiting;
    this.#waiting = 0;
    for (let sent = 0; sent < count;) {
      const from = this.#base + BigInt(AT.headersOut + sent * MMSGHDR.size);
      sent += Math.max(this.#libc.sendMany(this.#fd, from, count - sent), 1);
    }
  }

  #drain(): void {
    for (let batch = 0; batch < batchesMax && this.#fd >= 0; batch++) {
      const count = this.#libc.receiveMany(this.#fd, this.#base + BigInt(AT.headersIn), batchMax);
      for (let slot = 0; slot < count; slot++) this.#take(slot);
      if (count < batchMax) return;
    }
  }

  #take(slot: number): void {
    const header = AT.headersIn + slot * MMSGHDR.size;
    this.#view.setUint32(header + MMSGHDR.nameLength, SOCKADDR.size, true); // the kernel put the real one there
    const peer = AT.peersIn + slot * PEER.size;
    const start = AT.replies + slot * replyOctetsMax;
    const reply = this.#memory.slice(start, start + this.#view.getUint32(header + MMSGHDR.length, true));
    if (reply.length === replyOctetsMax) reply[2]! |= truncatedFlag;
    this.#onReply(reply, this.#view.getUint32(peer + SOCKADDR[4].address), this.#view.getUint16(peer + 2));
  }
}
