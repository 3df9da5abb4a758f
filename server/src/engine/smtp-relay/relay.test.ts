import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type SinkAnswer,
  type SinkStep,
  type SmtpSink,
  SmtpTalker,
  startSink,
} from "../../../../test/fakes/smtp-sink.ts";
import type { RelayEvent } from "./relay-event.ts";
import { type Relay, type RelayOptions, startRelay } from "./relay.ts";
import type { SignOutcome } from "./relay-take.ts";
import { selfSignedCertificate } from "./self-signed.ts";

const tls = selfSignedCertificate({ hostname: "relay.example.com", now: 1_800_000_000 });
const timeouts = {
  connectSeconds: 1,
  greetingSeconds: 0.3,
  commandSeconds: 0.3,
  dataSeconds: 0.3,
  blockSeconds: 0.3,
  endSeconds: 0.3,
};

let directory: string;
let relay: Relay | undefined;
let sink: SmtpSink;
let events: RelayEvent[];
/** Added to the clock, so that a test can let days pass. */
let ahead: number;
let signed: number;
let signing: () => SignOutcome;

const clock = (): number => Date.now() / 1000 + ahead;

async function start(
  script: (step: SinkStep) => SinkAnswer = () => undefined,
  options: Partial<RelayOptions> = {},
  sinkOptions: Parameters<typeof startSink>[0] = {},
): Promise<Relay> {
  sink = await startSink({ script, ...sinkOptions });
  relay = await open(options);
  return relay;
}

function open(options: Partial<RelayOptions> = {}): Promise<Relay> {
  return startRelay({
    listen: { host: "127.0.0.1", port: 0 },
    hostname: "relay.example.com",
    tls,
    directory,
    nextHop: () => ({ host: "127.0.0.1", port: sink.port }),
    postmaster: "postmaster@relay.example.com",
    now: clock,
    authenticate: async (login) => ({ tenant: login, sender: login }),
    accept: async () => undefined,
    sign: async () => {
      signed += 1;
      return signing();
    },
    stillValid: async () => true,
    signatureAgeMaxSeconds: () => 86_400,
    report: (event) => events.push(event),
    retry: { firstSeconds: 0.03, capSeconds: 0.2 },
    timeouts,
    ...options,
  });
}

const message = "From: a@example.com\r\nSubject: caf\xe9\r\n\r\n.dot\r\nbody \t\r\n\r\n..\r\n";

async function submit(
  recipients: string[],
  options: { from?: string; text?: string; tenant?: string; copies?: number } = {},
): Promise<string> {
  const talker = await SmtpTalker.connect(relay?.port ?? 0);
  await talker.secure();
  await talker.login(options.tenant ?? "t1", "x");
  let reply = "";
  for (let copy = 0; copy < (options.copies ?? 1); copy += 1) {
    await talker.envelope(options.from ?? "a@example.com", ...recipients);
    talker.send(`${(options.text ?? message).replaceAll(/^\./gm, "..")}.\r\n`);
    reply = await talker.reply();
  }
  talker.cut();
  expect(reply).toMatch(/^250 /);
  return reply.split(" ").at(-1) ?? "";
}

const idle = async (): Promise<void> => {
  await expect.poll(() => relay?.queued, { timeout: 8000, interval: 10 }).toBe(0);
};
const names = (kind: RelayEvent["event"]): RelayEvent[] => events.filter(({ event }) => event === kind);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "relay-"));
  events = [];
  ahead = 0;
  signed = 0;
  signing = () => ({ ok: Buffer.from(`DKIM-Signature: v=1; b=${signed}\r\n`), keyIds: [`key_${signed}`] });
});

afterEach(async () => {
  await relay?.close();
  relay = undefined;
  await sink.close();
  await rm(directory, { recursive: true });
});

test("DKIM-S-17 the next hop gets our Received, the signature, and the octets that came in", async () => {
  await start();
  const id = await submit(["b@example.net", "c@example.net"]);
  await idle();
  const [sunk] = sink.messages;
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
  expect(await readdir(directory)).toEqual(["quarantine"]);
});

