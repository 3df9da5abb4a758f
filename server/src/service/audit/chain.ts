import { readTxt, TYPE } from "chancery/dns";
import type { Lookup, Resolution } from "../../engine/resolver/resolution.ts";
import type { TracedChain } from "../../model/trace.ts";

/** Looks up a key name as a receiver does, and gives what came as plain values. */
export const lookUpChain = async (lookup: Lookup, keyName: string): Promise<TracedChain> =>
  tracedChainOf(await lookup.lookup(keyName, TYPE.TXT));

export function tracedChainOf(resolution: Resolution): TracedChain {
  const chain = {
    aliases: resolution.aliases.map(({ name, target, ttl, server }) => ({ name, target, ttlSeconds: ttl, server })),
    finalName: resolution.finalName,
  };
  switch (resolution.outcome) {
    case "present":
      return {
        ...chain,
        outcome: "present",
        texts: resolution.records.map(({ data, ttl }) => ({ text: readTxt(data).join(""), ttlSeconds: ttl })),
      };
    case "absent":
      return { ...chain, outcome: "absent", reason: resolution.reason };
    case "unknown":
      return { ...chain, outcome: "unknown", reason: resolution.reason };
  }
}
