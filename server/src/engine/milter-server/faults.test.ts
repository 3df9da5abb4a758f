import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { formatPacket } from "chancery/milter";
import { describe, expect, test } from "vitest";
import { accept, always, start } from "./fake-setting.ts";
import type { FakeMta } from "./fake-mta.ts";
import type { MilterServerLimits } from "./limits.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

async function eventually(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await sleep(10);
  expect(condition()).toBe(true);
}

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
