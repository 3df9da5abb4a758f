// Chaos: roles of `chancery up` are killed with -9 or stopped for seconds, again and again, while mail flows and keys rotate, and receivers whose
// resolvers and verifiers are not ours verify every message at random moments of its way. Figures come at the end, whatever happened.
// Usage: npm run chaos -- [--minutes 3] [--per-second 2] [--fault-every 3]
import { parseArgs } from "node:util";
import { randomInt } from "node:crypto";
import process from "node:process";
import type { Key } from "@chancery/api";
import { type SmtpSink, startSink } from "../fakes/smtp-sink.ts";
import { type Chancery, newChancery, type RoleName } from "../rig/chancery.ts";
import { keysOf, takeDelegation, whenPhase } from "../rig/delegation.ts";
import { type Internet, startInternet } from "../rig/internet.ts";
import { newClient, signaturesOf, subjectOf, writeMessage } from "../rig/mail.ts";
import { eventually, pause, temporaryDirectory } from "../rig/peer.ts";
import { verifyWith } from "../rig/verifiers.ts";

const options = {
  minutes: { type: "string", default: "3" },
  /** Messages. */
  "per-second": { type: "string", default: "2" },
  /** Seconds from one fault to the next, on average: a role comes back within one or two, so that some die while they start. */
  "fault-every": { type: "string", default: "3" },
} as const;
const { values } = parseArgs({ options });
const seconds = Number(values.minutes) * 60;
const perSecond = Number(values["per-second"]);
const faultEverySeconds = Number(values["fault-every"]);
if (!(seconds > 0 && perSecond > 0 && faultEverySeconds > 0))
  throw new Error("--minutes, --per-second and --fault-every are numbers above 0");

const domain = "ring.example";
const roles: readonly RoleName[] = ["nameserver", "controller", "relay", "milter", "api", "ingest"];
/** Q_down + V of the lab's policy: so long after it left us a message may still be looked at. */
const wayMs = 7000;
/** One fault in so many is a stop and no kill: around the signers' lease, so that some sleep past it. */
const oneStopIn = 4;
const [stopMsMin, stopMsMax] = [1000, 6000];
/** For what was under way when the faults end: mail to come, a drain to end. */
const settleSeconds = 120;

const report = { kills: 0, stops: 0, taken: new Set<string>(), putOff: 0, verified: 0, asked: 0, ended: 0 };
/** One line each; the keys of `failures` are lines of the report. */
const failures = { "failed verification": [] as string[], "went unsigned": [] as string[], violations: [] as string[] };
const violated = (line: string): void => {
  if (!failures.violations.includes(line)) failures.violations.push(line);
};
const directory = temporaryDirectory("chaos");
let internet: Internet | undefined;
let sink: SmtpSink | undefined;
let chancery: Chancery | undefined;

try {
  [internet, sink] = await Promise.all([startInternet({ net: 99, customers: [domain] }), startSink()]);
  chancery = await newChancery(internet, { "relay.next_hop": `127.0.0.1:${sink.port}` });
  await chancery.start();
  await play(internet, sink, chancery);
} catch (error) {
  violated(`the run broke off: ${error instanceof Error ? error.message : String(error)}`);
} finally {
  tell(sink);
  await chancery?.remove();
  await Promise.all([sink?.close(), internet?.stop()]);
  directory.remove();
}

function tell(mail: SmtpSink | undefined): void {
  for (const line of Object.values(failures).flat()) process.stdout.write(`${line}\n`);
  const figures: [string, number][] = [
    ["seconds of faults", seconds],
    ["roles killed", report.kills],
    ["roles stopped", report.stops],
    ["messages taken", report.taken.size],
    ["messages put off", report.putOff],
    ["messages delivered", mail?.messages.length ?? 0],
    ["messages verified", report.verified],
    ["rotations asked for", report.asked],
    ["rotations ended", report.ended],
    ...Object.entries(failures).map(([what, lines]): [string, number] => [what, lines.length]),
  ];
  for (const [what, figure] of figures) process.stdout.write(`${String(figure).padStart(7)}  ${what}\n`);
  process.exitCode = Object.values(failures).every(({ length }) => length === 0) ? 0 : 1;
}

async function play(net: Internet, mail: SmtpSink, product: Chancery): Promise<void> {
  const [sender] = (await product.json(["sender", "add", "app@esp.example"])) as { password: string }[];
  await takeDelegation(product, net.customers[domain]!, "cname-ring");
  await whenPhase(product, domain, "ready");
  const running = new AbortController();
  const looking = new AbortController();
  const oracle = verifyAll(net, mail, looking.signal);
  oracle.catch(() => {}); // awaited below
  const busy = [disturb(product, running.signal), rotate(product, running.signal)];
  const sending = send(product, sender!.password, running.signal);
  await Promise.race([pause(seconds), Promise.all(busy), oracle]);
  running.abort();
  await Promise.all([...busy, sending]);

  const lost = (): string[] => {
    const there = new Set(mail.messages.map(subjectOf));
    return [...report.taken].filter((subject) => !there.has(subject));
  };
  await eventually(() => (lost().length === 0 ? true : undefined), {
    seconds: settleSeconds,
    otherwise: () => `lost: ${lost().join(", ")}`,
  }).catch((error: Error) => violated(error.message));
  await eventually(
    async () => {
      const keys = await look(product);
      return keys.length > 0 && !keys.some(({ phase }) => /draining|withdrawing/.test(phase)) ? true : undefined;
    },
    {
      seconds: settleSeconds,
      otherwise: "a drain has not ended",
    },
  ).catch((error: Error) => violated(error.message));
  await pause(wayMs / 1000);
  looking.abort();
  await oracle;
}

