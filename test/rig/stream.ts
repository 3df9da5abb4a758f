import { randomBytes } from "node:crypto";
import type { SmtpSink } from "../fakes/smtp-sink.ts";
import type { Chancery } from "./chancery.ts";
import type { Internet } from "./internet.ts";
import { type Client, type NotTaken, signaturesOf, subjectOf, writeMessage } from "./mail.ts";
import { eventually, pause } from "./peer.ts";
import { type ResolverAddress, verifyWithAll } from "./verifiers.ts";

/** Verifiers are programs, and a start of four costs more than a few messages do: so often they look at what is due. */
const lookEverySeconds = 2;
/** So much later than at the end of its drain time a message may be looked at and count: no key goes sooner by any policy of the tests. */
const lateSecondsMax = 4;

/** One way for mail into the product. */
export type Lane = { name: string; client: Client; from: string };

/** A message of the stream, as it arrived. */
export type Arrived = { subject: string; selectors: string[]; file: string; atMs: number };

export type StreamReport = {
  taken: number;
  /** Attempts that were not answered with 250. */
  notTaken: NotTaken[];
  arrived: Arrived[];
  /** One line for each message and verifier that did not say pass, and when that was. Empty is what a test wants. */
  failures: string[];
  /** Looks that failed on a machine too busy to make them in time; few, or `finish` throws. */
  tooLate: number;
  /** How long after it was due the latest look at a message had ended. */
  latestLookSeconds: number;
};

export type Stream = {
  arrived(): readonly Arrived[];
  /** Stops sending, waits until everything taken has arrived and its drain time is over, and reports. */
  finish(): Promise<StreamReport>;
};

/**
 * Sends a steady stream of mail and verifies every message twice with every verifier and with ours: when it arrives,
 * through a resolver that caches, and within `lookEverySeconds` before its `drainSeconds` are over through one that has never asked before.
 */
export function startStream(options: {
  lanes: readonly Lane[];
  perSecond: number;
  sink: SmtpSink;
  chancery: Chancery;
  internet: Internet;
  directory: string;
  drainSeconds: number;
}): Stream {
  const { lanes, perSecond, sink, directory, drainSeconds } = options;
  const report: StreamReport = { taken: 0, notTaken: [], arrived: [], failures: [], tooLate: 0, latestLookSeconds: 0 };
  const sending = new Set<Promise<void>>();
  const mark = `stream-${randomBytes(3).toString("hex")}`; // a second try must not take the first one's mail for its own
  let number = 0;
  const sendOne = async (): Promise<void> => {
    number += 1;
    const lane = lanes[number % lanes.length]!;
    const answer = await lane.client.send({
      from: lane.from,
      to: "reader@example.net",
      subject: `${mark} ${lane.name} ${number}`,
    });
    if (answer.taken) report.taken += 1;
    else report.notTaken.push(answer);
  };
  const ticking = setInterval(() => {
    const one = sendOne().finally(() => sending.delete(one));
    sending.add(one);
  }, 1000 / perSecond);

  let seen = 0;
  const noting = setInterval(() => {
    for (const message of sink.messages.slice(seen)) {
      seen += 1;
      const subject = subjectOf(message);
      if (!subject.startsWith(`${mark} `)) continue;
      const selectors = signaturesOf(message).map(({ selector }) => selector);
      report.arrived.push({
        subject,
        selectors,
        file: writeMessage(directory, subject, message),
        atMs: performance.now(),
      });
    }
  }, 100);

  const ending = new AbortController();
  const resolvers = {
    "when it arrived": options.internet.resolver,
    "at the end of its drain time": options.internet.freshResolver,
  };
  /** Verifies every message at an age of `ageSeconds`, or up to `lookEverySeconds` younger, as many at a time as there are. */
  const look = async (when: keyof typeof resolvers, ageSeconds: number): Promise<void> => {
    let looked = 0;
    while (!ending.signal.aborted || looked < report.arrived.length) {
      const from = performance.now();
      const dueAgeMs = (ageSeconds - lookEverySeconds) * 1000;
      const young = report.arrived.findIndex(({ atMs }) => from - atMs < dueAgeMs);
      const due = report.arrived.slice(looked, young < 0 ? report.arrived.length : young);
      looked += due.length;
      const failed =
        due.length > 0 ? await failuresOf(options.chancery, due, when, resolvers[when]) : new Map<string, string[]>();
      for (const { subject, atMs } of due) {
        const oldSeconds = (performance.now() - atMs) / 1000;
        report.latestLookSeconds = Math.max(report.latestLookSeconds, oldSeconds - ageSeconds);
        if (oldSeconds <= drainSeconds + lateSecondsMax) report.failures.push(...(failed.get(subject) ?? []));
        else if (failed.has(subject)) report.tooLate++;
      }
      await pause(Math.max(0.3, lookEverySeconds - (performance.now() - from) / 1000));
    }
  };
  const looking = Promise.all([look("when it arrived", 0), look("at the end of its drain time", drainSeconds)]);
  looking.catch(() => {}); // `finish` says it

  return {
    arrived: () => report.arrived,
    finish: async () => {
      clearInterval(ticking);
      await Promise.all(sending);
      await eventually(() => report.arrived.length >= report.taken || undefined, {
        seconds: 60,
        otherwise: () => `${report.taken} messages were taken, ${report.arrived.length} arrived`,
      }).finally(() => {
        ending.abort();
        clearInterval(noting);
      });
      await looking;
      if (report.tooLate > report.arrived.length / 4)
        throw new Error(`this machine is too busy: ${report.tooLate} looks were too late to count`);
      return report;
    },
  };
}

/** A line a message and verifier that did not say pass, by the message's subject. */
async function failuresOf(
  chancery: Chancery,
  messages: readonly Arrived[],
  when: string,
  resolver: ResolverAddress,
): Promise<Map<string, string[]>> {
  const files = messages.map(({ file }) => file);
  const ours = chancery.json(
    ["verify", "--resolver", `${resolver.address}:${resolver.port}`, ...files],
    [0, 1, 3],
  ) as Promise<{ file: string; dkim: { result: string; reason?: string | null }[] }[]>;
  const [own, peers] = await Promise.all([ours, verifyWithAll(files, resolver)]);
  const lines = [
    ...own
      .filter(({ dkim }) => dkim.length === 0 || dkim.some(({ result }) => result !== "pass"))
      .map(({ file, dkim }) => ({ file, line: `Chancery ${JSON.stringify(dkim)}` })),
    ...peers
      .filter(({ result }) => result !== "pass")
      .map(({ file, verifier, result, detail }) => ({ file, line: `${verifier} ${result} ${detail}` })),
  ];
  const subjectOfFile = (file: string): string => messages.find((one) => one.file === file)?.subject ?? file;
  const failed = new Map<string, string[]>();
  for (const [subject, found] of Map.groupBy(lines, ({ file }) => subjectOfFile(file)))
    failed.set(
      subject,
      found.map(({ line }) => `${subject}, ${when}: ${line}`),
    );
  return failed;
}
