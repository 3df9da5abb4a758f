import {
  claimRegistration,
  hasHeldNames,
  insertRegistration,
  listRegistrations,
  putRegistryAnswer,
} from "../../engine/database/registrations.ts";
import type { Database, RegistrationRow } from "../../engine/database/schema.ts";
import type { RegistryAnswer } from "../../engine/rdap/ask-registry.ts";
import { registrableOf } from "../../engine/rdap/registrable.ts";
import { day, hour, type Seconds } from "../../model/seconds.ts";

export type RegistrationDeps = {
  db: Database;
  now: () => Seconds;
  /** The zone in which names are held now; undefined: it is not known yet where we answer. */
  heldZone: () => Promise<string | undefined>;
  /** Never rejects. */
  ask: (name: string) => Promise<RegistryAnswer>;
};

/** More of our zones nobody has; a registry is asked for no more in one round. */
const askedAtOnce = 20;

/** Asks the registry for what is due: once a day, after an hour where it gave no answer. One of several workers asks. Answers what was asked. */
export async function askDueRegistrations(deps: RegistrationDeps): Promise<{ name: string; answer: RegistryAnswer }[]> {
  const { db, now } = deps;
  const zone = await deps.heldZone();
  if (zone !== undefined && (await hasHeldNames(db))) await insertRegistration(db, registrableOf(zone), now());
  const due = (await listRegistrations(db)).filter((row) => isDue(row, now())).slice(0, askedAtOnce);
  const asked = [];
  for (const row of due) {
    if (!(await claimRegistration(db, row, now()))) continue;
    const answer = await deps.ask(row.name);
    await putRegistryAnswer(db, row.name, answer, now());
    asked.push({ name: row.name, answer });
  }
  return asked;
}

/** A clock that was ahead put off nothing: what was asked in the future is due. */
const isDue = ({ askedAt, problem }: RegistrationRow, now: Seconds): boolean =>
  askedAt === null || askedAt > now || now - askedAt >= (problem === null ? day : hour);
