import assert from "node:assert/strict";
import { BlockList, isIPv6 } from "node:net";
import type { Signer } from "chancery/dkim";
import { ACTION, type FinalAction, insertOnTop } from "chancery/milter";
import { findSenderByName } from "../../engine/database/senders.ts";
import { findTenantByName } from "../../engine/database/tenants.ts";
import type { Database } from "../../engine/database/schema.ts";
import type { BodySink, Opening } from "../../engine/milter-server/decide.ts";
import { startMilterServer } from "../../engine/milter-server/server.ts";
import { milterOrigin } from "../../model/milter-trust.ts";
import { outcomeOf, type SigningStart, startSigningFor } from "../../service/signing/sign-message.ts";
import { canaryOf } from "../canary.ts";
import { type Config, endpointText } from "../config-keys.ts";
import { ConfigError } from "../config.ts";
import { followKeyRing } from "../key-ring-follower.ts";
import { openKeystore } from "../keystore.ts";
import { timingPolicy } from "../onboarding-settings.ts";
import { kekFileOf, openConfiguredDatabase } from "../prepare.ts";
import type { RoleContext, RunningRole } from "../role-context.ts";
import { openSigningClock } from "../signing-clock.ts";

/** What an MTA waits for at most is short; the database gets less. */
const statementTimeoutMs = 2000;

/** Signs mail inside Postfix and Sendmail: mail of our own side, for the domains of one tenant. */
export async function startMilter({ loaded, directory, log }: RoleContext): Promise<RunningRole> {
  const db = await openConfiguredDatabase(loaded, directory, { statementTimeoutMs });
  const now = openSigningClock(directory.signingClock, log);
  const { kek } = await openKeystore(db, kekFileOf(loaded, directory), now());
  const keys = await followKeyRing(db, kek, loaded, log, "milter", now);
  const canary = canaryOf(() => keys.config(), log);
  const trusted = trustedClients(loaded.config);
  const server = await startMilterServer({
    listen: loaded.config["milter.listen"],
    wanted: { requiredActions: ACTION.ADDHDRS },
    onFault: ({ cause, ...fault }) =>
      log.warn(
        { ...fault, ...(cause !== undefined && { error: cause instanceof Error ? cause.message : "not an error" }) },
        "milter",
      ),
    decide: {
      openMessage: async (message, _signal, mta) => {
        if (milterOrigin(message, trusted) === "inbound") return accept;
        const tenant = await tenantOf(db, keys.config(), mta);
        const lifetimeSeconds = timingPolicy(keys.config()).milterSignatureLifetimeSeconds;
        return openingOf(
          await startSigningFor(keys.ring, tenant, message.header, { now: now(), lifetimeSeconds, canary }),
        );
      },
    },
  });
  const { host } = loaded.config["milter.listen"];
  return {
    listening: endpointText({ host, port: server.port }),
    close: async () => {
      await server.close();
      await keys.close();
      await db.destroy();
    },
  };
}

const accept: Opening = { kind: "decided", final: { action: "accept" } };

/** The answer to the MTA: sign, refuse for ever, or try again later. Mail of domains that are not ours passes as it is. */
function openingOf(start: SigningStart): Opening {
  switch (start.outcome) {
    case "not-ours":
      return accept;
    case "refuse":
    case "defer":
      return { kind: "decided", final: finalOf(start) };
    case "sign":
      return { kind: "body", sink: signingSink(start.signer) };
  }
}

/** Feeds the body to the signer. What the signer will not sign is remembered, and told when the message has ended. */
function signingSink(signer: Signer): BodySink {
  let refused: FinalAction | undefined;
  return {
    update: (chunk) => {
      if (refused !== undefined) return;
      try {
        signer.update(chunk);
      } catch (error) {
        refused = finalOf(outcomeOf(error));
      }
    },
    finish: async () => {
      if (refused !== undefined) return refused;
      try {
        const inserted = insertOnTop(await signer.finish());
        assert(inserted.ok, "what the signer made are header fields");
        return { action: "accept", headerChanges: inserted.value };
      } catch (error) {
        return finalOf(outcomeOf(error));
      }
    },
  };
}

const finalOf = ({ outcome, detail }: Extract<SigningStart, { outcome: "refuse" | "defer" }>): FinalAction =>
  outcome === "refuse"
    ? { action: "reject", reply: { code: 550, enhanced: "5.7.1", text: detail } }
    : { action: "tempfail", reply: { code: 451, enhanced: "4.7.5", text: `cannot be signed now: ${detail}` } };

/** Whose mail an MTA hands us: the tenant that has it as a sender, else the one that the listener is set to. */
async function tenantOf(db: Database, config: Config, mta: string): Promise<string> {
  const sender = await findSenderByName(db, "milter", mta.replace(/^::ffff:/, ""));
  if (sender !== undefined) return sender.tenantId;
  const tenant = await findTenantByName(db, config["milter.tenant"]);
  if (tenant === undefined) throw new ConfigError(`milter.tenant: there is no tenant ${config["milter.tenant"]}`);
  return tenant.id;
}

/** Client addresses whose unauthenticated mail counts as ours: addresses, or networks as ADDRESS/BITS. */
function trustedClients(config: Config): (address: string) => boolean {
  const list = new BlockList();
  for (const network of config["milter.trusted_clients"]) {
    const [address = "", bits] = network.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    try {
      list.addSubnet(address, Number(bits ?? (family === "ipv6" ? 128 : 32)), family);
    } catch {
      throw new ConfigError(`milter.trusted_clients: ${network} is not an address or ADDRESS/BITS`);
    }
  }
  return (address) => list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
