import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { listKeyFactsOfAll } from "../../engine/database/key-facts.ts";
import { keptCertificate } from "../../engine/smtp-relay/certificate-files.ts";
import type { RelayEvent } from "../../engine/smtp-relay/relay-event.ts";
import type { SignOutcome } from "../../engine/smtp-relay/relay-take.ts";
import { startRelay as startRelayEngine } from "../../engine/smtp-relay/relay.ts";
import { SenderLogin } from "../../service/access/senders.ts";
import { type StoredOutcome, signStored } from "../../service/signing/sign-stored.ts";
import { stillPublic } from "../../service/signing/still-public.ts";
import { canaryOf } from "../canary.ts";
import { type Config, endpointText } from "../config-keys.ts";
import { absolute, ConfigError } from "../config.ts";
import { crashPointOf } from "../crash-point.ts";
import type { DataDirectory } from "../data-directory.ts";
import { followKeyRing } from "../key-ring-follower.ts";
import { openKeystore } from "../keystore.ts";
import type { Log } from "../log.ts";
import { timingPolicy } from "../onboarding-settings.ts";
import { kekFileOf, openConfiguredDatabase } from "../prepare.ts";
import type { RoleContext, RunningRole } from "../role-context.ts";
import { openSigningClock } from "../signing-clock.ts";

/** What a client waits for at most is short; the database gets less. */
const statementTimeoutMs = 2000;

/** SMTP in with STARTTLS and AUTH, sign, durable queue, SMTP out to the next hop. */
export async function startRelay({ loaded, directory, log }: RoleContext): Promise<RunningRole> {
  const db = await openConfiguredDatabase(loaded, directory, { statementTimeoutMs });
  const now = openSigningClock(directory.signingClock, log);
  const { kek } = await openKeystore(db, kekFileOf(loaded, directory), now());
  const keys = await followKeyRing(db, kek, loaded, log, "relay", now);
  const canary = canaryOf(() => keys.config(), log);
  const logins = new SenderLogin(db);
  const name = hostname();
  const checkpoint = crashPointOf(process.env);
  const { host, port } = loaded.config["relay.listen"];
  const relay = await startRelayEngine({
    listen: { host, port },
    hostname: name,
    tls: await certificateOf(loaded.config, directory, name, now()),
    directory: directory.queue,
    nextHop: () => keys.config()["relay.next_hop"],
    postmaster: `postmaster@${name}`,
    now,
    authenticate: async (login, password) => {
      const principal = await logins.principalOf(login, password);
      if (principal === undefined) return undefined;
      const { tenantId: tenant, login: sender, stream } = principal;
      return { tenant, sender, ...(stream !== "" && { stream }) };
    },
    accept: async () =>
      keys.config()["relay.next_hop"] === undefined
        ? { code: 451, text: "4.3.5 relay.next_hop is not set: there is nowhere to send mail to" }
        : undefined,
    sign: async ({ tenant, stream }, message) => {
      const lifetimeSeconds = timingPolicy(keys.config()).relaySignatureLifetimeSeconds;
      const options = { now: now(), lifetimeSeconds, canary, ...(stream !== undefined && { stream }) };
      return outcomeFor(await signStored(keys.ring, tenant, message, options));
    },
    stillValid: async (keyIds) => stillPublic(await listKeyFactsOfAll(db, keyIds), keyIds),
    signatureAgeMaxSeconds: () => timingPolicy(keys.config()).relayOwnQueueSeconds,
    report: (event) => record(log, event),
    ...(checkpoint !== undefined && { checkpoint }),
  });
  return {
    listening: endpointText({ host, port: relay.port }),
    close: async () => {
      await relay.close();
      await keys.close();
      await db.destroy();
    },
  };
}

/** Nothing leaves unsigned: mail of a domain that is nobody's here is refused like mail of somebody else's. */
function outcomeFor(signed: StoredOutcome): SignOutcome {
  switch (signed.outcome) {
    case "signed":
      return { ok: signed.fields, keyIds: signed.keyIds };
    case "not-ours":
    case "refuse":
      return { refuse: { code: 550, enhanced: "5.7.1", text: signed.detail } };
    case "defer":
      return { defer: { text: `cannot be signed now: ${signed.detail}` } };
  }
}

async function certificateOf(
  config: Config,
  directory: DataDirectory,
  name: string,
  now: number,
): Promise<{ cert: string; key: string }> {
  const [cert, key] = [config["relay.tls.cert"], config["relay.tls.key"]];
  if (cert !== undefined && key !== undefined)
    return { cert: readFileSync(absolute(cert), "utf8"), key: readFileSync(absolute(key), "utf8") };
  if (cert !== undefined || key !== undefined)
    throw new ConfigError("relay.tls.cert and relay.tls.key belong together: one of them is not set");
  return keptCertificate({ directory: directory.root, hostname: name, now });
}

function record(log: Log, event: RelayEvent): void {
  const { event: what, ...fields } = event;
  if (event.event === "fault") log.error({ error: String(event.error) }, "relay");
  else if (["refused", "failed", "quarantined", "stalled", "discarded"].includes(what)) log.warn(fields, what);
  else log.info(fields, what);
}
