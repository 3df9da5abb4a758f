/**
 * A relay in a process of its own, to be killed. Configured by RELAY_CHILD (JSON); writes its port, and at `crashAt` kills
 * itself with SIGKILL. The signature is a constant: what matters here is that it is there.
 */
import { type Checkpoint } from "../../server/src/engine/smtp-relay/relay-event.ts";
import { startRelay } from "../../server/src/engine/smtp-relay/relay.ts";
import { selfSignedCertificate } from "../../server/src/engine/smtp-relay/self-signed.ts";

const settings = JSON.parse(process.env["RELAY_CHILD"] ?? "{}") as {
  directory: string;
  hopPort: number;
  crashAt?: Checkpoint;
  messageOctetsMax?: number;
  freeOctetsMin?: number;
  indexMax?: number;
};

const now = (): number => Date.now() / 1000;
const hostname = "relay.example.com";

const relay = await startRelay({
  listen: { host: "127.0.0.1", port: 0 },
  hostname,
  tls: selfSignedCertificate({ hostname, now: now() }),
  directory: settings.directory,
  nextHop: () => ({ host: "127.0.0.1", port: settings.hopPort }),
  postmaster: `postmaster@${hostname}`,
  now,
  authenticate: async (login, password) => (password === "right" ? { tenant: login, sender: login } : undefined),
  accept: async () => undefined,
  sign: async () => ({ ok: Buffer.from("DKIM-Signature: v=1; d=example.com; b=AAAA\r\n"), keyIds: ["key_1"] }),
  stillValid: async () => true,
  signatureAgeMaxSeconds: () => 86_400,
  report: () => undefined,
  limits: { messageOctetsMax: settings.messageOctetsMax ?? 1_000_000 },
  queue: { freeOctetsMin: settings.freeOctetsMin ?? 0, indexMax: settings.indexMax ?? 1000 },
  retry: { firstSeconds: 0.1, capSeconds: 0.5 },
  checkpoint: (at) => {
    if (at === settings.crashAt) process.kill(process.pid, "SIGKILL");
  },
});

process.on("message", () => process.send?.({ rss: process.memoryUsage().rss, queued: relay.queued }));
process.on("disconnect", () => process.exit());
process.send?.({ port: relay.port });
