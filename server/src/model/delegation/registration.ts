import type { Finding } from "../finding.ts";
import { day, type Seconds, utcText } from "../seconds.ts";

/** What is known of the registration of a domain that a zone of ours is in. */
export type Registration = {
  name: string;
  /** Null: nobody says. */
  expiresAt: Seconds | null;
  /** Who says so: the registry, by RDAP; the operator, for this domain; the setting of the held zone. */
  source: "registry" | "operator" | "setting" | null;
  /** When that was said; null: nobody says when, as of a setting. */
  knownAt: Seconds | null;
  /** Since when it is watched. */
  watchedSince: Seconds;
  /** Why the registry said nothing when it was asked last. */
  problem: string | null;
};

/** As it is stored: what somebody told, and what the registry was seen to say. */
export type RegistrationSeen = {
  createdAt: Seconds;
  toldExpiresAt: Seconds | null;
  toldAt: Seconds | null;
  seenExpiresAt: Seconds | null;
  seenAt: Seconds | null;
  problem: string | null;
};

/** A registry that has said nothing for so long is not listened to any more where somebody else knows. */
const staleSeconds: Seconds = 30 * day;
/** From then on it is told that nobody knows. */
const unknownSeconds: Seconds = 14 * day;

/** What counts: the registry, while it answers; else what was said by hand; else the setting. */
export function registrationOf(
  name: string,
  seen: RegistrationSeen | undefined,
  { setting, since, now }: { setting: Seconds | undefined; since: Seconds; now: Seconds },
): Registration {
  const common = { name, watchedSince: seen?.createdAt ?? since, problem: seen?.problem ?? null };
  const { seenExpiresAt = null, seenAt = null, toldExpiresAt = null, toldAt = null } = seen ?? {};
  const bySeen = { ...common, expiresAt: seenExpiresAt, source: "registry", knownAt: seenAt } as const;
  if (seenAt !== null && now - seenAt <= staleSeconds) return bySeen;
  if (toldExpiresAt !== null) return { ...common, expiresAt: toldExpiresAt, source: "operator", knownAt: toldAt };
  if (setting !== undefined) return { ...common, expiresAt: setting, source: "setting", knownAt: null };
  return seenAt === null ? { ...common, expiresAt: null, source: null, knownAt: null } : bySeen;
}

/** From so many seconds before the end on it is told, the nearest first. */
const grades: readonly (readonly [Seconds, Finding["severity"]])[] = [
  [7 * day, "critical"],
  [30 * day, "high"],
  [60 * day, "medium"],
];

/** A zone whose registration has ended is anybody's, and so is every name that mail was signed as. */
export function registrationFindings(one: Registration, now: Seconds): Finding[] {
  const { name, expiresAt, source, knownAt, watchedSince, problem } = one;
  const asked = problem === null ? [] : [`the registry was asked by RDAP in vain: ${problem}`];
  const findings: Finding[] = [];
  const grade = expiresAt === null ? undefined : grades.find(([before]) => expiresAt - now < before);
  if (expiresAt !== null && grade !== undefined)
    findings.push({
      code: "RegistrationEnds",
      severity: grade[1],
      subject: name,
      summary: `the registration of ${name} ${expiresAt <= now ? "ended" : "ends"} on ${dateText(expiresAt)}`,
      evidence: [sourceText(one), ...asked],
      remedy: `renew ${name} at its registrar${source === "registry" ? "" : `, then say so: chancery domain registration ${name} --registration-expires DATE`}: whoever registers the name next can sign as everybody it is held for`,
    });
  const lastKnown = source === "registry" ? knownAt : source === null ? watchedSince : null;
  if (lastKnown !== null && now - lastKnown > unknownSeconds)
    findings.push({
      code: "RegistrationUnknown",
      severity: "low",
      subject: name,
      summary: `until when ${name} is registered is not known`,
      evidence: [
        source === null ? "neither a registry nor the operator has said so" : `${sourceText(one)}, and nothing since`,
        ...asked,
      ],
      remedy: `say it by hand: chancery domain registration ${name} --registration-expires DATE; or set rdap.url, and the registry is asked once a day`,
    });
  return findings;
}

const dateText = (at: Seconds): string => utcText(at).slice(0, "2026-11-22".length);

function sourceText({ source, knownAt, expiresAt }: Registration): string {
  const until = expiresAt === null ? "" : ` (until ${dateText(expiresAt)})`;
  const when = knownAt === null ? "" : ` on ${dateText(knownAt)}`;
  if (source === "registry") return `the registry said so${when}, by RDAP${until}`;
  return source === "setting" ? `delegation.held_zone_registered_until says so${until}` : `said by hand${when}${until}`;
}
