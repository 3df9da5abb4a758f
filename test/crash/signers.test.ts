// kill -9 of relay and milter at any moment: what was answered with 250 is delivered, signed; what was not may come twice, never
// unsigned.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SinkAnswer, type SmtpSink, startSink } from "../fakes/smtp-sink.ts";
import { type Postfix, startPostfix } from "../postfix.ts";
import { type Chancery, newChancery, whenRestarted } from "../rig/chancery.ts";
import { takeDelegation } from "../rig/delegation.ts";
import { type Internet, startInternet } from "../rig/internet.ts";
import {
  type Client,
  type Login,
  newClient,
  type NotTaken,
  signaturesOf,
  subjectOf,
  writeMessage,
} from "../rig/mail.ts";
import { eventually, pause, temporaryDirectory } from "../rig/peer.ts";
import { ownQueueSeconds, quickPolicy } from "../rig/policy.ts";
import { verifyWith } from "../rig/verifiers.ts";

const domain = "ring.example";
const login: Login = { name: "app@esp.example", password: "" };
const kills = 3;
const clientsAtOnce = 4;
const directory = temporaryDirectory("relay-crash");
let internet: Internet;
let sink: SmtpSink;
let chancery: Chancery;
let submission: Postfix;
let nextHopHangs = false;

beforeAll(async () => {
  [internet, sink] = await Promise.all([
    startInternet({ net: 84, customers: [domain] }),
    startSink({ script: ({ verb }): SinkAnswer => (nextHopHangs && verb === "MAIL" ? { hang: true } : undefined) }),
  ]);
  chancery = await newChancery(internet, { ...quickPolicy, "relay.next_hop": `127.0.0.1:${sink.port}` });
  submission = await startPostfix({ nextHopPort: sink.port, smtpdMilters: [chancery.listen.milter.port] });
  await chancery.start();
  const [sender] = (await chancery.json(["sender", "add", login.name])) as { password: string }[];
  login.password = sender!.password;
  await takeDelegation(chancery, internet.customers[domain]!, "cname-ring");
});
afterAll(async () => {
  await chancery?.remove();
  await Promise.all([sink?.close(), internet?.stop(), submission?.stop()]);
  directory.remove();
});

const deliveredSubjects = (): Set<string> => new Set(sink.messages.map(subjectOf));

/**
 * Every message at the sink is signed as the customer and verifies: for a receiver who asks only now. A resolver that was asked
 * while the name server was stopped (by the relay's look at its own signatures) remembers that for a while.
 */
async function everyDeliveredIsSigned(): Promise<void> {
  expect(
    sink.messages
      .filter((message) => signaturesOf(message).every((signature) => signature.domain !== domain))
      .map(subjectOf),
  ).toEqual([]);
  const files = sink.messages.map((message, index) =>
    writeMessage(directory.path, `${index} ${subjectOf(message)}`, message),
  );
  const verdicts = await verifyWith("OpenDKIM", files, internet.freshResolver);
  expect(verdicts.filter(({ result }) => result !== "pass")).toEqual([]);
}

test.each(["relay", "milter"] as const)(
  "%s, killed while mail flows: nothing that was taken is lost, nothing goes unsigned",
  async (role) => {
    sink.messages.length = 0;
    const client =
      role === "relay"
        ? newClient(chancery.listen.relay, login)
        : newClient({ host: "127.0.0.1", port: submission.port });
    const sending: Sending = { on: true, taken: [], notTaken: [] };
    const workers = Array.from({ length: clientsAtOnce }, (_, worker) =>
      sendSteadily(client, `${role} w${worker}`, sending),
    );
    for (let kill = 0; kill < kills; kill++) {
      await pause(2);
      await whenRestarted(chancery, role, chancery.killRole(role));
    }
    await pause(1);
    sending.on = false;
    await Promise.all(workers);
    client.close();
    await eventually(() => (sending.taken.every((subject) => deliveredSubjects().has(subject)) ? true : undefined), {
      seconds: 90,
      otherwise: () =>
        `lost: ${sending.taken.filter((subject) => !deliveredSubjects().has(subject)).join(", ")}\n${chancery.output().slice(-3000)}`,
    });
    console.info(
      `${role}: ${sending.taken.length} taken, ${sending.notTaken.length} not taken, ${sink.messages.length} delivered over ${kills} kills`,
    );
    expect(sending.taken.length).toBeGreaterThan(kills * 5);
    expect(sending.notTaken.filter(({ code }) => code !== undefined && code >= 500)).toEqual([]); // "later" is all that may be said
    await everyDeliveredIsSigned();
  },
);

test("killed with a full queue: everything in it is delivered once the next hop answers again, under a young signature (I-9)", async () => {
  sink.messages.length = 0;
  nextHopHangs = true;
  const client = newClient(chancery.listen.relay, login);
  const subjects = Array.from({ length: 20 }, (_, index) => `queued ${index}`);
  for (const subject of subjects)
    expect(await client.send({ from: `news@${domain}`, to: "reader@example.net", subject })).toEqual({ taken: true });
  client.close();
  expect(sink.messages).toEqual([]);
  await pause(ownQueueSeconds + 1);
  const old = chancery.killRole("relay");
  nextHopHangs = false;
  await whenRestarted(chancery, "relay", old);
  await eventually(() => (subjects.every((subject) => deliveredSubjects().has(subject)) ? true : undefined), {
    seconds: 120,
    otherwise: () =>
      `lost: ${subjects.filter((subject) => !deliveredSubjects().has(subject)).join(", ")}\n${chancery.output().slice(-3000)}`,
  });
  const ages = sink.messages.flatMap(signaturesOf).map(({ signedAt }) => Date.now() / 1000 - signedAt);
  expect(ages.filter((age) => age > ownQueueSeconds)).toEqual([]);
  await everyDeliveredIsSigned();
});

/**
 * Between the last fsync and the 250: the client was not told, the message is there all the same, and comes once signed. After
 * the next hop took a message and before that is written down: it comes twice.
 */
const moments = [
  { point: "stored", answered: false, times: 1 },
  { point: "handed-over", answered: true, times: 2 },
] as const;

test.each(moments)(
  "killed at the moment named $point: the message comes $times times, signed",
  async ({ point, answered, times }) => {
    sink.messages.length = 0;
    await chancery.stop();
    const dying = await chancery.run("relay", { CRASH_AT: point });
    const subject = `killed when ${point}`;
    const client = newClient(chancery.listen.relay, login);
    const answer = await client.send({ from: `news@${domain}`, to: "reader@example.net", subject });
    client.close();
    expect((await dying.ended).signal).toBe("SIGKILL");
    expect(answer.taken).toBe(answered);
    expect(sink.messages).toHaveLength(times - 1);
    const next = await chancery.run("relay");
    await eventually(() => (sink.messages.length === times ? true : undefined), {
      seconds: 30,
      otherwise: () => `${sink.messages.length} messages came:\n${chancery.output().slice(-2000)}`,
    });
    await pause(2);
    expect(sink.messages.map(subjectOf)).toEqual(Array.from({ length: times }, () => subject));
    await next.stop();
    await chancery.start();
    await everyDeliveredIsSigned();
  },
);

type Sending = { on: boolean; taken: string[]; notTaken: NotTaken[] };

async function sendSteadily(client: Client, name: string, sending: Sending): Promise<void> {
  for (let number = 0; sending.on; number++) {
    const subject = `${name} ${number}`;
    const answer = await client.send({ from: `news@${domain}`, to: "reader@example.net", subject });
    if (answer.taken) sending.taken.push(subject);
    else {
      sending.notTaken.push(answer);
      await pause(0.1);
    }
  }
}
