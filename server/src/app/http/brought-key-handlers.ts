import { setTimeout as pause } from "node:timers/promises";
import { listKeysOfDomain } from "../../engine/database/keys.ts";
import type { DomainRow } from "../../engine/database/schema.ts";
import { Secret } from "../../engine/keystore/secret.ts";
import { reconcileDomain } from "../../service/lifecycle/controller.ts";
import { importKeyOf, type LookAtName } from "../../service/lifecycle/import-key.ts";
import type { KeyListing } from "../../service/lifecycle/key-list.ts";
import { roundBook } from "../../service/lifecycle/rounds.ts";
import { withdrawKey } from "../../service/lifecycle/withdraw-key.ts";
import { domainByName } from "../../service/onboarding/domains.ts";
import { newLeaseOwner } from "../lease-owner.ts";
import { observerOf } from "../observer.ts";
import { configWithSettings } from "../settings.ts";
import type { Caller, Handlers, HandlerContext } from "./handler.ts";
import { shownKey } from "./key-handlers.ts";
import { onlookerOf } from "./onlooker.ts";

/** Keys that customers bring, and take back. */
export function broughtKeyHandlers(context: HandlerContext): Pick<Handlers, "importKey" | "withdrawKey"> {
  const { db, kek, loaded } = context;
  const onlooker = onlookerOf(context);
  const look: LookAtName = async (keyName) => {
    const { config } = await configWithSettings(db, loaded);
    const { answers } = await observerOf(config)(keyName, "TXT");
    const heard = answers.flatMap(({ said }) => (said.kind === "answer" ? [said.records] : []));
    return heard.length === 0
      ? undefined
      : [...new Set(heard.flat().flatMap(({ type, data }) => (type === "TXT" ? [data] : [])))];
  };
  const shown = async (caller: Caller, row: DomainRow, key: KeyListing) => {
    const stored = (await listKeysOfDomain(db, caller.tenantId, row.id)).find(({ id }) => id === key.id)!;
    const { recordName: target, spkiSha256: fingerprint } = stored;
    return shownKey(row.name, key, { target, fingerprint, recent: 0 }); // it has just come, or just gone
  };
  return {
    importKey: async (caller, { params, body }) => {
      const row = await domainByName(db, caller.tenantId, params["domain"]!);
      const { selector, privateKey, publicKey, host, allowSmall } = body as {
        selector: string;
        privateKey?: string;
        publicKey?: string;
        host?: boolean;
        allowSmall?: boolean;
      };
      const key = { privateKey: privateKey === undefined ? undefined : new Secret(privateKey), publicKey, allowSmall };
      const imported = await importKeyOf(
        { ...onlooker, kek, look },
        {
          tenantId: caller.tenantId,
          domainId: row.id,
          selector,
          key,
          ...(host !== undefined && { host }),
          requestedBy: caller.tokenId,
        },
      );
      return shown(caller, row, imported);
    },
    withdrawKey: async (caller, { params, body }) => {
      const row = await domainByName(db, caller.tenantId, params["domain"]!);
      const { selector, yes = false } = body as { selector: string; yes?: boolean };
      const { tenantId, tokenId: requestedBy } = caller;
      const withdrawal = await withdrawKey(onlooker, { tenantId, domainId: row.id, selector, yes, requestedBy });
      return { ...withdrawal, key: await shown(caller, row, withdrawal.key) };
    },
  };
}

/** A controller may have been quicker: then it makes them. */
const triesMax = 50;
const pauseMs = 100;

/** Makes the keys that a claim begins with, where its method has the customer publish them: they are shown at once with everything else. */
export async function makeFirstKeys(context: HandlerContext, row: DomainRow): Promise<void> {
  const deps = {
    ...onlookerOf(context),
    kek: context.kek,
    owner: newLeaseOwner(),
    observe: () => Promise.reject(new Error("nothing is looked at for a claim that is not proven")),
  };
  for (let tries = 0; tries < triesMax; tries++) {
    const { outcome } = await reconcileDomain(deps, roundBook(), row);
    if (outcome !== "held" && outcome !== "lost") return;
    await pause(pauseMs);
  }
}
