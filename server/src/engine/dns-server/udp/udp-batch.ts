import { parseIpv4, parseIpv6 } from "chancery/dns";
import type { AnswerQuery, OnError, Reply } from "../answer-query.ts";
import { UdpClients } from "./udp-clients.ts";
import {
  IOVEC,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  layOutParts,
  layOutSlots,
  MMSGHDR,
  PEER,
  PKTINFO,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCKADDR,
  SO_RCVBUF,
  SO_REUSEADDR,
  SOL_SOCKET,
} from "./udp-layout.ts";
import { loadLibc, type Libc } from "./udp-libc.ts";
import type { OpenUdp, UdpSocket } from "./udp-socket.ts";

/** Datagrams taken and sent with one system call. */
const batchMax = 64;
/** Batches before the event loop turns to others. */
const batchesMax = 8;
/** A longer query is seen cut short, which is FORMERR. */
const queryOctetsMax = 2048;
const replyOctetsMax = 1232;
/** Queries up to this length are shown to the answerer through views that are made once. */
const viewedOctetsMax = 512;

let libc: Promise<Libc | undefined> | undefined;

/** Many datagrams a system call (recvmmsg, sendmmsg); undefined where that is not to be had. */
export async function openBatched(): Promise<OpenUdp | undefined> {
  const loaded = await (libc ??= loadLibc());
  return loaded && (async (address, answer, onError) => new BatchedSocket(loaded, address, answer, onError));
}

/** Where the parts lie in the one piece of memory that a socket works on. */
const AT = layOutParts(
  {
    queries: queryOctetsMax,
    replies: replyOctetsMax,
    peers: PEER.size,
    vectorsIn: IOVEC.size,
    vectorsOut: IOVEC.size,
    headersIn: MMSGHDR.size,
    headersOut: MMSGHDR.size,
  },
  batchMax,
);

type Address = Parameters<OpenUdp>[0];

class BatchedSocket implements UdpSocket {
  readonly #libc: Libc;
  readonly #address: Address;
  readonly #answer: AnswerQuery;
  readonly #onError: OnError;
  readonly #memory: Uint8Array;
  readonly #view: DataView;
  /** The same memory in words of the machine, which is little-endian. */
  readonly #words: Uint32Array;
  readonly #base: bigint;
  readonly #fd: number;
  readonly #watch: { stop(): void };
  /** The slot whose peer each outgoing header names. */
  readonly #peerOf = Int32Array.from({ length: batchMax }, (_, slot) => slot);
  readonly #clients: UdpClients;
  /** By slot and length, a view of the octets of a query. */
  readonly #views: (Uint8Array | undefined)[][] = Array.from({ length: batchMax }, () => []);
  #pending = 0;
  #isOpen = true;

  constructor(libc: Libc, address: Address, answer: AnswerQuery, onError: OnError) {
    this.#libc = libc;
    this.#address = address;
    this.#answer = answer;
    this.#onError = onError;
    const { memory, base } = libc.map(AT.end); // stays for good: the garbage collector cannot tell when the kernel is done with it
    this.#memory = memory;
    this.#view = new DataView(memory.buffer, memory.byteOffset, memory.length);
    this.#words = new Uint32Array(memory.buffer, memory.byteOffset, memory.length >> 2);
    this.#clients = new UdpClients(memory, address.family === 4 ? 4 : 16);
    this.#base = base;
    this.#layOut();
    this.#fd = this.#bind();
    this.#watch = libc.watch(this.#fd, () => this.#drain());
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#watch.stop();
    this.#libc.close(this.#fd);
  }

