import type { Alias } from "@chancery/api";
import { TYPE } from "chancery/dns";
import { observeAtAuthorities } from "../../engine/resolver/authorities/authorities.ts";
import { type AliasListing, listAliases } from "../../service/lifecycle/alias-list.ts";
import {
  type AliasRequest,
  type AliasRequestDeps,
  requestAliasMove,
} from "../../service/lifecycle/request-alias-move.ts";
import { domainByName } from "../../service/onboarding/domains.ts";
import { iterativeOptions } from "../observer.ts";
import { configWithSettings } from "../settings.ts";
import { onlookerOf } from "./onlooker.ts";
import type { Handlers, HandlerContext } from "./handler.ts";

/** Aliases that lead on to upstream providers. */
export function aliasHandlers({ db, loaded }: HandlerContext): Pick<Handlers, "listAliases" | "moveAlias"> {
  const deps: AliasRequestDeps = {
    ...onlookerOf({ db, loaded }),
    observe: async (name) => {
      const { config } = await configWithSettings(db, loaded);
      return observeAtAuthorities(name, TYPE.TXT, iterativeOptions(config));
    },
  };
  return {
    listAliases: async ({ tenantId }, { params }) => {
      const row = await domainByName(db, tenantId, params["domain"]!);
      const aliases = await listAliases(deps, tenantId, row.id);
      return { items: aliases.map((one) => shown(row.name, one)), next: null };
    },
    moveAlias: async ({ tenantId, tokenId: requestedBy }, { params, body }) => {
      const row = await domainByName(db, tenantId, params["domain"]!);
      const { to, back, cancel, oldStoppedAt, yes } = body as MoveBody;
      const move = to !== undefined ? { to } : back ? "back" : cancel ? "cancel" : undefined;
      const request: AliasRequest = {
        ...(move && { move }),
        ...(oldStoppedAt !== undefined && { oldStoppedAt }),
        ...(yes && { yes }),
      };
      const selector = params["selector"]!.toLowerCase();
      return shown(
        row.name,
        await requestAliasMove(deps, { tenantId, domainId: row.id, selector, requestedBy }, request),
      );
    },
  };
}

type MoveBody = { to?: string; back?: true; cancel?: true; oldStoppedAt?: number; yes?: boolean };

function shown(domain: string, one: AliasListing): Alias {
  const { selector, keyName: name, aliasName: alias, phase, since, target, wanted, previous, waits, seen } = one;
  const told =
    wanted === undefined ? waits : waits.toSorted((a, b) => Number(a.for === "sight") - Number(b.for === "sight"));
  const [wait] = told;
  return {
    domain,
    selector,
    name,
    alias,
    phase,
    since,
    target: target ?? null,
    wanted: wanted ?? null,
    previous: previous ?? null,
    waitsFor: wait === undefined ? null : `${wait.for}: ${wait.reason}`,
    waitsUntil: wait?.until ?? null,
    use: one.use,
    seen: seen.map(({ key, names, reasons, ...rest }) => ({
      ...rest,
      names: [...names],
      reasons: [...reasons],
      fingerprint: key?.fingerprint ?? null,
    })),
  };
}
