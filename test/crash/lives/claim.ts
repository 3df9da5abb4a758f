import { findDomainByName } from "../../../server/src/engine/database/domains.ts";
import type { Database } from "../../../server/src/engine/database/schema.ts";
import { timingPresets } from "../../../server/src/model/rotation/timing-policy.ts";
import { ownershipWorld } from "../../../server/src/service/onboarding/ownership.fixture.ts";
import { tenantId } from "./world.ts";

const name = "claimed.example";

/**
 * A claim that is added, proven, loses its proof, is warned, suspended and released. What the customer publishes follows from how far it is.
 * The answer plays a turn, and says false when the claim is released.
 */
export async function playClaim(db: Database, wallSeconds: () => number): Promise<() => Promise<boolean>> {
  const world = ownershipWorld(db);
  world.policy = timingPresets.lab;
  world.zone = name;
  return async () => {
    world.clock.seconds = Math.floor(wallSeconds());
    const [row] = await db.selectFrom("domains").select(["tenantId", "id"]).where("name", "=", name).execute();
    if (row === undefined) await world.claim(tenantId, name);
    const claim = await findDomainByName(db, tenantId, name);
    if (claim === undefined || claim.releasedAt !== null) return false;
    world.standing.clear();
    if (claim.verifiedAt === null) world.prove(claim);
    await world.look(claim);
    return true;
  };
}