test("a hop without PIPELINING gets one command at a time", async () => {
  await start(() => undefined, {}, { extensions: ["8BITMIME"] });
  await submit(["b@example.net", "c@example.net"]);
  await idle();
  expect(sink.messages[0]?.recipients).toEqual(["b@example.net", "c@example.net"]);
});

test("a hop that knows only HELO is served what is 7-bit", async () => {
  await start(({ verb }) => (verb === "EHLO" ? "500 what" : undefined));
  await submit(["b@example.net"], { text: "A: 1\r\n\r\nb\r\n" });
  await idle();
  expect(sink.messages).toHaveLength(1);
});

describe("STARTTLS is used where it is offered", () => {
  test("with any certificate", async () => {
    await start(() => undefined, {}, { tls });
    await submit(["b@example.net"]);
    await idle();
    expect(sink.messages[0]?.secure).toBe(true);
  });

  test("refused with 454: in the clear", async () => {
    await start(({ verb }) => (verb === "STARTTLS" ? "454 not now" : undefined), {}, { tls });
    await submit(["b@example.net"]);
    await idle();
    expect(sink.messages[0]?.secure).toBe(false);
  });

  test("a handshake that fails: a new connection in the clear", async () => {
    await start(() => undefined, {}, { tls: { cert: "", key: "" } });
    await submit(["b@example.net"]);
    await idle();
    expect(sink.messages[0]?.secure).toBe(false);
    expect(sink.steps.filter(({ verb }) => verb === "connect")).toHaveLength(2);
  });
});

const places: SinkStep["verb"][] = ["connect", "EHLO", "MAIL", "RCPT", "DATA", "end"];

describe("F-42 what passes is tried again until it is delivered, once", () => {
  for (const verb of places) {
    test(`4yz at ${verb}`, async () => {
      await start((step) => (step.verb === verb && step.connection <= 2 ? "451 4.3.0 later" : undefined));
      await submit(["b@example.net"]);
      await idle();
      expect(sink.messages).toHaveLength(1);
      expect(names("deferred").length).toBeGreaterThanOrEqual(2);
      expect(names("delivered")).toHaveLength(1);
      expect(names("bounced")).toEqual([]);
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
        await start((step) => (step.verb === verb && step.connection === 1 ? fault : undefined));
        await submit(["b@example.net"]);
        await idle();
        expect(sink.messages).toHaveLength(1);
        expect(names("deferred")).toHaveLength(1);
      });
    }
  }

  test("nobody listens: tried again", async () => {
    await start();
    const { port } = sink;
    await sink.close();
    await submit(["b@example.net"]);
    await expect.poll(() => names("deferred").length).toBeGreaterThan(0);
    sink = await startSink({ port });
    await idle();
    expect(sink.messages).toHaveLength(1);
  });

  test("what is no SMTP is no answer", async () => {
    await start((step) => (step.verb === "MAIL" && step.connection === 1 ? "hello there" : undefined));
    await submit(["b@example.net"]);
    await idle();
    expect(sink.messages).toHaveLength(1);
  });

  test("250 to DATA is no leave to send the message", async () => {
    await start((step) => (step.verb === "DATA" && step.connection === 1 ? "250 ok" : undefined));
    await submit(["b@example.net"]);
    await idle();
    expect(sink.messages).toHaveLength(1);
    expect(sink.messages[0]?.octets.toString("latin1")).toContain(message);
  });
});

