import { readdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SinkStep, startSink } from "../../../../test/fakes/smtp-sink.ts";
import { message, RelayBench, tls } from "./relay-bench.ts";

let bench: RelayBench;

beforeEach(async () => {
  bench = await RelayBench.open();
});

afterEach(() => bench.close());

test("DKIM-S-17 DKIM-S-18 DKIM-V-66 the next hop gets our Received, the signature, and the octets that came in", async () => {
  await bench.start();
  const id = await bench.submit(["b@example.net", "c@example.net"]);
  await bench.idle();
  const [sunk] = bench.sink.messages;
  const text = sunk?.octets.toString("latin1") ?? "";
  const trace = text.slice(0, text.indexOf("DKIM-Signature"));
  expect(trace).toMatch(
    new RegExp(`^Received: from client.example .*\r\n\tby relay.example.com with ESMTPSA id ${id};\r\n\t.*\r\n$`),
  );
  expect(text.slice(trace.length)).toBe(`DKIM-Signature: v=1; b=1\r\n${message}`);
  expect(sunk).toMatchObject({
    mailFrom: "a@example.com",
    recipients: ["b@example.net", "c@example.net"],
    mailParameters: `SIZE=${text.length} BODY=8BITMIME`,
  });
  expect(await readdir(bench.directory)).toEqual(["quarantine"]);
});

test("a hop without PIPELINING gets one command at a time", async () => {
  await bench.start(() => undefined, {}, { extensions: ["8BITMIME"] });
  await bench.submit(["b@example.net", "c@example.net"]);
  await bench.idle();
  expect(bench.sink.messages[0]?.recipients).toEqual(["b@example.net", "c@example.net"]);
});

test("a hop that knows only HELO is served what is 7-bit", async () => {
  await bench.start(({ verb }) => (verb === "EHLO" ? "500 what" : undefined));
  await bench.submit(["b@example.net"], { text: "A: 1\r\n\r\nb\r\n" });
  await bench.idle();
  expect(bench.sink.messages).toHaveLength(1);
});

describe("STARTTLS is used where it is offered", () => {
  test("with any certificate", async () => {
    await bench.start(() => undefined, {}, { tls });
    await bench.submit(["b@example.net"]);
    await bench.idle();
    expect(bench.sink.messages[0]?.secure).toBe(true);
  });

  test("refused with 454: in the clear", async () => {
    await bench.start(({ verb }) => (verb === "STARTTLS" ? "454 not now" : undefined), {}, { tls });
    await bench.submit(["b@example.net"]);
    await bench.idle();
    expect(bench.sink.messages[0]?.secure).toBe(false);
  });

  test("a handshake that fails: a new connection in the clear", async () => {
    await bench.start(() => undefined, {}, { tls: { cert: "", key: "" } });
    await bench.submit(["b@example.net"]);
    await bench.idle();
    expect(bench.sink.messages[0]?.secure).toBe(false);
    expect(bench.sink.steps.filter(({ verb }) => verb === "connect")).toHaveLength(2);
  });
});

const places: SinkStep["verb"][] = ["connect", "EHLO", "MAIL", "RCPT", "DATA", "end"];

describe("F-42 what passes is tried again until it is delivered, once", () => {
  for (const verb of places) {
    test(`4yz at ${verb}`, async () => {
      await bench.start((step) => (step.verb === verb && step.connection <= 2 ? "451 4.3.0 later" : undefined));
      await bench.submit(["b@example.net"]);
      await bench.idle();
      expect(bench.sink.messages).toHaveLength(1);
      expect(bench.names("deferred").length).toBeGreaterThanOrEqual(2);
      expect(bench.names("delivered")).toHaveLength(1);
      expect(bench.names("bounced")).toEqual([]);
    });
  }
});

describe("F-44 silence and cuts of the next hop", () => {
  for (const verb of places) {
    for (const [name, fault] of [
      ["hangs", { hang: true }],
      ["cuts", { cut: true }],
    ] as const) {
      test(`the hop ${name} at ${verb}: tried again`, async () => {
        await bench.start((step) => (step.verb === verb && step.connection === 1 ? fault : undefined));
        await bench.submit(["b@example.net"]);
        await bench.idle();
        expect(bench.sink.messages).toHaveLength(1);
        expect(bench.names("deferred")).toHaveLength(1);
      });
    }
  }

  test("nobody listens: tried again", async () => {
    await bench.start();
    const { port } = bench.sink;
    await bench.sink.close();
    await bench.submit(["b@example.net"]);
    await expect.poll(() => bench.names("deferred").length).toBeGreaterThan(0);
    bench.sink = await startSink({ port });
    await bench.idle();
    expect(bench.sink.messages).toHaveLength(1);
  });

  test("what is no SMTP is no answer", async () => {
    await bench.start((step) => (step.verb === "MAIL" && step.connection === 1 ? "hello there" : undefined));
    await bench.submit(["b@example.net"]);
    await bench.idle();
    expect(bench.sink.messages).toHaveLength(1);
  });

  test("250 to DATA is no leave to send the message", async () => {
    await bench.start((step) => (step.verb === "DATA" && step.connection === 1 ? "250 ok" : undefined));
    await bench.submit(["b@example.net"]);
    await bench.idle();
    expect(bench.sink.messages).toHaveLength(1);
    expect(bench.sink.messages[0]?.octets.toString("latin1")).toContain(message);
  });
});

