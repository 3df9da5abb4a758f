import type { Registration } from "@chancery/api";
import type { RegistrationRow } from "../../engine/database/schema.ts";
import { registrableOf } from "../../engine/rdap/registrable.ts";
import { registrationOf } from "../../model/delegation/registration.ts";
import { signingDomain } from "../../service/onboarding/domain-name.ts";
import { registrations, tellExpiry } from "../../service/registration/registrations.ts";
import { onboardingSettings } from "../onboarding-settings.ts";
import { configWithSettings } from "../settings.ts";
import { type Handlers, type HandlerContext, onlyAdmin } from "./handler.ts";

/** Until when domains of ours are registered. They are the operator's. */
export function registrationHandlers({
  db,
  loaded,
  now,
}: HandlerContext): Pick<Handlers, "listRegistrations" | "tellRegistration"> {
  const shown = async (row: RegistrationRow): Promise<Registration> => {
    const { dns, heldZoneUntil } = onboardingSettings((await configWithSettings(db, loaded)).config);
    const isHeld = dns?.heldZone !== undefined && registrableOf(dns.heldZone) === row.name;
    const setting = isHeld ? heldZoneUntil : undefined;
    const { watchedSince: _, ...known } = registrationOf(row.name, row, { setting, since: now(), now: now() });
    return known;
  };
  return {
    listRegistrations: async (caller) => {
      onlyAdmin(caller);
      return { items: await Promise.all((await registrations(db)).map(shown)), next: null };
    },
    tellRegistration: async (caller, { params, body }) => {
      onlyAdmin(caller);
      const expiresAt = Date.parse((body as { expiresOn: string }).expiresOn) / 1000;
      const name = signingDomain(params["name"]!);
      return shown(await tellExpiry(db, { name, expiresAt, by: caller.tokenId, now: now() }));
    },
  };
}
