import { isDestroyed, isHidden, isWanted, presenceOf } from "./presence.ts";
import type { ZoneKey, ZoneKeysState } from "./zone-key.ts";

/**
 * A key's life in the words of RFC 7583 §3.1, for people. `active`: a ZSK signs, a KSK is named by the parent. `retired`: a successor took
 * over, and caches still need it. Computed, never stored; nothing is decided by it.
 */
export type ZoneKeyPhase =
  | "generated"
  | "published"
  | "ready"
  | "active"
  | "retired"
  | "withdrawing"
  | "removed"
  | "destroyed";

export function zoneKeyPhase(state: Pick<ZoneKeysState, "goal" | "algorithm">, key: ZoneKey): ZoneKeyPhase {
  if (isDestroyed(key)) return "destroyed";
  if (isHidden(key)) return key.facts.some(({ kind }) => kind === "gone") ? "removed" : "generated";
  const dnskey = presenceOf(key, "dnskey");
  const work = presenceOf(key, key.role === "ksk" ? "ds" : "signatures");
  if (dnskey === "vanishing") return "withdrawing";
  if (!isWanted(state, key) && (work === "vanishing" || work === "hidden")) return "retired";
  if (work === "everywhere" || (key.role === "zsk" && work === "appearing")) return "active";
  if (dnskey === "everywhere") return "ready";
  return dnskey === "appearing" ? "published" : "generated";
}
