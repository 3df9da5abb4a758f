import { afterAll, describe, expect, test } from "vitest";
import { type PostgresCluster, startPostgres } from "../postgres.ts";
import { childrenOf } from "../rig/chancery.ts";
import { everyVerifierPasses, verdictsOn, whenPhase } from "../rig/delegation.ts";
import { dig } from "../rig/dig.ts";
import { delivered, newClient, signaturesOf } from "../rig/mail.ts";
import { eventually, pause } from "../rig/peer.ts";
import { delegationSuite } from "./delegation.suite.ts";

const domain = "ring.example";
/** Longer than a signer's lease, and than what a signer waits for its database. */
const outageSeconds = 8;

describe("on PostgreSQL", () => {
  let cluster: PostgresCluster | undefined;
  afterAll(() => cluster?.stop());

  const rig = delegationSuite({
    net: 82,
    customers: [{ domain, method: "cname-ring" }],
    settings: async () => {
      cluster = await startPostgres();
      return { "database.url": cluster.url };
    },
  });

  /** Stops the server and its sessions in their tracks, as a network that is cut does it; or lets them go on. */
  const signalDatabase = (signal: "SIGSTOP" | "SIGCONT"): void => {
    for (const pid of [cluster!.pid, ...childrenOf(cluster!.pid)]) process.kill(pid, signal);
  };

  test("with the database away mail is put off, never sent unsigned; names are answered, by a name server that starts meanwhile too", async () => {
    const { chancery, sink, submission, login, directory, internet } = rig();
    const key = await whenPhase(chancery, domain, "active");
    const clients = [newClient(chancery.listen.relay, login), newClient({ host: "127.0.0.1", port: submission.port })];
    const letter = { from: `news@${domain}`, to: "reader@example.net" };
    signalDatabase("SIGSTOP");
    try {
      chancery.killRole("nameserver");
      await pause(outageSeconds);
      const served = await dig(chancery.listen.dns, key.target, "TXT");
      expect(served).toMatchObject({ rcode: "NOERROR", authoritative: true });
      expect(served.answers).toHaveLength(1);
      const answers = await Promise.all(
        clients.map((client) => client.send({ ...letter, subject: "during the outage" })),
      );
      expect(answers).toEqual([
        { taken: false, code: expect.toSatisfy(isLater), text: expect.any(String) },
        { taken: false, code: expect.toSatisfy(isLater), text: expect.any(String) },
      ]);
    } finally {
      signalDatabase("SIGCONT");
    }
    for (const [index, client] of clients.entries()) {
      const subject = `after the outage ${index}`;
      await eventually(async () => ((await client.send({ ...letter, subject })).taken ? true : undefined), {
        seconds: 60,
        otherwise: () => chancery.output().slice(-3000),
      });
      const { file } = await delivered(sink, subject, directory);
      expect(await verdictsOn(chancery, internet, file)).toEqual(everyVerifierPasses);
      client.close();
    }
    expect(sink.messages.filter((message) => signaturesOf(message).length === 0)).toEqual([]);
  });
});

const isLater = (code: number): boolean => code >= 400 && code < 500;