/** Kills or stops one role after the other. */
async function disturb(product: Chancery, signal: AbortSignal): Promise<void> {
  const stopped = new Set<Promise<void>>();
  while (!signal.aborted) {
    await pause(faultEverySeconds * (0.1 + (1.8 * randomInt(1000)) / 1000));
    const pid = product.roles()[roles[randomInt(roles.length)]!];
    if (pid === undefined) continue; // between two lives
    if (randomInt(oneStopIn) === 0) {
      const stop = stopFor(pid, randomInt(stopMsMin, stopMsMax)).finally(() => stopped.delete(stop));
      stopped.add(stop);
    } else if (signalled(pid, "SIGKILL")) report.kills++;
  }
  await Promise.all(stopped);
}

async function stopFor(pid: number, ms: number): Promise<void> {
  if (!signalled(pid, "SIGSTOP")) return;
  report.stops++;
  await pause(ms / 1000);
  signalled(pid, "SIGCONT"); // it may have been killed meanwhile
}

/** Whether the process was there. */
function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** The keys, and what has to hold of them at every moment: I-5 one signs, I-13 one key a name. None when the API is killed just now. */
async function look(product: Chancery): Promise<Key[]> {
  const keys = await keysOf(product, domain).catch(() => []);
  report.ended = Math.max(report.ended, keys.filter(({ phase }) => /withdrawn|destroyed/.test(phase)).length);
  const targets = keys.filter(({ phase }) => !/withdrawn|destroyed/.test(phase)).map(({ target }) => target);
  if (new Set(targets).size !== targets.length) violated(`two keys at one name: ${targets.join(", ")}`);
  const active = keys.filter(({ phase }) => phase === "active").map(({ selector }) => selector);
  if (keys.length > 0 && active.length !== 1) violated(`${active.length} keys are active: ${active.join(", ")}`);
  return keys;
}

/** Asks for a rotation whenever the last one is over. The API is killed too, so that a question may find nobody. */
async function rotate(product: Chancery, signal: AbortSignal): Promise<void> {
  let asked = "";
  while (!signal.aborted) {
    await pause(1);
    const keys = await look(product);
    const signs = keys.find(({ phase }) => phase === "active");
    if (signs === undefined || signs.id === asked || !keys.some(({ phase }) => phase === "ready")) continue;
    const { status } = await product.cli("key", "rotate", domain);
    if (status !== 0) continue;
    asked = signs.id;
    report.asked++;
  }
}

async function send(product: Chancery, password: string, signal: AbortSignal): Promise<void> {
  const client = newClient(product.listen.relay, { name: "app@esp.example", password });
  const under = new Set<Promise<void>>();
  for (let number = 1; !signal.aborted; number++) {
    const subject = `chaos ${number}`;
    const one = client.send({ from: `news@${domain}`, to: "reader@example.net", subject }).then((answer) => {
      if (answer.taken) report.taken.add(subject);
      else if (answer.code === undefined || answer.code < 500) report.putOff++;
      else violated(`${subject}: refused for good: ${answer.code} ${answer.text}`);
    });
    under.add(one);
    void one.finally(() => under.delete(one));
    await pause(1 / perSecond);
  }
  await Promise.all(under);
  client.close();
}

/** Each delivered message is signed, and verifies at a random moment of its way; a resolver elsewhere asks for it then. */
async function verifyAll(net: Internet, mail: SmtpSink, signal: AbortSignal): Promise<void> {
  let seen = 0;
  let waiting: { file: string; subject: string; dueMs: number }[] = [];
  while (!signal.aborted || waiting.length > 0) {
    for (const message of mail.messages.slice(seen)) {
      seen++;
      const subject = subjectOf(message);
      if (signaturesOf(message).every((signature) => signature.domain !== domain))
        failures["went unsigned"].push(`${subject}: unsigned`);
      const file = writeMessage(directory.path, `${seen} ${subject}`, message);
      waiting.push({ file, subject, dueMs: performance.now() + randomInt(wayMs) });
    }
    const due = waiting.filter(({ dueMs }) => dueMs <= performance.now() || signal.aborted);
    waiting = waiting.filter((one) => !due.includes(one));
    const files = due.map(({ file }) => file);
    for (const { file, result, detail } of await verified(net, files)) {
      const { subject } = due.find((one) => one.file === file)!;
      if (result === "pass") report.verified++;
      else failures["failed verification"].push(`${subject}: ${result} ${detail}`);
    }
    await pause(1);
  }
}

/** A receiver defers what it cannot ask for just now, as the name server is killed too, and asks again. */
async function verified(net: Internet, files: readonly string[]): ReturnType<typeof verifyWith> {
  const said = await verifyWith("dkimpy", files, net.resolver);
  let open = said.filter(({ result }) => result !== "pass");
  for (let attempt = 0; open.length > 0 && attempt < 5; attempt++) {
    await pause(1);
    const again = await verifyWith(
      "dkimpy",
      open.map(({ file }) => file),
      net.freshResolver,
    );
    const passed = new Set(again.filter(({ result }) => result === "pass").map(({ file }) => file));
    for (const one of open) if (passed.has(one.file)) one.result = "pass";
    open = open.filter(({ file }) => !passed.has(file));
  }
  return said;
}