describe("F-43 what will never be delivered is told to the sender, once", () => {
  for (const verb of ["MAIL", "RCPT", "DATA", "end"] as const) {
    test(`5yz at ${verb}`, async () => {
      let told = false;
      await start((step) => {
        if (step.verb === "MAIL" && step.line.includes("<>")) told = true;
        return step.verb === verb && !told ? "550 5.1.1 nobody here" : undefined;
      });
      const id = await submit(["b@example.net"]);
      await idle();
      expect(sink.messages).toHaveLength(1);
      const [notification] = sink.messages;
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
      expect(names("bounced")).toHaveLength(1);
    });
  }

  test("each recipient has an outcome of its own, and none that was served is served again", async () => {
    await start((step) => {
      if (step.verb !== "RCPT" || step.line.includes("a@example.com")) return undefined;
      if (step.line.includes("never")) return "550 5.1.1 no";
      return step.line.includes("later") && step.connection <= 2 ? "450 4.2.1 later" : undefined;
    });
    await submit(["now@example.net", "later@example.net", "never@example.net"]);
    await idle();
    const served = sink.messages.map(({ mailFrom, recipients }) => [mailFrom, ...recipients].join(" ")).sort();
    expect(served).toEqual([" a@example.com", "a@example.com later@example.net", "a@example.com now@example.net"]);
    expect(names("failed")).toHaveLength(1);
  });

  test("a null sender is told nothing; that it was given up is recorded", async () => {
    await start(({ verb }) => (verb === "RCPT" ? "550 5.1.1 no" : undefined));
    await submit(["b@example.net"], { from: "" });
    await idle();
    expect(sink.messages).toEqual([]);
    expect(names("discarded")).toHaveLength(1);
  });

  test("a notification that cannot be delivered makes no second one", async () => {
    await start(({ verb }) => (verb === "RCPT" ? "550 5.1.1 no" : undefined));
    await submit(["b@example.net"]);
    await idle();
    expect(names("bounced")).toHaveLength(1);
    expect(names("discarded")).toHaveLength(1);
  });

  test("F-42 what waited past its lifetime", async () => {
    await start((step) => (step.line.includes("b@example.net") ? "451 4.3.0 later" : undefined));
    await submit(["b@example.net"]);
    await expect.poll(() => names("deferred").length).toBeGreaterThan(0);
    ahead = 432_001;
    await idle();
    expect(sink.messages[0]?.octets.toString("latin1")).toContain("Status: 5.4.7\r\n");
  });
});

describe("what the next hop cannot carry is returned, never changed (RFC 6152 §3, RFC 6531 §3.6)", () => {
  const cases: [name: string, extensions: string[], text: string, status: string][] = [
    ["8-bit octets to a hop without 8BITMIME", ["PIPELINING"], message, "5.6.3"],
    ["more octets than its SIZE", ["8BITMIME", "SIZE 20"], "A: 1\r\n\r\nb\r\n", "5.3.4"],
  ];
  for (const [name, extensions, text, status] of cases) {
    test(name, async () => {
      await start(() => undefined, {}, { extensions });
      await submit(["b@example.net"], { text });
      await idle();
      expect(sink.messages.filter(({ mailFrom }) => mailFrom !== "")).toEqual([]);
      expect(names("failed")[0]).toMatchObject({ reply: expect.stringContaining(status) as string });
    });
  }
});

