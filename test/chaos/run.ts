// Chaos: roles of `chancery up` are killed with -9 again and again while mail flows and keys rotate, and receivers whose resolvers and verifiers
// are not ours verify every message at random moments of its way. Usage: npm run chaos -- [--minutes 3] [--per-second 2]
import { parseArgs } from "node:util";
import { randomInt } from "node:crypto";
import process from "node:process";
import { type SmtpSink, startSink } from "../fakes/smtp-sink.ts";
import { type Chancery, newChancery, type RoleName } from "../rig/chancery.ts";
import { keysOf, takeDelegation, whenPhase } from "../rig/delegation.ts";
import { type Internet, startInternet } from "../rig/internet.ts";
import { newClient, signaturesOf, subjectOf, writeMessage } from "../rig/mail.ts";
import { eventually, pause, temporaryDirectory } from "../rig/peer.ts";
import { verifyWith } from "../rig/verifiers.ts";

const options = { minutes: { type: "string", default: "3" }, "per-second": { type: "string", default: "2" } } as const;
const { values } = parseArgs({ options });
const seconds = Number(values.minutes) * 60;
const perSecond = Number(values["per-second"]);
if (!(seconds > 0 && perSecond > 0)) throw new Error("--minutes and --per-second are numbers above 0");

const domain = "ring.example";
const roles: readonly RoleName[] = ["nameserver", "controller", "relay", "milter", "api", "ingest"];
/** Q_down + V of the lab's policy: so long after it left us a message may still be looked at. */
const wayMs = 7000;
/** Between two kills: the roles come back within a second or two, so that some are killed while they start. */
const [killMsMin, killMsMax] = [50, 500];

type Report = { taken: Set<string>; refused: number; delivered: number; kills: number; rotations: number };
const report: Report = { taken: new Set(), refused: 0, delivered: 0, kills: 0, rotations: 0 };
const failures: string[] = [];
const directory = temporaryDirectory("chaos");
let internet: Internet | undefined;
let sink: SmtpSink | undefined;
let chancery: Chancery | undefined;

try {
  [internet, sink] = await Promise.all([startInternet({ net: 99, customers: [domain] }), startSink()]);
  chancery = await newChancery(internet, { "relay.next_hop": `127.0.0.1:${sink.port}` });
  await chancery.start();
  await play(internet, sink, chancery);
} finally {
  await chancery?.remove();
  await Promise.all([sink?.close(), internet?.stop()]);
  directory.remove();
}
for (const failure of failures) process.stdout.write(`${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function play(net: Internet, mail: SmtpSink, product: Chancery): Promise<void> {
  const [sender] = (await product.json(["sender", "add", "app@esp.example"])) as { password: string }[];
  await takeDelegation(product, net.customers[domain]!, "cname-ring");
  await whenPhase(product, domain, "ready");
  const running = new AbortController();
  const looking = new AbortController();
  const oracle = verifyAll(net, mail, looking.signal);
  const busy = [kill(product, running.signal), rotate(product, running.signal)];
  const sending = send(product, sender!.password, running.signal);
  await pause(seconds);
  running.abort();
  await Promise.all([...busy, sending]);

  const lost = (): string[] => {
    const there = new Set(mail.messages.map(subjectOf));
    return [...report.taken].filter((subject) => !there.has(subject));
  };
  await eventually(() => (lost().length === 0 ? true : undefined), {
    seconds: 120,
    otherwise: () => `lost: ${lost().join(", ")}`,
  }).catch((error: Error) => failures.push(error.message));
  await pause(wayMs / 1000);
  looking.abort();
  await oracle;
  const keys = await keysOf(product, domain);
  const slots = keys.filter(({ phase }) => !/withdrawn|destroyed/.test(phase)).map(({ target }) => target);
  if (new Set(slots).size !== slots.length) failures.push("two keys at one name");
  process.stdout.write(
    `${seconds} s, ${report.kills} kills, ${report.rotations} rotations, ${keys.length} keys: ${report.taken.size} messages taken, ` +
      `${report.refused} put off, ${mail.messages.length} delivered, ${report.delivered} verified, ${failures.length} failures\n`,
  );
}

async function kill(product: Chancery, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(randomInt(killMsMin, killMsMax) / 1000);
    const pid = product.roles()[roles[randomInt(roles.length)]!];
    if (pid === undefined) continue; // between two lives
    try {
      process.kill(pid, "SIGKILL");
      report.kills++;
    } catch {
      // it ended by itself meanwhile
    }
  }
}

/** Asks for a rotation whenever the last one is over. The API is killed too, so that a question may find nobody. */
async function rotate(product: Chancery, signal: AbortSignal): Promise<void> {
  let asked = "";
  while (!signal.aborted) {
    await pause(1);
    const keys = await keysOf(product, domain).catch(() => []);
    const signs = keys.find(({ phase }) => phase === "active");
    if (signs === undefined || signs.id === asked || !keys.some(({ phase }) => phase === "ready")) continue;
    const { status } = await product.cli("key", "rotate", domain);
    if (status !== 0) continue;
    asked = signs.id;
    report.rotations++;
  }
}

async function send(product: Chancery, password: string, signal: AbortSignal): Promise<void> {
  const client = newClient(product.listen.relay, { name: "app@esp.example", password });
  const under = new Set<Promise<void>>();
  for (let number = 1; !signal.aborted; number++) {
    const subject = `chaos ${number}`;
    const one = client.send({ from: `news@${domain}`, to: "reader@example.net", subject }).then((answer) => {
      if (answer.taken) report.taken.add(subject);
      else if (answer.code === undefined || answer.code < 500) report.refused++;
      else failures.push(`${subject}: refused for good: ${answer.code} ${answer.text}`);
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
        failures.push(`${subject}: unsigned`);
      const file = writeMessage(directory.path, `${seen} ${subject}`, message);
      waiting.push({ file, subject, dueMs: performance.now() + randomInt(wayMs) });
    }
    const due = waiting.filter(({ dueMs }) => dueMs <= performance.now() || signal.aborted);
    waiting = waiting.filter((one) => !due.includes(one));
    for (const { file, result, detail } of await verified(
      net,
      due.map((one) => one.file),
    )) {
      report.delivered++;
      if (result !== "pass") failures.push(`${due.find((one) => one.file === file)?.subject}: ${result} ${detail}`);
    }
    await pause(0.3);
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
