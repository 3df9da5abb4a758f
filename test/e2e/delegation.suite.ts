// What Chancery is for, from the first command to a rotation under way: the same on either database and by any method.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Domain, Key } from "@chancery/api";
import { startSink, type SmtpSink } from "../fakes/smtp-sink.ts";
import { type Postfix, startPostfix } from "../postfix.ts";
import { type Chancery, newChancery, type Settings } from "../rig/chancery.ts";
import {
  domainOf,
  everyVerifierPasses,
  keysOf,
  type Method,
  verdictsOn,
  whenPhase,
  zoneTextFor,
} from "../rig/delegation.ts";
import { type Dug, dig } from "../rig/dig.ts";
import { type Internet, startInternet } from "../rig/internet.ts";
import { delivered, type Login, newClient, signaturesOf, swaks } from "../rig/mail.ts";
import { pause, temporaryDirectory } from "../rig/peer.ts";
import { onTheWaySeconds, quickPolicy } from "../rig/policy.ts";
import { startStream } from "../rig/stream.ts";

type Customer = { domain: string; method: Method };

const messagesPerSecond = 4;
const traceEverySeconds = 2;

/** What a customer gets wrong: the right names with somebody else's values. */
const wronglyPublished = (text: string): string =>
  text
    .replace(/(\sTXT\s+)"[^"]*"/g, '$1"somebody-elses-token"')
    .replace(/(\sCNAME\s+)\S+/g, "$1elsewhere.example.net.")
    .replace(/(\sNS\s+)\S+/g, "$1ns.elsewhere.example.net.");

/** Nothing a resolver could use stands at a name. */
const isAbsent = ({ rcode, answers }: Dug): boolean =>
  answers.length === 0 && (rcode === "NXDOMAIN" || rcode === "NOERROR");

/** What the suite runs on, for tests that come after it. Filled when they run. */
export type DelegationRig = {
  internet: Internet;
  chancery: Chancery;
  sink: SmtpSink;
  submission: Postfix;
  login: Login;
  directory: string;
};