  #point(at: number, target: number): void {
    this.#view.setBigUint64(at, this.#base + BigInt(target), true);
  }

  #layOut(): void {
    const { peers } = AT;
    const incoming = {
      octets: AT.queries,
      octetsMax: queryOctetsMax,
      vectors: AT.vectorsIn,
      headers: AT.headersIn,
      peers,
    };
    const outgoing = {
      octets: AT.replies,
      octetsMax: replyOctetsMax,
      vectors: AT.vectorsOut,
      headers: AT.headersOut,
      peers,
    };
    layOutSlots(this.#view, this.#base, incoming, batchMax);
    layOutSlots(this.#view, this.#base, outgoing, batchMax);
    for (let slot = 0; slot < batchMax; slot++) this.#expect((AT.headersIn + slot * MMSGHDR.size) >> 2);
    for (let place = 0; place < batchMax; place++) {
      const { octets } = SOCKADDR[this.#address.family];
      this.#view.setUint32(AT.headersOut + place * MMSGHDR.size + MMSGHDR.nameLength, octets, true);
    }
  }

  #bind(): number {
    const { host, family, port, shared, receiveBufferBytes } = this.#address;
    const layout = SOCKADDR[family];
    const octets = family === 4 ? parseIpv4(host) : parseIpv6(host);
    if (!octets) throw new TypeError(`not an address: ${host}`);
    const fd = this.#libc.socket(layout.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) throw this.#libc.failure("socket");
    this.#option(fd, SOL_SOCKET, SO_RCVBUF, receiveBufferBytes);
    if (shared) this.#option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (family === 6) this.#option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (shared) this.#option(fd, PKTINFO[family].level, PKTINFO[family].option, 1);
    this.#memory.fill(0, 0, SOCKADDR.size);
    this.#view.setUint16(0, layout.family, true);
    this.#view.setUint16(2, port);
    this.#memory.set(octets, layout.address);
    if (this.#libc.bind(fd, this.#base, layout.octets) < 0) {
      const failure = this.#libc.failure(`bind ${host} port ${port}`);
      this.#libc.close(fd);
      throw failure;
    }
    return fd;
  }

  #option(fd: number, level: number, option: number, value: number): void {
    this.#view.setInt32(0, value, true);
    this.#libc.setOption(fd, level, option, this.#base, 4);
  }

  #drain(): void {
    for (let batch = 0; batch < batchesMax && this.#isOpen; batch++) {
      const count = this.#libc.receiveMany(this.#fd, this.#base + BigInt(AT.headersIn), batchMax);
      if (count <= 0) return;
      let replies = 0;
      for (let slot = 0; slot < count; slot++) if (this.#take(slot, replies)) replies++;
      this.#send(replies);
      if (count < batchMax) return;
    }
  }

  /** Answers the query in a slot. Whether a reply now stands at place `place` of those to send. */
  #take(slot: number, place: number): boolean {
    const header = (AT.headersIn + slot * MMSGHDR.size) >> 2;
    const controlOctets = this.#words[header + (MMSGHDR.controlLength >> 2)]!;
    this.#expect(header);
    const peer = AT.peers + slot * PEER.size;
    const port = this.#memory[peer + 2]! | this.#memory[peer + 3]!;
    if (port === 0 || this.#pending >= this.#address.pendingMax) return false; // port 0 is forged
    const query = this.#query(slot, this.#words[header + (MMSGHDR.length >> 2)]!);
    const reply = this.#answer(query, this.#clients.at(peer + SOCKADDR[this.#address.family].address));
    if (reply === undefined) return false;
    if (reply instanceof Uint8Array) return this.#put(reply, slot, place, controlOctets);
    if (reply instanceof Promise) this.#later(reply, this.#memory.slice(peer, peer + PEER.size), controlOctets);
    return false; // several messages are for TCP
  }

  /** The kernel puts the real lengths where we say how much room there is. */
  #expect(header: number): void {
    this.#words[header + (MMSGHDR.nameLength >> 2)] = SOCKADDR.size;
    this.#words[header + (MMSGHDR.controlLength >> 2)] = this.#address.shared ? PKTINFO.size : 0;
  }

  #query(slot: number, length: number): Uint8Array {
    const start = AT.queries + slot * queryOctetsMax;
    if (length > viewedOctetsMax) return this.#memory.subarray(start, start + length);
    return (this.#views[slot]![length] ??= this.#memory.subarray(start, start + length));
  }

  #put(reply: Uint8Array, slot: number, place: number, controlOctets: number): boolean {
    if (reply.length > replyOctetsMax) return false;
    this.#memory.set(reply, AT.replies + place * replyOctetsMax);
    this.#words[(AT.vectorsOut + place * IOVEC.size + IOVEC.length) >> 2] = reply.length;
    const header = AT.headersOut + place * MMSGHDR.size;
    const peer = AT.peers + slot * PEER.size;
    if (this.#peerOf[place] !== slot) {
      this.#point(header + MMSGHDR.name, peer);
      this.#point(header + MMSGHDR.control, peer + PEER.control);
      this.#peerOf[place] = slot;
    }
    this.#words[(header + MMSGHDR.controlLength) >> 2] = controlOctets;
    if (controlOctets > 0) this.#anyInterface(peer);
    return true;
  }

  /** A reply leaves from the address that was asked, and takes the way that the routes say; only a link-local address means nothing elsewhere. */
  #anyInterface(peer: number): void {
    const { family } = this.#address;
    const isLinkLocal = family === 6 && this.#memory[peer + 8] === 0xfe && (this.#memory[peer + 9]! & 0xc0) === 0x80;
    if (!isLinkLocal) this.#words[(peer + PEER.control + PKTINFO[family].interface) >> 2] = 0;
  }

  /** One that cannot be sent is passed over: the client asks again. */
  #send(count: number): void {
    for (let sent = 0; sent < count;) {
      const more = this.#libc.sendMany(
        this.#fd,
        this.#base + BigInt(AT.headersOut + sent * MMSGHDR.size),
        count - sent,
      );
      sent += Math.max(more, 1);
    }
  }

  /** An answer that waits for something goes out alone. Between two batches all slots are free. */
  #later(reply: Promise<Reply>, peer: Uint8Array, controlOctets: number): void {
    this.#pending++;
    reply
      .then((octets) => {
        if (!this.#isOpen) return;
        this.#memory.set(peer, AT.peers);
        if (octets instanceof Uint8Array && this.#put(octets, 0, 0, controlOctets)) this.#send(1);
      })
      .catch(this.#onError)
      .finally(() => this.#pending--);
  }
}
