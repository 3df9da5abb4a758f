import { hostname } from "node:os";
import { keptCertificate } from "../../engine/smtp-relay/certificate-files.ts";
import { openIngestStore, startIngest as startIngestEngine } from "../../engine/smtp-relay/ingest-store.ts";
import { endpointText } from "../config-keys.ts";
import type { RoleContext, RunningRole } from "../role-context.ts";

const messageOctetsMax = 25 * 1024 * 1024;
const messagesMax = 100_000;
const freeOctetsMin = 64 * 1024 * 1024;

/** Takes reports by mail and keeps them, durable before 250, until something reads them. */
export async function startIngest({ loaded, directory, log }: RoleContext): Promise<RunningRole> {
  const now = (): number => Math.floor(Date.now() / 1000);
  const name = hostname();
  const store = await openIngestStore({
    directory: directory.ingest,
    now,
    messagesMax,
    freeOctetsMin,
    messageOctetsMax,
    quarantined: (id, problem) => log.error({ id, problem }, "a stored report cannot be read"),
  });
  const { host, port } = loaded.config["ingest.listen"];
  const listener = await startIngestEngine({
    listen: { host, port },
    hostname: name,
    tls: await keptCertificate({ directory: directory.root, hostname: name, now: now() }),
    now,
    limits: { messageOctetsMax },
    store,
    wanted: async () => true,
    failed: (error) => log.error({ error: String(error) }, "ingest"),
    stored: ({ id, octets }) => log.info({ id, octets }, "report stored"),
  });
  return { listening: endpointText({ host, port: listener.port }), close: () => listener.close() };
}
