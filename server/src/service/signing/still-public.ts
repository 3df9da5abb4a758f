import type { KeyFactRow } from "../../engine/database/schema.ts";
import { readFact } from "../../model/key/key-fact.ts";
import { phaseOf } from "../../model/key/key-phase.ts";

/** Whether signatures made with these keys verify for as long as they have to: none of them is withdrawn or revoked (F-47). */
export const stillPublic = (facts: readonly KeyFactRow[], keyIds: readonly string[]): boolean =>
  keyIds.every((id) =>
    ["active", "draining"].includes(phaseOf(facts.filter(({ keyId }) => keyId === id).map(readFact))),
  );
