import { readName, readTxt, TYPE } from "chancery/dns";
import type { Lookup, Resolution } from "../../engine/resolver/resolution.ts";
import type { TracedChain } from "../../model/traced-chain.ts";

/**
 * Looks up a key name as a receiver does, and gives what came as plain values. Where a resolver says SERVFAIL and nothing
 * else, the aliases are asked for one by one: it says that of a loop, and of one dead zone at the end of a chain.
 */
export async function lookUpChain(lookup: Lookup, keyName: string): Promise<TracedChain> {
  const resolution = await lookup.lookup(keyName, TYPE.TXT);
  const isBare =
    resolution.aliases.length === 0 && resolution.outcome === "unknown" && resolution.reason === "servfail";
  return tracedChainOf(isBare ? await aliasByAlias(lookup, resolution) : resolution);
}

/** What receivers follow at the most; a chain this long has a finding already. */
const aliasesMax = 9;

async function aliasByAlias(lookup: Lookup, failed: Resolution): Promise<Resolution> {
  const aliases: Resolution["aliases"] = [];
  const seen = new Set([failed.finalName]);
  for (let at = failed.finalName; aliases.length < aliasesMax;) {
    const { outcome, records } = await lookup.lookup(at, TYPE.CNAME);
    const [record] = records;
    if (outcome !== "present" || record === undefined) return { ...failed, aliases, finalName: at };
    const target = readName(record.data);
    aliases.push({ name: at, target, ttl: record.ttl });
    if (seen.has(target)) return unknown(failed, aliases, target, "alias-loop");
    seen.add(target);
    at = target;
  }
  return unknown(failed, aliases, aliases.at(-1)?.target ?? failed.finalName, "alias-chain-too-long");
}

const unknown = (
  { question, zones, exchanges }: Resolution,
  aliases: Resolution["aliases"],
  finalName: string,
  reason: "alias-loop" | "alias-chain-too-long",
): Resolution => ({ question, zones, exchanges, aliases, finalName, records: [], outcome: "unknown", reason });

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
