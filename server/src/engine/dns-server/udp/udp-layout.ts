/** Sizes of struct mmsghdr, iovec and sockaddr_in6 on 64-bit Linux, and where their fields are. */
export const MMSGHDR = {
  size: 64,
  name: 0,
  nameLength: 8,
  vector: 16,
  vectorLength: 24,
  control: 32,
  controlLength: 40,
  length: 56,
} as const;
export const IOVEC = { size: 16, base: 0, length: 8 } as const;
export const SOCKADDR = {
  4: { family: 2, octets: 16, address: 4 },
  6: { family: 10, octets: 28, address: 8 },
  size: 32,
} as const;
export const [SOCK_DGRAM, SOCK_NONBLOCK, SOCK_CLOEXEC] = [2, 0o4000, 0o2000000];
export const [SOL_SOCKET, SO_REUSEADDR, SO_RCVBUF, IPPROTO_IPV6, IPV6_V6ONLY] = [1, 2, 8, 41, 26];

/**
 * The address that a datagram was sent to, as the kernel tells it and takes it back as the one that the reply leaves from: struct cmsghdr with
 * in_pktinfo or in6_pktinfo. The option that asks for it, and where the number of the interface is.
 */
export const PKTINFO = {
  4: { level: 0, option: 8, interface: 16 },
  6: { level: IPPROTO_IPV6, option: 49, interface: 32 },
  size: 64,
} as const;
/** A client's address, and behind it the PKTINFO of its datagram. */
export const PEER = { size: SOCKADDR.size + PKTINFO.size, control: SOCKADDR.size } as const;

/** Where the parts lie in the one piece of memory that a socket works on, and its end; `sizes`: octets of each part, `count` times. */
export function layOutParts<Part extends string>(
  sizes: Readonly<Record<Part, number>>,
  count: number,
): Record<Part | "end", number> {
  let end = 64; // in front of all: one address or option value
  const starts = Object.entries<number>(sizes).map(([part, octets]): [string, number] => {
    const start = end;
    end += count * octets;
    return [part, start];
  });
  return Object.fromEntries([...starts, ["end", end]]) as Record<Part | "end", number>;
}

/** Memory for `count` datagrams of a kind: their octets, the vectors that point at those, and the headers that point at both. */
export type Slots = { octets: number; octetsMax: number; vectors: number; headers: number; peers: number };

/** Points headers and vectors of `count` slots at their places; `base` is where the memory lies. */
export function layOutSlots(view: DataView, base: bigint, slots: Slots, count: number): void {
  const point = (at: number, target: number): void => view.setBigUint64(at, base + BigInt(target), true);
  for (let slot = 0; slot < count; slot++) {
    const vector = slots.vectors + slot * IOVEC.size;
    point(vector + IOVEC.base, slots.octets + slot * slots.octetsMax);
    view.setBigUint64(vector + IOVEC.length, BigInt(slots.octetsMax), true);
    const header = slots.headers + slot * MMSGHDR.size;
    const peer = slots.peers + slot * PEER.size;
    point(header + MMSGHDR.name, peer);
    point(header + MMSGHDR.control, peer + PEER.control);
    view.setUint32(header + MMSGHDR.nameLength, SOCKADDR.size, true);
    point(header + MMSGHDR.vector, vector);
    view.setBigUint64(header + MMSGHDR.vectorLength, 1n, true);
  }
}