export function delegationSuite(options: {
  net: number;
  customers: readonly Customer[];
  settings: () => Promise<Settings> | Settings;
}): () => DelegationRig {
  const { customers } = options;
  const directory = temporaryDirectory("e2e");
  const login: Login = { name: "app@esp.example", password: "" };
  const stops: (() => Promise<void> | void)[] = [() => directory.remove()];
  let internet: Internet;
  let chancery: Chancery;
  let sink: SmtpSink;
  let submission: Postfix;

  beforeAll(async () => {
    [internet, sink] = await Promise.all([
      startInternet({ net: options.net, customers: customers.map(({ domain }) => domain) }),
      startSink(),
    ]);
    stops.push(
      () => internet.stop(),
      () => sink.close(),
    );
    const nextHop = await startPostfix({ nextHopPort: sink.port });
    stops.push(() => nextHop.stop());
    chancery = await newChancery(internet, {
      ...quickPolicy,
      ...(await options.settings()),
      "relay.next_hop": `127.0.0.1:${nextHop.port}`,
    });
    stops.push(() => chancery.remove());
    submission = await startPostfix({
      nextHopPort: sink.port,
      smtpdMilters: [chancery.listen.milter.port],
    });
    stops.push(() => submission.stop());
    await chancery.start();
    const [sender] = (await chancery.json(["sender", "add", login.name])) as { password: string }[];
    login.password = sender!.password;
  });

  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  const each = test.each(customers);
  const publish = (domain: string, text: string): Promise<void> => internet.customers[domain]!.publish(text);
  const states = ({ records }: Domain): string[] => [...new Set(records.map(({ state }) => state))];
  const verify = async (domain: string, status: number): Promise<Domain> =>
    domainOf(await chancery.json(["domain", "verify", domain], [status]));
  const active = (domain: string): Promise<Key> => whenPhase(chancery, domain, "active");

  each("$domain ($method) is added, and nothing is served before it is proven", async ({ domain, method }) => {
    const added = domainOf(await chancery.json(["domain", "add", domain, "--method", method]));
    expect(added).toMatchObject({ domain, method, status: "pending", claim: "pending" });
    expect(added.records.length).toBeGreaterThanOrEqual(2);
    const looked = await verify(domain, 1);
    expect(looked).toMatchObject({ status: "pending", claim: "pending" });
    expect(states(looked)).toEqual(["absent"]);
    expect(await keysOf(chancery, domain)).toEqual([]);
  });

  each("$domain: records with other values are wrong, and prove nothing", async ({ domain }) => {
    await publish(domain, wronglyPublished(await zoneTextFor(chancery, domain)));
    const looked = await verify(domain, 1);
    expect(looked.claim).toBe("pending");
    expect(states(looked)).toEqual(["wrong"]);
    for (const record of looked.records)
      expect(record.found?.join(" ")).toMatch(/elsewhere\.example\.net|somebody-elses-token/);
  });

  test("mail of a domain that nobody has proven is not taken", async () => {
    const { domain } = customers[0]!;
    const letter = { from: `news@${domain}`, to: "reader@example.net", subject: "too early" };
    const [relay, milter] = await Promise.all([
      swaks(chancery.listen.relay, letter, login),
      swaks({ host: "127.0.0.1", port: submission.port }, letter),
    ]);
    expect(relay.stdout).toMatch(/<\*\* 5\d\d|<\*\* 4\d\d|<~\* [45]\d\d/);
    // The milter has no say over mail of domains that are not ours; it must not sign it.
    await pause(2);
    expect(sink.messages.flatMap(signaturesOf)).toEqual([]);
    expect(milter.status === 0).toBe(sink.messages.length === 1);
    sink.messages.length = 0;
  });

  each("$domain: the zone text as printed makes every record present", async ({ domain }) => {
    await publish(domain, await zoneTextFor(chancery, domain));
    const looked = await verify(domain, 0);
    expect(looked).toMatchObject({ status: "valid", claim: "verified" });
    expect(states(looked)).toEqual(["present"]);
  });

  each(
    "DNS-F-01 (a, b) $domain ($method): its first key is served with authority and found from the root",
    async ({ domain }) => {
      const key = await active(domain);
      for (const via of ["udp", "tcp"] as const) {
        const served = await dig(chancery.listen.dns, key.target, "TXT", via);
        expect(served).toMatchObject({ rcode: "NOERROR", authoritative: true });
        expect(served.answers.map(unquoted)).toEqual([key.record]);
      }
      const found = await dig({ host: internet.resolver.address }, key.name, "TXT");
      expect(found.answers.map(unquoted)).toContain(key.record);
    },
  );

  each(
    "$domain: mail through the relay, STARTTLS and AUTH, Postfix as next hop, passes every verifier",
    async ({ domain }) => {
      const subject = `relay ${domain}`;
      const sent = await swaks(
        chancery.listen.relay,
        { from: `news@${domain}`, to: "reader@example.net", subject },
        login,
      );
      expect(sent.status, sent.stdout + sent.stderr).toBe(0);
      const { file, message } = await delivered(sink, subject, directory.path);
      expect(signaturesOf(message)).toMatchObject([{ domain, selector: (await active(domain)).selector }]);
      expect(await verdictsOn(chancery, internet, file)).toEqual(everyVerifierPasses);
    },
  );

  each("$domain: mail through Postfix with our milter passes every verifier", async ({ domain }) => {
    const subject = `milter ${domain}`;
    const sent = await swaks(
      { host: "127.0.0.1", port: submission.port },
      { from: `news@${domain}`, to: "reader@example.net", subject },
    );
    expect(sent.status, sent.stdout + sent.stderr).toBe(0);
    const { file, message } = await delivered(sink, subject, directory.path);
    expect(signaturesOf(message)).toMatchObject([{ domain, selector: (await active(domain)).selector }]);
    expect(await verdictsOn(chancery, internet, file)).toEqual(everyVerifierPasses);
  });

  test("a rotation in the middle of a steady stream of mail loses nothing and breaks nothing", async () => {
    const before = await Promise.all(customers.map(({ domain }) => active(domain)));
    await Promise.all(customers.map(({ domain }) => whenPhase(chancery, domain, "ready"))); // the stand-by
    const relay = newClient(chancery.listen.relay, login);
    const milter = newClient({ host: "127.0.0.1", port: submission.port });
    const lanes = customers.flatMap(({ domain }) => [
      { name: `relay ${domain}`, client: relay, from: `news@${domain}` },
      { name: `milter ${domain}`, client: milter, from: `news@${domain}` },
    ]);
    const stream = startStream({
      lanes,
      perSecond: messagesPerSecond,
      sink,
      chancery,
      internet,
      directory: directory.path,
      drainSeconds: onTheWaySeconds,
    });
    await pause(4);
    await Promise.all(customers.map(({ domain }) => chancery.json(["key", "rotate", domain])));
    const watching = traceUntilWithdrawn(before);
    watching.catch(() => {}); // awaited below
    await Promise.all(before.map((old) => whenPhase(chancery, old.domain, "draining", 60, ({ id }) => id === old.id)));
    await Promise.all(
      before.map((old) => whenPhase(chancery, old.domain, "withdrawn", 120, ({ id }) => id === old.id)),
    );
    const odd = await watching;
    const report = await stream.finish();

    expect(report.failures).toEqual([]);
    expect(report.notTaken).toEqual([]);
    expect(report.arrived.length).toBe(report.taken);
    expect(report.arrived.filter(({ selectors }) => selectors.length !== 1)).toEqual([]);
    expect(odd).toEqual([]);
    const after = await Promise.all(customers.map(({ domain }) => active(domain)));
    for (const [index, { domain }] of customers.entries()) {
      const used = report.arrived
        .filter(({ subject }) => subject.includes(` ${domain} `))
        .flatMap(({ selectors }) => selectors);
      expect([...new Set(used)]).toEqual([before[index]!.selector, after[index]!.selector]);
    }
    console.info(
      `stream: ${report.taken} messages, all verified twice by ${everyVerifierPasses.length} verifiers; looks ended at most ${report.latestLookSeconds.toFixed(1)} s after they were due`,
    );

    for (const old of before) {
      for (const via of ["udp", "tcp"] as const)
        expect(await dig(chancery.listen.dns, old.target, "TXT", via)).toSatisfy(isAbsent);
      const seen = await dig({ host: internet.freshResolver.address }, old.name, "TXT");
      expect(seen.answers.filter((answer) => answer.includes("p="))).toEqual([]);
    }
  });

  /** Follows old and new key through the rotation: whoever signs or drains has to be traced to its key at every moment. */
  async function traceUntilWithdrawn(before: readonly Key[]): Promise<string[]> {
    const odd: string[] = [];
    const done = new Set<string>();
    const resolver = `${internet.resolver.address}:${internet.resolver.port}`;
    for (; done.size < before.length; await pause(traceEverySeconds)) {
      for (const { id, domain } of before) {
        const keys = await keysOf(chancery, domain);
        if (keys.find((key) => key.id === id)?.phase === "withdrawn") done.add(id);
        for (const key of keys.filter(({ phase }) => phase === "active" || phase === "draining")) {
          const { status, stdout, stderr } = await chancery.cli(
            "trace",
            key.selector,
            domain,
            "--resolver",
            resolver,
            "--json",
          );
          // Between reading the phase and looking, a drain may have ended.
          const now = (await keysOf(chancery, domain)).find((one) => one.id === key.id)?.phase;
          if (status !== 0 && (now === "active" || now === "draining"))
            odd.push(`${key.selector} ${domain} (${now}): ${status} ${stdout}${stderr}`);
        }
      }
    }
    return odd;
  }

  return () => ({ internet, chancery, sink, submission, login, directory: directory.path });
}

/** A TXT answer as dig prints it, its character-strings joined. */
const unquoted = (answer: string): string =>
  [...answer.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text.replaceAll(/\\(.)/g, "$1")).join("");
