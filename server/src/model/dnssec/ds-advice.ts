import { isDestroyed, isWanted, presenceOf } from "./presence.ts";
import type { ZoneKey, ZoneKeysState } from "./zone-key.ts";
import { anyDs, cdsDisagreements } from "./zone-look.ts";
import { apexOfKeys } from "./zone-records.ts";

/**
 * What the owner of the parent zone does about the DS records now. `wait`: nothing yet. `publish`: there is none. `replace`: others stand there.
 * `remove`: all of them. `done`: the parent has what it should. `none`: nothing has to be there.
 */
export type DsAdvice = {
  act: "wait" | "publish" | "replace" | "remove" | "done" | "none";
  /** The key whose DS record it is about. */
  key?: ZoneKey;
  reason: string;
};

/** DS records are asked for once the whole chain below them is in every cache, and every server asks for the same (RFC 9975). */
export function dsAdvice(state: Omit<ZoneKeysState, "ttls">, cdsOf: (key: ZoneKey) => string): DsAdvice {
  const ksks = state.keys.filter((key) => key.role === "ksk" && !isDestroyed(key));
  if (state.goal === "unsigned") {
    const named = ksks.find((key) => presenceOf(key, "ds") !== "hidden");
    if (named === undefined) return { act: "none", reason: "the zone gives up being signed, and no DS record is left" };
    if (state.look !== undefined && anyDs(state.look).sight === "nowhere")
      return {
        act: "wait",
        key: named,
        reason: "the DS record is gone; the zone stays signed until caches have forgotten it",
      };
    return {
      act: "remove",
      key: named,
      reason: "the zone gives up being signed; it stays signed until no DS record is left",
    };
  }
  const key = ksks.find((one) => isWanted(state, one));
  if (key === undefined) return { act: "wait", reason: "the key is still to be made" };
  switch (presenceOf(key, "ds")) {
    case "everywhere":
      return { act: "done", key, reason: "the parent has it" };
    case "hidden":
    case "vanishing":
      return { act: "wait", key, reason: "caches everywhere have to know the keys and signatures first" };
    case "appearing":
      return asked(state, ksks, key, cdsOf);
  }
}

function asked(
  state: Omit<ZoneKeysState, "ttls">,
  ksks: readonly ZoneKey[],
  key: ZoneKey,
  cdsOf: (key: ZoneKey) => string,
): DsAdvice {
  const { cds, cdnskeys } = apexOfKeys(state, cdsOf);
  const behind = state.look === undefined ? ["no server was asked yet"] : cdsDisagreements(state.look, cds, cdnskeys);
  if (behind.length > 0)
    return { act: "wait", key, reason: `every server has to ask for the same first: ${behind.join("; ")}` };
  if (key.facts.at(-1)?.kind === "seen") return { act: "done", key, reason: "the parent has it; caches follow" };
  const others = ksks.some((other) => other !== key && presenceOf(other, "ds") !== "hidden");
  if (others) return { act: "replace", key, reason: "the DS record of the key before has to make room for it" };
  return { act: "publish", key, reason: "as long as it is not there, the zone works as one that is not signed" };
}
