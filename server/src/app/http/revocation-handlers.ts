import type { Revocation } from "@chancery/api";
import { callOff, rollBack } from "../../service/lifecycle/go-back.ts";
import type { Intervener } from "../../service/lifecycle/intervene.ts";
import { revokeEverything } from "../../service/lifecycle/revoke-everything.ts";
import { revokeKey, type Revocation as Revoked } from "../../service/lifecycle/revoke-key.ts";
import { domainByName } from "../../service/onboarding/domains.ts";
import { type Caller, type Handlers, type HandlerContext, onlyAdmin } from "./handler.ts";
import { onlookerOf } from "./onlooker.ts";

type Named = "revokeKey" | "revokeAllKeys" | "rollBack" | "abortRotations";

/** What people do about keys when the usual way is not good enough. */
export function revocationHandlers(context: HandlerContext): Pick<Handlers, Named> {
  const onlooker = onlookerOf(context);
  const find = async (
    { tenantId, tokenId: actor }: Caller,
    domain: string,
    stream?: string,
  ): Promise<{ name: string; who: Intervener }> => {
    const { id: domainId, name } = await domainByName(context.db, tenantId, domain);
    return { name, who: { tenantId, domainId, actor, ...(stream !== undefined && { stream }) } };
  };
  return {
    revokeKey: async (caller, { params, body }) => {
      const { name, who } = await find(caller, params["domain"]!);
      const { reason, yes = false } = body as { reason: string; yes?: boolean };
      return shown(name, await revokeKey(onlooker, who, { keyId: params["id"]!, reason, yes }));
    },
    revokeAllKeys: async (caller, { body }) => {
      onlyAdmin(caller);
      const { reason, wave, after } = body as { reason: string; wave: number; after?: string };
      return revokeEverything(onlooker, { actor: caller.tokenId, reason, wave: { limit: wave, after } });
    },
    rollBack: async (caller, { params, body }) => {
      const { reason = "asked for", stream } = (body ?? {}) as { reason?: string; stream?: string };
      const { name, who } = await find(caller, params["domain"]!, stream);
      return { domain: name, items: await rollBack(onlooker, who, reason) };
    },
    abortRotations: async (caller, { params, body }) => {
      const { stream } = (body ?? {}) as { stream?: string };
      const { name, who } = await find(caller, params["domain"]!, stream);
      return { domain: name, rotations: await callOff(onlooker, who) };
    },
  };
}

function shown(domain: string, revoked: Revoked): Revocation {
  const { keyId, selector, standIn, residual, remove, uses, elsewhere } = revoked;
  return {
    key: keyId,
    domain,
    selector,
    signsInstead: standIn?.by ?? null,
    insteadSelector: standIn !== undefined && "selector" in standIn ? standIn.selector : null,
    residualSeconds: residual.cacheSeconds,
    staleSeconds: residual.staleServingSeconds,
    residualUntil: residual.until,
    remove: remove ?? null,
    revoked: revoked.revoked,
    elsewhere,
    ...uses,
  };
}
