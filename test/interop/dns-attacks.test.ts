// A name server as it runs, under attacks that try to hold it up: what is counted is how many honest queries are answered.
import { spawn, spawnSync } from "node:child_process";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { framed, Framing } from "../../server/src/engine/dns-server/framing.ts";
import { eventually, freePort, temporaryDirectory } from "../rig/peer.ts";

const command = join(import.meta.dirname, "..", "..", "chancery");
const connectionsMax = 200;
const directory = temporaryDirectory("attacks");
let port: number;
let stop: () => Promise<unknown>;
let udp: UdpSocket;
const answered = new Set<number>();

/** A pipe that is full, and that nobody reads. */
function stuckPipe(path: string): number {
  spawnSync("mkfifo", [path]);
  const full = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    for (;;) writeSync(full, Buffer.alloc(4096));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
  }
  return openSync(path, constants.O_RDWR);
}

/** A query for www.example.com A. Nobody serves that here, so the answer is REFUSED: it takes the way that all answers take. */
const query = (id: number): Uint8Array =>
  Buffer.concat([
    Buffer.of(id >> 8, id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    Buffer.from("\x03www\x07example\x03com\0\0\x01\0\x01"),
  ]);

beforeAll(async () => {
  port = await freePort();
  const stderr = stuckPipe(join(directory.path, "stderr"));
  const child = spawn("setpriv", ["--pdeathsig", "KILL", command, "run", "nameserver"], {
    cwd: directory.path,
    stdio: ["ignore", "ignore", stderr],
    env: {
      ...process.env,
      CHANCERY_DATA_DIR: join(directory.path, "data"),
      CHANCERY_DNS_LISTEN: `0.0.0.0:${port}`,
      CHANCERY_DNS_QUERY_LOG: "1",
      CHANCERY_DNS_TCP_CONNECTIONS: String(connectionsMax),
    },
  });
  closeSync(stderr);
  const ended = once(child, "exit");
  stop = () => {
    child.kill("SIGKILL");
    return ended;
  };
  udp = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 }).bind(0, "127.0.0.1");
  udp.on("message", (reply) => answered.add(reply.readUInt16BE(0)));
  await once(udp, "listening");
  await eventually(
    async () => {
      udp.send(query(0), port, "127.0.0.1");
      await sleep(50);
      return answered.has(0) || undefined;
    },
    { seconds: 60, otherwise: () => "the name server does not answer" },
  );
});
afterAll(async () => {
  udp.close();
  await stop();
  directory.remove();
});

/** How many of so many datagrams are answered. */
async function askUdp(count: number): Promise<number> {
  answered.clear();
  for (let id = 0; id < count; id++) {
    udp.send(query(id), port, "127.0.0.1");
    if (id % 50 === 0) await sleep(5);
  }
  for (let waited = 0; answered.size < count && waited < 100; waited++) await sleep(50);
  return answered.size;
}

const open: Socket[] = [];
/** A connection from an address of its own network, so that no limit for one address is met. */
async function dial(from: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: `127.0.${1 + (from % 50)}.1` });
  open.push(socket);
  socket.on("error", () => {});
  await Promise.race([once(socket, "connect"), once(socket, "close")]);
  return socket;
}
const dialMany = (count: number): Promise<Socket[]> =>
  Promise.all(Array.from({ length: count }, (_, from) => dial(from)));
function hangUp(): void {
  for (const socket of open.splice(0)) socket.destroy();
}

async function askTcp(): Promise<number> {
  const socket = await dial(60);
  const framing = new Framing();
  socket.write(framed(query(7)));
  const [chunk] = (await Promise.race([once(socket, "data"), sleep(10_000, [])])) as [Uint8Array?];
  if (chunk) framing.push(chunk);
  return framing.next()?.[1] ?? -1;
}

test("F-28 a log that nobody reads holds no answer up", async () => {
  expect(await askUdp(5000)).toBe(5000);
});

test.each<{ attack: string; begin: (sockets: Socket[]) => void }>([
  { attack: "connect and say nothing", begin: () => {} },
  {
    attack: "send one octet after the other",
    begin: (sockets) => {
      const trickle = setInterval(() => {
        for (const socket of sockets) if (!socket.destroyed) socket.write(Uint8Array.of(0));
        if (sockets.every(({ destroyed }) => destroyed)) clearInterval(trickle);
      }, 200);
    },
  },
  {
    attack: "ask and do not read",
    begin: (sockets) => {
      const asked = Buffer.concat(Array.from({ length: 3000 }, () => framed(query(1))));
      for (const socket of sockets) socket.pause().write(asked);
    },
  },
  {
    attack: "ask, and reset the connection",
    begin: (sockets) => {
      for (const socket of sockets) socket.write(framed(query(1)), () => socket.resetAndDestroy());
    },
  },
  {
    attack: "announce 65535 octets",
    begin: (sockets) => sockets.forEach((socket) => socket.write(Uint8Array.of(255, 255, 0))),
  },
])(
  "F-28 DNS-C-13 R-25 three times as many clients as there are places $attack: datagrams and honest clients are answered",
  async ({ begin }) => {
    const sockets = await dialMany(3 * connectionsMax);
    begin(sockets);
    expect(await askUdp(2000)).toBe(2000);
    expect(await askTcp()).toBe(7);
    hangUp();
  },
);