describe("F-47 mail that waited is signed anew", () => {
  const busy = (step: SinkStep): SinkAnswer => (step.verb === "MAIL" && ahead === 0 ? "451 4.3.0 later" : undefined);

  test("when its signature is older than Q_own", async () => {
    await start(busy);
    await submit(["b@example.net"]);
    await expect.poll(() => names("deferred").length).toBeGreaterThan(0);
    ahead = 86_500;
    await idle();
    expect(sink.messages[0]?.octets.toString("latin1")).toContain(`DKIM-Signature: v=1; b=2\r\n${message}`);
    expect(sink.messages[0]?.octets.toString("latin1")).not.toContain("b=1");
    expect(names("re-signed")).toHaveLength(1);
  });

  test("when its key may no longer sign", async () => {
    let gone = false;
    await start(busy, { stillValid: async ([key]) => !(gone && key === "key_1") });
    await submit(["b@example.net"]);
    await expect.poll(() => names("deferred").length).toBeGreaterThan(0);
    gone = true;
    ahead = 10;
    await idle();
    expect(sink.messages[0]?.octets.toString("latin1")).toContain("b=2");
  });

  test("when its signature comes from the future", async () => {
    await start(busy);
    await submit(["b@example.net"]);
    await expect.poll(() => names("deferred").length).toBeGreaterThan(0);
    ahead = -1000;
    await idle();
    expect(sink.messages[0]?.octets.toString("latin1")).toContain("b=2");
  });

  test("and not sent at all while it cannot be signed", async () => {
    await start(busy);
    await submit(["b@example.net"]);
    await expect.poll(() => names("deferred").length).toBeGreaterThan(0);
    signing = () =>
      signed < 5 ? { defer: { text: "no key store" } } : { ok: Buffer.from("DKIM-Signature: late\r\n"), keyIds: [] };
    ahead = 86_500;
    await idle();
    expect(signed).toBe(5);
    expect(sink.messages.map(({ octets }) => octets.includes("DKIM-Signature: late"))).toEqual([true]);
  });

  test("and returned when it may no longer be signed", async () => {
    await start(busy);
    await submit(["b@example.net"]);
    await expect.poll(() => names("deferred").length).toBeGreaterThan(0);
    signing = () => ({ refuse: { code: 550, enhanced: "5.7.1", text: "domain released" } });
    ahead = 86_500;
    await idle();
    expect(sink.messages.map(({ mailFrom }) => mailFrom)).toEqual([""]);
    expect(sink.messages[0]?.octets.toString("latin1")).toContain("Status: 5.7.1\r\n");
  });
});

test("a queue outlives its relay", async () => {
  await start(({ verb }) => (verb === "MAIL" && relay !== undefined ? "451 later" : undefined));
  await submit(["b@example.net"]);
  await expect.poll(() => names("deferred").length).toBeGreaterThan(0);
  await relay?.close();
  relay = undefined;
  const second = await open();
  await expect.poll(() => sink.messages.length).toBe(1);
  relay = second;
  await idle();
});

test("F-18 a due time that another clock wrote years ahead does not hold a message", async () => {
  await start(({ verb }) => (verb === "MAIL" && ahead > 0 ? "451 later" : undefined));
  ahead = 1e9;
  await submit(["b@example.net"]);
  await expect.poll(() => names("deferred").length).toBeGreaterThan(0);
  ahead = 0;
  await relay?.close();
  relay = await open();
  await idle();
  expect(sink.messages).toHaveLength(1);
});

test("M4 a queue longer than the index is delivered whole", async () => {
  let ready = false;
  await start(({ verb }) => (verb === "connect" && !ready ? "421 later" : undefined), {
    queue: { indexMax: 5, concurrency: 3, perTenantMax: 2, freeOctetsMin: 0 },
  });
  for (const tenant of ["t1", "t2", "t3"]) await submit(["b@example.net"], { tenant, copies: 10 });
  ready = true;
  await idle();
  expect(names("delivered")).toHaveLength(30);
  expect(sink.messages).toHaveLength(30);
});

test("F-46 one tenant whose mail hangs does not hold up the others", async () => {
  await start(({ line }) => (line.includes("slow") ? { hang: true } : undefined), {
    queue: { concurrency: 4, perTenantMax: 2, freeOctetsMin: 0 },
    retry: { firstSeconds: 60, capSeconds: 60 },
    timeouts: { ...timeouts, commandSeconds: 60 },
  });
  await submit(["slow@example.net"], { tenant: "greedy", copies: 6 });
  await submit(["quick@example.net"], { tenant: "modest" });
  await expect.poll(() => sink.messages.length).toBe(1);
  expect(relay?.active).toBe(2);
  // The hop goes first, or closing would wait for it.
  await sink.close();
});

test("close hangs up on a silent hop within seconds, and the message stays as due as it was", async () => {
  await start(({ verb, connection }) => (verb === "MAIL" && connection === 1 ? { hang: true } : undefined), {
    timeouts: { ...timeouts, commandSeconds: 60 },
  });
  await submit(["b@example.net"]);
  await expect.poll(() => relay?.active).toBe(1);
  const began = performance.now();
  await relay?.close();
  expect(performance.now() - began).toBeLessThan(8000);
  relay = await open();
  await idle();
  expect(sink.messages).toHaveLength(1);
});
