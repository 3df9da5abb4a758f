import type { VantageAnswer, VantageEvidence } from "../../evidence/delegation.ts";
import type { TracedChain } from "../../../traced-chain.ts";
import { textsText } from "./said.ts";

/** What one resolver definitely said. `remainingSeconds`: for how long it will say so still, as far as that is known. */
export type ResolverAnswer = VantageAnswer & { text: string; remainingSeconds: number | undefined };

/** An answer that is no answer (SERVFAIL, silence, a loop) is no opinion that others could differ from. */
export const definiteAnswers = ({ answers }: VantageEvidence): ResolverAnswer[] =>
  answers.flatMap((answer) => {
    const text = answerText(answer.chain);
    return text === undefined ? [] : [{ ...answer, text, remainingSeconds: remainingOf(answer) }];
  });

/** What a receiver gets of a chain: the texts at its end, or that there are none. The way there does not matter to mail. */
export function answerText(chain: TracedChain): string | undefined {
  switch (chain.outcome) {
    case "present":
      return textsText(chain.texts.map(({ text }) => text));
    case "absent":
      return "nothing";
    case "unknown":
      return undefined;
  }
}

/** AUD-C-02: what is cached of a chain lives as long as the shortest TTL in it. */
function remainingOf({ chain, negativeTtlSeconds }: VantageAnswer): number | undefined {
  const ttls = chain.aliases.map(({ ttlSeconds }) => ttlSeconds);
  if (chain.outcome === "present") ttls.push(...chain.texts.map(({ ttlSeconds }) => ttlSeconds));
  if (chain.outcome === "absent" && negativeTtlSeconds !== undefined) ttls.push(negativeTtlSeconds);
  return ttls.length === 0 ? undefined : Math.min(...ttls);
}
