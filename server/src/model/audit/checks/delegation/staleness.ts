import type { AuthoritiesEvidence, NameAnswer, NameEvidence } from "../../evidence/delegation.ts";
import { answerText, type ResolverAnswer } from "./vantage-answers.ts";
import { opinionsOn } from "./said.ts";

/** What the authoritative servers of every zone on the way say of a key name, taken together. */
export type AuthoritativeChain =
  | { state: "agreed"; text: string; steps: readonly AuthoritativeStep[] }
  /** Servers of one zone contradict each other. */
  | { state: "differ" }
  | { state: "unknown" };

type AuthoritativeStep = {
  name: string;
  said: Exclude<NameAnswer["said"], { state: "truncated" | "unknown" }>;
  ttlSeconds: number | undefined;
};

/** Follows the aliases from name to name through what was asked. Each name was asked once, so a loop ends at the second visit. */
export function authoritativeChain(keyName: string, authorities: AuthoritiesEvidence | undefined): AuthoritativeChain {
  if (authorities?.state !== "asked") return { state: "unknown" };
  const byName = new Map<string, NameEvidence>(authorities.names.map((seen) => [seen.name, seen]));
  const steps: AuthoritativeStep[] = [];
  for (let at = keyName; ;) {
    const seen = byName.get(at);
    byName.delete(at);
    const opinions = seen ? opinionsOn(seen) : [];
    if (opinions.length > 1) return { state: "differ" };
    const said = opinions[0]?.said;
    if (said === undefined) return { state: "unknown" };
    steps.push({ name: at, said, ttlSeconds: said.state === "absent" ? said.negativeTtlSeconds : said.ttlSeconds });
    if (said.state === "alias") {
      at = said.target;
      continue;
    }
    const chain = { aliases: [], finalName: at };
    const text =
      said.state === "absent"
        ? answerText({ ...chain, outcome: "absent", reason: said.reason })
        : answerText({ ...chain, outcome: "present", texts: said.texts.map((one) => ({ text: one, ttlSeconds: 0 })) });
    return { state: "agreed", text: text ?? "", steps };
  }
}

/**
 * Whether caching alone explains an answer that is not the current one: where it first leaves the current chain, the record
 * or its absence is remembered no longer than the TTL that is published there now. One that is remembered for longer comes
 * from a time with a longer TTL, or from a resolver that keeps its own time.
 */
export function stalenessOf(
  { chain, negativeTtlSeconds }: ResolverAnswer,
  { steps }: Extract<AuthoritativeChain, { state: "agreed" }>,
): "within TTL" | "beyond TTL" {
  for (const { name, said, ttlSeconds } of steps) {
    const alias = chain.aliases.find((seen) => seen.name === name);
    if (alias !== undefined && said.state === "alias" && alias.target === said.target) continue;
    const remaining =
      alias?.ttlSeconds ??
      (chain.outcome === "present" ? Math.min(...chain.texts.map((text) => text.ttlSeconds)) : negativeTtlSeconds);
    // What was removed has no TTL any more to compare with; what never had one cannot be judged.
    if (said.state === "absent" && remaining !== undefined) return "within TTL";
    return remaining !== undefined && ttlSeconds !== undefined && remaining <= ttlSeconds ? "within TTL" : "beyond TTL";
  }
  return "beyond TTL";
}
