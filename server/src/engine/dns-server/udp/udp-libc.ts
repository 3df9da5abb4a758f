import { constants } from "node:os";

/** The system calls that Node does not offer, on memory that stays where it is. Pointers are numbers of 64 bits. */
export type Libc = {
  /** Memory of that many octets, zeroed, and where it lies. */
  map(octets: number): { memory: Uint8Array; base: bigint };
  socket(family: number, type: number): number;
  setOption(fd: number, level: number, option: number, pointer: bigint, octets: number): number;
  bind(fd: number, pointer: bigint, octets: number): number;
  /** Up to `count` datagrams into the mmsghdr array at `pointer`. Waits for none. */
  receiveMany(fd: number, pointer: bigint, count: number): number;
  sendMany(fd: number, pointer: bigint, count: number): number;
  close(fd: number): number;
  /** The failure of the last call, as Node would throw it. */
  failure(doing: string): Error;
  /** Calls back whenever there is something to read, until stopped. */
  watch(fd: number, readable: () => void): { stop(): void };
};

const MSG_DONTWAIT = 0x40;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;

/**
 * The C library of Linux with glibc on 64 bits, where the layouts of udp-batch.ts hold; undefined elsewhere, and where koffi is not
 * installed.
 */
export async function loadLibc(): Promise<Libc | undefined> {
  const isKnown = process.platform === "linux" && (process.arch === "x64" || process.arch === "arm64");
  if (!isKnown) return undefined;
  try {
    const { default: koffi } = await import("koffi");
    const libc = koffi.load("libc.so.6");
    const mmap = libc.func("void *mmap(void *addr, size_t len, int prot, int flags, int fd, long off)");
    const socket = libc.func("int socket(int domain, int type, int protocol)");
    const setsockopt = libc.func("int setsockopt(int fd, int level, int name, void *value, unsigned int len)");
    const bind = libc.func("int bind(int fd, void *address, unsigned int len)");
    const recvmmsg = libc.func("int recvmmsg(int fd, void *messages, unsigned int count, int flags, void *timeout)");
    const sendmmsg = libc.func("int sendmmsg(int fd, void *messages, unsigned int count, int flags)");
    const close = libc.func("int close(int fd)");
    return {
      map: (octets) => {
        const region: unknown = mmap(null, octets, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
        return { memory: new Uint8Array(koffi.view(region, octets)), base: koffi.address(region) };
      },
      socket: (family, type) => socket(family, type, 0) as number,
      setOption: (fd, level, option, pointer, octets) => setsockopt(fd, level, option, pointer, octets) as number,
      bind: (fd, pointer, octets) => bind(fd, pointer, octets) as number,
      receiveMany: (fd, pointer, count) => recvmmsg(fd, pointer, count, MSG_DONTWAIT, null) as number,
      sendMany: (fd, pointer, count) => sendmmsg(fd, pointer, count, MSG_DONTWAIT) as number,
      close: (fd) => close(fd) as number,
      failure: (doing) => {
        const number = koffi.errno();
        const code = Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
        return Object.assign(new Error(`${doing} ${code}`), { code });
      },
      watch: (fd, readable) => {
        const handle = koffi.node.poll(fd, { readable: true }, readable);
        watched.add(handle); // one that nobody holds is collected, and the server falls silent
        return {
          stop: () => {
            watched.delete(handle);
            handle.close();
          },
        };
      },
    };
  } catch {
    return undefined;
  }
}

const watched = new Set<object>();
