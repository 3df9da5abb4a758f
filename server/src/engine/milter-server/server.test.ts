import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { ACTION, formatPacket, type MilterMessage, type MilterOutcome } from "chancery/milter";
import { describe, expect, test } from "vitest";
import type { BodySink, Decide } from "./decide.ts";
import { accept, always, start } from "./fake-setting.ts";
import { startMilterServer } from "./server.ts";

const tempfail = /^y451 4\.7\.1 /;

/** Offers that leave every, no, and each single no-reply bit with the MTA. */
const offers = [0x1f_ffff, 0, 0x80, 0x1000, 0x2000, 0x4000, 0x8000, 0x8_0000, 0x10_0000];

describe("a message on its way", () => {
  test.each(offers)("MLT-04 MLT-05 an MTA that offers %i gets its replies and not one octet more", async (protocol) => {
    const insertion = { kind: "insert", index: 0, name: "X-Signed", value: " yes\r\n\tindeed" } as const;
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
    expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000);
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
        headerChanges: [{ kind: "insert", index: 0, name: "X-A", value: " a\r\nBcc: b@example.net" }],
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
