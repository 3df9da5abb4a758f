import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SinkAnswer, SinkStep } from "../../../../test/fakes/smtp-sink.ts";
import { message, RelayBench, timeouts } from "./relay-bench.ts";

let bench: RelayBench;

beforeEach(async () => {
  bench = await RelayBench.open();
});

afterEach(() => bench.close());

describe("F-47 mail that waited is signed anew", () => {
  const busy = (step: SinkStep): SinkAnswer =>
    step.verb === "MAIL" && bench.ahead === 0 ? "451 4.3.0 later" : undefined;

  test("when its signature is older than Q_own", async () => {
    await bench.start(busy);
    await bench.submit(["b@example.net"]);
    await expect.poll(() => bench.names("deferred").length).toBeGreaterThan(0);
    bench.ahead = 86_500;
    await bench.idle();
    expect(bench.sink.messages[0]?.octets.toString("latin1")).toContain(`DKIM-Signature: v=1; b=2\r\n${message}`);
    expect(bench.sink.messages[0]?.octets.toString("latin1")).not.toContain("b=1");
    expect(bench.names("re-signed")).toHaveLength(1);
  });

  test("when its key may no longer sign", async () => {
    let gone = false;
    await bench.start(busy, { stillValid: async ([key]) => !(gone && key === "key_1") });
    await bench.submit(["b@example.net"]);
    await expect.poll(() => bench.names("deferred").length).toBeGreaterThan(0);
    gone = true;
    bench.ahead = 10;
    await bench.idle();
    expect(bench.sink.messages[0]?.octets.toString("latin1")).toContain("b=2");
  });

  test("when its signature comes from the future", async () => {
    await bench.start(busy);
    await bench.submit(["b@example.net"]);
    await expect.poll(() => bench.names("deferred").length).toBeGreaterThan(0);
    bench.ahead = -1000;
    await bench.idle();
    expect(bench.sink.messages[0]?.octets.toString("latin1")).toContain("b=2");
  });

  test("and not sent at all while it cannot be signed", async () => {
    await bench.start(busy);
    await bench.submit(["b@example.net"]);
    await expect.poll(() => bench.names("deferred").length).toBeGreaterThan(0);
    bench.signing = () =>
      bench.signed < 5
        ? { defer: { text: "no key store" } }
        : { ok: Buffer.from("DKIM-Signature: late\r\n"), keyIds: [] };
    bench.ahead = 86_500;
    await bench.idle();
    expect(bench.signed).toBe(5);
    expect(bench.sink.messages.map(({ octets }) => octets.includes("DKIM-Signature: late"))).toEqual([true]);
  });

  test("and returned when it may no longer be signed", async () => {
    await bench.start(busy);
    await bench.submit(["b@example.net"]);
    await expect.poll(() => bench.names("deferred").length).toBeGreaterThan(0);
    bench.signing = () => ({ refuse: { code: 550, enhanced: "5.7.1", text: "domain released" } });
    bench.ahead = 86_500;
    await bench.idle();
    expect(bench.sink.messages.map(({ mailFrom }) => mailFrom)).toEqual([""]);
    expect(bench.sink.messages[0]?.octets.toString("latin1")).toContain("Status: 5.7.1\r\n");
  });
});

test("a queue outlives its relay", async () => {
  await bench.start(({ verb }) => (verb === "MAIL" && bench.relay !== undefined ? "451 later" : undefined));
  await bench.submit(["b@example.net"]);
  await expect.poll(() => bench.names("deferred").length).toBeGreaterThan(0);
  await bench.relay?.close();
  bench.relay = undefined;
  const second = await bench.open();
  await expect.poll(() => bench.sink.messages.length).toBe(1);
  bench.relay = second;
  await bench.idle();
});

test("F-18 a due time that another clock wrote years bench.ahead does not hold a message", async () => {
  await bench.start(({ verb }) => (verb === "MAIL" && bench.ahead > 0 ? "451 later" : undefined));
  bench.ahead = 1e9;
  await bench.submit(["b@example.net"]);
  await expect.poll(() => bench.names("deferred").length).toBeGreaterThan(0);
  bench.ahead = 0;
  await bench.relay?.close();
  bench.relay = await bench.open();
  await bench.idle();
  expect(bench.sink.messages).toHaveLength(1);
});

test("M4 a queue longer than the index is delivered whole", async () => {
  let ready = false;
  await bench.start(({ verb }) => (verb === "connect" && !ready ? "421 later" : undefined), {
    queue: { indexMax: 5, concurrency: 3, perTenantMax: 2, freeOctetsMin: 0 },
  });
  for (const tenant of ["t1", "t2", "t3"]) await bench.submit(["b@example.net"], { tenant, copies: 10 });
  ready = true;
  await bench.idle();
  expect(bench.names("delivered")).toHaveLength(30);
  expect(bench.sink.messages).toHaveLength(30);
});

test("F-46 one tenant whose mail hangs does not hold up the others", async () => {
  await bench.start(({ line }) => (line.includes("slow") ? { hang: true } : undefined), {
    queue: { concurrency: 4, perTenantMax: 2, freeOctetsMin: 0 },
    retry: { firstSeconds: 60, capSeconds: 60 },
    timeouts: { ...timeouts, commandSeconds: 60 },
  });
  await bench.submit(["slow@example.net"], { tenant: "greedy", copies: 6 });
  await bench.submit(["quick@example.net"], { tenant: "modest" });
  await expect.poll(() => bench.sink.messages.length).toBe(1);
  // The quick one is active until its reply has come back; then only the two of the other tenant are left.
  await expect.poll(() => bench.relay?.active).toBe(2);
  // The hop goes first, or closing would wait for it.
  await bench.sink.close();
});

test("RFC 5321 §4.5.3.1.8 of a long list each is tried once before any is tried again", async () => {
  await bench.start(({ verb, connection }) => (verb === "RCPT" && connection === 1 ? "450 4.2.1 later" : undefined));
  await bench.submit(Array.from({ length: 150 }, (_, at) => `r${at}@example.net`));
  await bench.idle();
  expect(bench.sink.messages.map(({ recipients }) => [recipients.length, recipients[0]])).toEqual([
    [50, "r100@example.net"],
    [100, "r0@example.net"],
  ]);
});

test("close hangs up on a silent hop, and the message stays as due as it was", async () => {
  // The time of one command is longer than a test may take.
  await bench.start(({ verb, connection }) => (verb === "MAIL" && connection === 1 ? { hang: true } : undefined), {
    timeouts: { ...timeouts, commandSeconds: 60 },
  });
  await bench.submit(["b@example.net"]);
  await expect.poll(() => bench.relay?.active).toBe(1);
  await bench.relay?.close();
  expect(bench.names("deferred")).toEqual([]);
  bench.relay = await bench.open();
  await bench.idle();
  expect(bench.sink.messages).toHaveLength(1);
});