describe("F-43 what will never be delivered is told to the sender, once", () => {
  for (const verb of ["MAIL", "RCPT", "DATA", "end"] as const) {
    test(`5yz at ${verb}`, async () => {
      let told = false;
      await bench.start((step) => {
        if (step.verb === "MAIL" && step.line.includes("<>")) told = true;
        return step.verb === verb && !told ? "550 5.1.1 nobody here" : undefined;
      });
      const id = await bench.submit(["b@example.net"]);
      await bench.idle();
      expect(bench.sink.messages).toHaveLength(1);
      const [notification] = bench.sink.messages;
      expect(notification).toMatchObject({ mailFrom: "", recipients: ["a@example.com"] });
      const text = notification?.octets.toString("latin1") ?? "";
      expect(text).toContain("Content-Type: multipart/report; report-type=delivery-status;\r\n");
      expect(text).toContain(
        "Final-Recipient: rfc822; b@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 nobody here\r\n",
      );
      expect(text).toContain(`X-Queue-Id: ${id}\r\n`);
      expect(text).toContain(
        "Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: 8bit\r\n\r\nFrom: a@example.com\r\nSubject: caf\xe9\r\n--",
      );
      expect(text).not.toContain(".dot");
      expect(bench.names("bounced")).toHaveLength(1);
    });
  }

  test("each recipient has an outcome of its own, and none that was served is served again", async () => {
    await bench.start((step) => {
      if (step.verb !== "RCPT" || step.line.includes("a@example.com")) return undefined;
      if (step.line.includes("never")) return "550 5.1.1 no";
      return step.line.includes("later") && step.connection <= 2 ? "450 4.2.1 later" : undefined;
    });
    await bench.submit(["now@example.net", "later@example.net", "never@example.net"]);
    await bench.idle();
    const served = bench.sink.messages.map(({ mailFrom, recipients }) => [mailFrom, ...recipients].join(" ")).sort();
    expect(served).toEqual([" a@example.com", "a@example.com later@example.net", "a@example.com now@example.net"]);
    expect(bench.names("failed")).toHaveLength(1);
  });

  test("a null sender is told nothing; that it was given up is recorded", async () => {
    await bench.start(({ verb }) => (verb === "RCPT" ? "550 5.1.1 no" : undefined));
    await bench.submit(["b@example.net"], { from: "" });
    await bench.idle();
    expect(bench.sink.messages).toEqual([]);
    expect(bench.names("discarded")).toHaveLength(1);
  });

  test("a notification that cannot be delivered makes no second one", async () => {
    await bench.start(({ verb }) => (verb === "RCPT" ? "550 5.1.1 no" : undefined));
    await bench.submit(["b@example.net"]);
    await bench.idle();
    expect(bench.names("bounced")).toHaveLength(1);
    expect(bench.names("discarded")).toHaveLength(1);
  });

  test("F-42 what waited past its lifetime", async () => {
    await bench.start((step) => (step.line.includes("b@example.net") ? "451 4.3.0 later" : undefined));
    await bench.submit(["b@example.net"]);
    await expect.poll(() => bench.names("deferred").length).toBeGreaterThan(0);
    bench.ahead = 432_001;
    await bench.idle();
    expect(bench.sink.messages[0]?.octets.toString("latin1")).toContain("Status: 5.4.7\r\n");
  });
});

describe("what the next hop cannot carry is returned, never changed (RFC 6152 §3, RFC 6531 §3.6)", () => {
  const cases: [name: string, extensions: string[], text: string, status: string][] = [
    ["DKIM-S-18 8-bit octets to a hop without 8BITMIME", ["PIPELINING"], message, "5.6.3"],
    ["more octets than its SIZE", ["8BITMIME", "SIZE 20"], "A: 1\r\n\r\nb\r\n", "5.3.4"],
  ];
  for (const [name, extensions, text, status] of cases) {
    test(name, async () => {
      await bench.start(() => undefined, {}, { extensions });
      await bench.submit(["b@example.net"], { text });
      await bench.idle();
      expect(bench.sink.messages.filter(({ mailFrom }) => mailFrom !== "")).toEqual([]);
      expect(bench.names("failed")[0]).toMatchObject({ reply: expect.stringContaining(status) as string });
    });
  }
});
