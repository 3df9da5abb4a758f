import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
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

export const tls = selfSignedCertificate({ hostname: "relay.example.com", now: 1_800_000_000 });

export const timeouts = {
  connectSeconds: 1,
  greetingSeconds: 0.3,
  commandSeconds: 0.3,
  dataSeconds: 0.3,
  blockSeconds: 0.3,
  endSeconds: 0.3,
};

export const message = "From: a@example.com\r\nSubject: caf\xe9\r\n\r\n.dot\r\nbody \t\r\n\r\n..\r\n";

/** For tests: a whole relay between a client and a next hop that are not ours. */
export class RelayBench {
  relay: Relay | undefined;
  events: RelayEvent[] = [];
  /** Added to the clock, so that a test can let days pass. */
  ahead = 0;
  signed = 0;
  signing = (): SignOutcome => ({
    ok: Buffer.from(`DKIM-Signature: v=1; b=${this.signed}\r\n`),
    keyIds: [`key_${this.signed}`],
  });
  directory: string;
  sink: SmtpSink;

  constructor(directory: string, sink: SmtpSink) {
    this.directory = directory;
    this.sink = sink;
  }

  static async open(): Promise<RelayBench> {
    return new RelayBench(await mkdtemp(join(tmpdir(), "relay-")), await startSink());
  }

  async start(
    script: (step: SinkStep) => SinkAnswer = () => undefined,
    options: Partial<RelayOptions> = {},
    sinkOptions: Parameters<typeof startSink>[0] = {},
  ): Promise<Relay> {
    await this.sink.close();
    this.sink = await startSink({ script, ...sinkOptions });
    this.relay = await this.open(options);
    return this.relay;
  }

  open(options: Partial<RelayOptions> = {}): Promise<Relay> {
    return startRelay({
      listen: { host: "127.0.0.1", port: 0 },
      hostname: "relay.example.com",
      tls,
      directory: this.directory,
      nextHop: () => ({ host: "127.0.0.1", port: this.sink.port }),
      postmaster: "postmaster@relay.example.com",
      now: () => Date.now() / 1000 + this.ahead,
      authenticate: async (login) => ({ tenant: login, sender: login }),
      accept: async () => undefined,
      sign: async () => {
        this.signed += 1;
        return this.signing();
      },
      stillValid: async () => true,
      signatureAgeMaxSeconds: () => 86_400,
      report: (event) => this.events.push(event),
      retry: { firstSeconds: 0.03, capSeconds: 0.2 },
      timeouts,
      ...options,
    });
  }

  /** Hands in a message, which has to be taken; its id. */
  async submit(
    recipients: string[],
    options: { from?: string; text?: string; tenant?: string; copies?: number } = {},
  ): Promise<string> {
    const talker = await SmtpTalker.connect(this.relay?.port ?? 0);
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

  /** Waits until the queue is empty. */
  async idle(): Promise<void> {
    await expect.poll(() => this.relay?.queued, { timeout: 8000, interval: 10 }).toBe(0);
  }

  names(kind: RelayEvent["event"]): RelayEvent[] {
    return this.events.filter(({ event }) => event === kind);
  }

  async close(): Promise<void> {
    await this.relay?.close();
    await this.sink.close();
    await rm(this.directory, { recursive: true });
  }
}
