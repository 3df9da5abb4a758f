import type { Database, DomainRow } from "../../engine/database/schema.ts";
import { latest } from "../../model/key/key-fact.ts";
import { Refusal } from "../refusal.ts";
import { claimKeys } from "./claim.ts";

/** Refuses to give a domain up while it hosts keys that others may sign with: their owner says first that nobody does. */
export async function refuseWhileHosting(db: Database, row: DomainRow): Promise<void> {
  const hosted = (await claimKeys(db, row)).filter(
    ({ facts }) =>
      latest(facts, "generated")?.evidence.brought === "hosted" &&
      latest(facts, "declared") === undefined &&
      latest(facts, "revoking") === undefined,
  );
  const [first] = hosted;
  if (first !== undefined)
    throw new Refusal(
      "not-ready",
      `${row.name} hosts ${first.selector}, which others may sign with; when nobody does: chancery key withdraw ${row.name} --selector ${first.selector} --yes`,
    );
}
