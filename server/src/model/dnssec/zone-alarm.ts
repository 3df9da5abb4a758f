import { day, type Seconds, utcText } from "../seconds.ts";
import { isShown } from "./presence.ts";
import type { ZoneKey } from "./zone-key.ts";
import type { ZoneLook } from "./zone-look.ts";

/** Signatures that end sooner are an alarm: whoever is woken has the time to find out why (F-29). */
export const expiryAlarmSeconds: Seconds = 3 * day;

/** What is wrong with a signed zone, for people, with what to do. */
export function zoneAlarms(
  {
    look,
    keys,
    ownExpiresAt,
  }: { look: ZoneLook | undefined; keys: readonly ZoneKey[]; ownExpiresAt?: Seconds | undefined },
  now: Seconds,
): string[] {
  const alarms: string[] = [];
  if (ownExpiresAt !== undefined && ownExpiresAt - now < expiryAlarmSeconds)
    alarms.push(
      `the signatures in the database end at ${utcText(ownExpiresAt)}: the controller's log says why it makes no others`,
    );
  const isNamed = look?.parents.some((seen) => seen.state === "answered" && seen.ds.length > 0) ?? false;
  for (const seen of look?.servers ?? []) {
    if (seen.state === "unknown") continue;
    const { address, expiresAt } = seen;
    if (expiresAt !== undefined && expiresAt - now < expiryAlarmSeconds)
      alarms.push(
        `${address} serves signatures that end at ${utcText(expiresAt)} (serial ${seen.serial}): see to it that it fetches the zone again`,
      );
    if (isNamed && expiresAt === undefined)
      alarms.push(
        `${address} serves no signatures, and the parent has a DS record: validating resolvers believe nothing it says. Its log says why; if it cannot sign, take it out of the NS records`,
      );
  }
  const published = keys.filter((key) => isShown(key, "dnskey"));
  for (const seen of look?.parents ?? []) {
    if (seen.state === "unknown" || seen.ds.length === 0) continue;
    if (!seen.ds.some((ds) => published.some((key) => key.ds.includes(ds))))
      alarms.push(
        `${seen.address} of the parent has DS records that name no key of the zone (${seen.ds.map((ds) => ds.split(" ")[0]).join(", ")}): validating resolvers believe nothing. Replace them by the one that is shown here`,
      );
  }
  return alarms;
}
