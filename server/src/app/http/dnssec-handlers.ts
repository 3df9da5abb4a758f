import type { ZoneDnssec } from "@chancery/api";
import { readZoneAlgorithm } from "../../model/dnssec/algorithms.ts";
import type { SigningMode, ZoneKeyRole } from "../../model/dnssec/zone-key.ts";
import { zoneToSign } from "../../service/dnssec/own-zone.ts";
import { type Asked, disableSigning, enableSigning, rollKey } from "../../service/dnssec/request.ts";
import { zoneDnssec } from "../../service/dnssec/view.ts";
import { Refusal } from "../../service/refusal.ts";
import { timingPolicy } from "../onboarding-settings.ts";
import { askedTimeOf } from "../../service/lifecycle/trusted-time.ts";
import type { Caller, Handlers, HandlerContext } from "./handler.ts";

type Named = "showZoneDnssec" | "enableZoneDnssec" | "disableZoneDnssec" | "rollZoneKey";

/** Signed zones: the operator's for the operator, those delegated with a domain for its tenant as well. */
export function dnssecHandlers({ db, loaded, now }: HandlerContext): Pick<Handlers, Named> {
  const { clockErrorSeconds } = timingPolicy(loaded.config);
  const trustedTime = askedTimeOf({
    db,
    nowMs: () => Date.now(),
    clockErrorSeconds,
  });
  const secondaries = loaded.config["dns.secondaries"].length > 0;
  const askedOf = async (caller: Caller, params: Record<string, string>): Promise<Asked> => ({
    zone: await zoneToSign(db, caller, params["origin"]!),
    actor: caller.tokenId,
    tenantId: caller.admin ? null : caller.tenantId,
    now: now(),
  });
  return {
    showZoneDnssec: async (caller, { params }): Promise<ZoneDnssec> =>
      zoneDnssec(db, await zoneToSign(db, caller, params["origin"]!), now()),
    enableZoneDnssec: async (caller, { params, body }): Promise<ZoneDnssec> => {
      const { algorithm, mode } = body as { algorithm?: number; mode?: SigningMode };
      const asked = await askedOf(caller, params);
      const read = algorithm === undefined ? undefined : readZoneAlgorithm(algorithm);
      if (read?.ok === false) throw new Refusal("invalid-input", read.problem);
      await enableSigning(db, asked, {
        ...(read && { algorithm: read.algorithm }),
        ...(mode && { mode }),
        secondaries,
      });
      return zoneDnssec(db, asked.zone, now());
    },
    disableZoneDnssec: async (caller, { params }): Promise<ZoneDnssec> => {
      const asked = await askedOf(caller, params);
      await disableSigning(db, asked);
      return zoneDnssec(db, asked.zone, now());
    },
    rollZoneKey: async (caller, { params, body }): Promise<ZoneDnssec> => {
      const asked = await askedOf(caller, params);
      await rollKey(db, asked, (body as { role: ZoneKeyRole }).role, await trustedTime.readMs());
      return zoneDnssec(db, asked.zone, now());
    },
  };
}
