import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ACTION, formatPacket, type MilterMessage, type MilterOutcome } from "chancery/milter";
import { afterEach, describe, expect, test } from "vitest";
import type { BodySink, Decide, MilterFault } from "./decide.ts";
import { connectFakeMta, type FakeMta } from "./fake-mta.ts";
import type { MilterServerLimits } from "./limits.ts";
import { type MilterServer, startMilterServer } from "./server.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const servers: MilterServer[] = [];
const mtas: FakeMta[] = [];

afterEach(async () => {
  for (const mta of mtas.splice(0)) mta.socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

type Started = { server: MilterServer; faults: MilterFault[]; mta: (offer?: Offer) => Promise<FakeMta> };
type Offer = Parameters<typeof connectFakeMta>[1];

async function start(decide: Decide["openMessage"], limits: Partial<MilterServerLimits> = {}): Promise<Started> {
  const faults: MilterFault[] = [];
  const server = await startMilterServer({
    listen: { host: "127.0.0.1", port: 0 },
    wanted: { requiredActions: ACTION.ADDHDRS },
    decide: { openMessage: decide },
    limits: { closeGraceSeconds: 0.2, ...limits },
    onFault: (fault) => faults.push(fault),
  });
  servers.push(server);
  const mta = async (offer?: Offer): Promise<FakeMta> => {
    const connected = await connectFakeMta(server.port, offer);
    mtas.push(connected);
    return connected;
  };
  return { server, faults, mta };
}

/** A policy that wants every body and answers `outcome`. */
const always =
  (outcome: MilterOutcome, onUpdate: BodySink["update"] = () => {}): Decide["openMessage"] =>
  async () => ({ kind: "body", sink: { update: onUpdate, finish: async () => outcome } });

const accept: MilterOutcome = { action: "accept" };
const tempfail = /^y451 4\.7\.1 /;

async function eventually(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await sleep(10);
  expect(condition()).toBe(true);
}

/** Offers that leave every, no, and each single no-reply bit with the MTA. */
const offers = [0x1f_ffff, 0, 0x80, 0x1000, 0x2000, 0x4000, 0x8000, 0x8_0000, 0x10_0000];

describe("a message on its way", () => {
  test.each(offers)("MLT-04 MLT-05 an MTA that offers %i gets its replies and not one octet more", async (protocol) => {
    const insertion = { kind: "insert", index: 0, name: "X-Signed", value: bytes(" yes\r\n\tindeed") } as const;
    const { mta } = await start(always({ action: "accept", headerChanges: [insertion] }));
    const fake = await mta({ protocol });
    await fake.exchange("C", "client.example\x004\0\x19192.0.2.1\0");
    await fake.exchange("H", "client.example\0");
    const space = (protocol & 0x10_0000) === 0 ? "" : " ";
    for (let i = 0; i < 2; i++) {
      expect(await fake.deliver()).toEqual([`i\0\0\0\0X-Signed\0${space}yes\n\tindeed\0`, "a"]);
      await fake.exchange("A");
    }
    await fake.exchange("K");
    await fake.exchange("C", "other.example\0U");
    expect(await fake.deliver({ from: "" })).toHaveLength(2);
    await fake.quit();
  });

  test.each([2, 4, 6])("MLT-01 an MTA of version %i is served", async (version) => {
    const { mta } = await start(always(accept));
    const fake = await mta({ version, actions: 0x3f, protocol: version === 2 ? 0x7f : 0x3ff });
    expect(fake.agreed.version).toBe(version);
    expect(await fake.deliver()).toEqual(["a"]);
    await fake.quit();
  });

  test("the policy sees the whole head, and the body chunk by chunk", async () => {
    let seen: MilterMessage | undefined;
    const chunks: string[] = [];
    const { mta } = await start(async (message) => {
      seen = message;
      const update = (chunk: Uint8Array): void => void chunks.push(Buffer.from(chunk).toString("latin1"));
      return { kind: "body", sink: { update, finish: async () => accept } };
    });
    const fake = await mta();
    await fake.exchange("D", "C{daemon_name}\0submission\0");
    await fake.exchange("C", "client.example\x004\0\x19192.0.2.1\0");
    await fake.deliver({ macros: "{auth_authen}\0alice\0i\0QID\0", body: ["a\r", "\nb"], last: "\r\n" });
    expect(seen).toMatchObject({ connect: { address: "192.0.2.1" }, mailFrom: { address: "a@example.com" } });
    expect(Object.fromEntries(seen?.macros ?? [])).toEqual({
      daemon_name: "submission",
      auth_authen: "alice",
      i: "QID",
    });
    expect(chunks).toEqual(["a\r", "\nb", "\r\n"]);
  });

  test("a message can be decided without its body", async () => {
    const { mta } = await start(async () => ({ kind: "decided", final: { action: "accept" } }));
    const fake = await mta();
    expect(await fake.deliver()).toEqual(["a"]);
    expect(await fake.deliver()).toEqual(["a"]);
    await fake.quit();
  });

  test("MLT-22 progress is said while the end of a message takes long", async () => {
    const finish = (): Promise<MilterOutcome> => sleep(130, accept);
    const sink: BodySink = { update: () => {}, finish };
    const { mta } = await start(async () => ({ kind: "body", sink }), { progressIntervalSeconds: 0.04 });
    const fake = await mta();
    const replies = await fake.deliver();
    expect(replies.at(-1)).toBe("a");
    expect(replies.filter((reply) => reply === "p").length).toBeGreaterThanOrEqual(2);
    await fake.quit();
  });

  test("MLT-32 memory does not grow with the body, and a slow policy holds the MTA back", async () => {
    let octets = 0;
    const update = async (chunk: Uint8Array): Promise<void> => {
      octets += chunk.length;
      if (octets % 64 === 0) await sleep(0);
    };
    const { mta } = await start(always(accept, update));
    const fake = await mta();
    await fake.exchange("M", "<>\0");
    await fake.exchange("N");
    const chunk = formatPacket("B", new Uint8Array(65_535));
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 3000; i++) if (!fake.socket.write(chunk)) await once(fake.socket, "drain");
    fake.send("E");
    expect(await fake.reply()).toBe("a");
    expect(octets).toBe(3000 * 65_535);
    expect(process.memoryUsage.rss() - before).toBeLessThan(120_000_000);
  });
});

describe("MLT-31 a policy that fails makes the message fail temporarily, never pass, and is reported", () => {
  const boom = (): never => {
    throw new Error("boom");
  };
  const rows: [string, Decide["openMessage"]][] = [
    ["openMessage rejects", async () => boom()],
    ["openMessage throws", boom],
    ["openMessage hangs", () => new Promise(() => {})],
    ["update throws", always(accept, boom)],
    ["update rejects", always(accept, async () => boom())],
    ["update hangs", always(accept, () => new Promise(() => {}))],
    ["finish rejects", async () => ({ kind: "body", sink: { update: () => {}, finish: async () => boom() } })],
    ["finish hangs", async () => ({ kind: "body", sink: { update: () => {}, finish: () => new Promise(() => {}) } })],
    ["its reply does not fit", always({ action: "tempfail", reply: { code: 550, text: "x" } })],
    [
      "its final reply does not fit",
      async () => ({ kind: "decided", final: { action: "reject", reply: { code: 250, text: "x" } } }),
    ],
    [
      "its field holds another field",
      always({
        action: "accept",
        headerChanges: [{ kind: "insert", index: 0, name: "X-A", value: bytes(" a\r\nBcc: b@example.net") }],
      }),
    ],
  ];
  test.each(rows)("%s", async (_, decide) => {
    const { mta, faults } = await start(decide, { decisionTimeoutSeconds: 0.1, finishTimeoutSeconds: 0.1 });
    const fake = await mta();
    const replies = await fake.deliver({ macros: "i\0QID\0", body: ["a", "b"] });
    expect(replies).toEqual([expect.stringMatching(tempfail)]);
    expect(faults).toEqual([expect.objectContaining({ kind: "decision-failed", queueId: "QID" })]);
    // The connection is in step still.
    expect(await fake.deliver()).toEqual([expect.stringMatching(tempfail)]);
    await fake.quit();
  });
});

describe("F-34 an MTA that goes away", () => {
  const commands: [string, string][] = [
    ["C", "client.example\x004\0\x19192.0.2.1\0"],
    ["H", "client.example\0"],
    ["M", "<a@example.com>\0"],
    ["R", "<b@example.net>\0"],
    ["L", "Subject\0 x\0"],
    ["N", ""],
    ["B", "body"],
    ["E", ""],
  ];
  for (let length = 0; length <= commands.length; length++) {
    test.each(["end", "reset"])(`after ${length} commands, by %s, leaves nothing behind`, async (manner) => {
      const signals: AbortSignal[] = [];
      const { mta, server, faults } = await start(async (_, signal) => {
        signals.push(signal);
        return { kind: "body", sink: { update: () => {}, finish: () => new Promise(() => {}) } };
      });
      const fake = await mta();
      for (const [command, payload] of commands.slice(0, length)) {
        if (command === "E") fake.send(command, payload);
        else await fake.exchange(command, payload);
      }
      if (manner === "reset") fake.socket.resetAndDestroy();
      else fake.socket.destroy();
      await eventually(() => server.connections() === 0);
      expect(signals.every((signal) => signal.aborted)).toBe(true);
      expect(signals).toHaveLength(length >= 6 ? 1 : 0);
      expect(faults).toEqual([]);
    });
  }

  test("within a packet leaves nothing behind", async () => {
    const { mta, server } = await start(always(accept));
    const fake = await mta();
    fake.socket.end(formatPacket("M", bytes("<a@example.com>\0")).subarray(0, 9));
    await eventually(() => server.connections() === 0);
  });

  test("while the policy thinks, the policy is told", async () => {
    let aborted = false;
    const { mta, server } = await start((_, signal) => {
      signal.addEventListener("abort", () => (aborted = true));
      return new Promise(() => {});
    });
    const fake = await mta();
    await fake.exchange("M", "<>\0");
    fake.send("N");
    await sleep(20);
    expect(aborted).toBe(false);
    fake.socket.resetAndDestroy();
    await eventually(() => aborted && server.connections() === 0);
  });

  test("abort tells the policy, and the next message is another one", async () => {
    const signals: AbortSignal[] = [];
    const { mta } = await start(async (_, signal) => {
      signals.push(signal);
      return { kind: "body", sink: { update: () => {}, finish: async () => accept } };
    });
    const fake = await mta();
    await fake.exchange("M", "<>\0");
    await fake.exchange("N");
    await fake.exchange("A");
    expect(await fake.deliver()).toEqual(["a"]);
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
    await fake.quit();
  });
});

describe("F-36 slow and many peers", () => {
  test("connections over the cap end cleanly, and those within it go on", async () => {
    const { mta, server, faults } = await start(always(accept), { connectionsMax: 2 });
    const [first, second] = [await mta(), await mta()];
    const third = connect({ host: "127.0.0.1", port: server.port });
    third.resume();
    const [hadError] = (await once(third, "close")) as [boolean];
    expect(hadError).toBe(false);
    expect(faults).toEqual([expect.objectContaining({ kind: "too-many-connections" })]);
    expect(await first.deliver()).toEqual(["a"]);
    await first.quit();
    await eventually(() => server.connections() === 1);
    expect(await (await mta()).deliver()).toEqual(["a"]);
    expect(await second.deliver()).toEqual(["a"]);
  });

  const slow: [string, Partial<MilterServerLimits>, (fake: FakeMta) => Promise<void>][] = [
    [
      "octet by octet",
      { packetTimeoutSeconds: 0.15 },
      async (fake) => {
        for (const octet of formatPacket("M", new Uint8Array(100))) {
          fake.socket.write(Uint8Array.of(octet));
          await sleep(20);
          if (fake.socket.destroyed) return;
        }
      },
    ],
    [
      "silent in the middle of a header",
      { contentTimeoutSeconds: 0.1 },
      async (fake) => {
        await fake.exchange("M", "<>\0");
        await fake.exchange("L", "Subject\0 x\0");
      },
    ],
    ["silent between messages", { idleTimeoutSeconds: 0.1 }, async (fake) => void (await fake.deliver())],
  ];
  test.each(slow)("a peer that is %s is let go", async (_, limits, play) => {
    const { mta, server, faults } = await start(always(accept), limits);
    const fake = await mta();
    await play(fake);
    await fake.closed();
    await eventually(() => server.connections() === 0);
    expect(faults).toEqual([expect.objectContaining({ kind: "peer-too-slow" })]);
  });

  test("a peer that says nothing at all is let go", async () => {
    const { server, faults } = await start(always(accept), { packetTimeoutSeconds: 0.1 });
    const silent = connect({ host: "127.0.0.1", port: server.port });
    silent.resume();
    await once(silent, "close");
    expect(faults).toEqual([expect.objectContaining({ kind: "peer-too-slow" })]);
  });

  test("a policy that thinks longer than the peer may be silent costs the peer nothing", async () => {
    const limits = { contentTimeoutSeconds: 0.05, idleTimeoutSeconds: 0.5, packetTimeoutSeconds: 0.05 };
    const { mta } = await start(async () => {
      await sleep(150);
      return { kind: "body", sink: { update: () => {}, finish: () => sleep(150, accept) } };
    }, limits);
    expect(await (await mta()).deliver()).toEqual(["a"]);
  });

  test("a steady stream of packets is never taken for one slow packet", async () => {
    const { mta } = await start(always(accept), { packetTimeoutSeconds: 0.1 });
    const fake = await mta();
    await fake.exchange("M", "<>\0");
    await fake.exchange("N");
    // Every write ends within a packet.
    const packet = formatPacket("B", new Uint8Array(10));
    fake.socket.write(packet.subarray(0, 5));
    for (let i = 0; i < 15; i++) {
      fake.socket.write(Buffer.concat([packet.subarray(5), packet.subarray(0, 5)]));
      await sleep(20);
    }
    fake.socket.write(packet.subarray(5));
    fake.send("E");
    expect(await fake.reply()).toBe("a");
  });

  test("MLT-32 a thousand idle connections do not keep a message waiting", async () => {
    const { mta, server } = await start(always(accept));
    const idle = Array.from({ length: 1000 }, () => connect({ host: "127.0.0.1", port: server.port }));
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    expect(await (await mta()).deliver()).toEqual(["a"]);
    for (const socket of idle) socket.destroy();
    await eventually(() => server.connections() === 1);
  });
});

describe("F-38 a peer that does not speak the protocol", () => {
  test.each([
    ["another protocol", "EHLO client.example\r\n"],
    ["a length of zero", "\0\0\0\0"],
    ["a length of 2^32-1", "\xff\xff\xff\xff"],
    ["a command before the negotiation", "\0\0\0\x01N"],
    ["an unknown command", "\0\0\0\x01z"],
    ["an offer without ADDHDRS", "\0\0\0\x0dO\0\0\0\x06\0\0\0\0\0\0\0\0"],
    ["a short offer", "\0\0\0\x02Ox"],
  ])("%s: the connection is closed, with a report and without a reply", async (_, sent) => {
    const { server, faults } = await start(always(accept));
    const socket = connect({ host: "127.0.0.1", port: server.port });
    const received: unknown[] = [];
    socket.on("data", (chunk) => received.push(chunk));
    socket.on("error", () => {});
    socket.write(Buffer.from(sent, "latin1"));
    await once(socket, "close");
    expect(received).toEqual([]);
    expect(faults).toEqual([expect.objectContaining({ kind: "protocol-broken" })]);
  });

  test("MLT-32 a header over the limit is refused and reported, and the connection stays in step", async () => {
    const { mta, faults } = await start(always(accept), { messageHeadBytesMax: 1000 });
    const fake = await mta();
    expect(await fake.deliver({ header: [`Subject\0 ${"x".repeat(2000)}\0`] })).toEqual([
      "y552 5.3.4 Message header or envelope too large\0",
    ]);
    expect(faults).toEqual([expect.objectContaining({ kind: "message-too-large" })]);
    expect(await fake.deliver()).toEqual(["a"]);
    await fake.quit();
  });
});

describe("close", () => {
  test("lets a message that is being sent come to its end, and closes idle connections at once", async () => {
    const { mta, server } = await start(always(accept), { closeGraceSeconds: 5 });
    const [busy, idle] = [await mta(), await mta()];
    await busy.exchange("M", "<>\0");
    await busy.exchange("N");
    const closed = server.close();
    await idle.closed();
    busy.send("E");
    expect(await busy.reply()).toBe("a");
    await busy.closed();
    await closed;
    expect(server.connections()).toBe(0);
  });

  test("does not wait longer than the grace", async () => {
    const { mta, server } = await start(always(accept), { closeGraceSeconds: 0.1 });
    const busy = await mta();
    await busy.exchange("M", "<>\0");
    await busy.exchange("N");
    await server.close();
    await busy.closed();
  });

  test("an address that is taken is an error at the start", async () => {
    const { server } = await start(always(accept));
    const again = startMilterServer({
      listen: { host: "127.0.0.1", port: server.port },
      wanted: { requiredActions: ACTION.ADDHDRS },
      decide: { openMessage: always(accept) },
      onFault: () => {},
    });
    await expect(again).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
