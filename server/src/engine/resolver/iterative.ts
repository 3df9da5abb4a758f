import { IterativeSession, type Found, type IterativeOptions, type NotFound } from "./session.ts";
import type { Alias, Lookup, Resolution } from "./resolution.ts";

/**
 * Answers questions the way a full resolver does, from the root, asking authoritative servers alone. It remembers nothing
 * from one lookup to the next unless `options.delegations` is given. Names are asked for in full (no QNAME minimisation):
 * an audit wants to see what old servers see.
 */
export function createIterativeResolver(options: IterativeOptions = {}): Lookup {
  return {
    lookup: (name, type, signal) => followAliases(new IterativeSession(options, signal), name, type),
  };
}

/** Follows aliases from `name` across zones until the answer, a loop, or the limit. */
export async function followAliases(session: IterativeSession, name: string, type: number): Promise<Resolution> {
  const aliases: Alias[] = [];
  const seen = new Set([name]);
  let at = name;
  for (;;) {
    const found = await session.find(at, type);
    if ("reason" in found) return unknown(session, { name, type }, aliases, at, found);
    const { classified } = found;
    if (classified.kind !== "alias") return settled(session, { name, type }, aliases, at, found);
    aliases.push(aliasOf(at, found, classified.alias));
    at = classified.alias.target;
    if (seen.has(at)) return unknown(session, { name, type }, aliases, at, { reason: "alias-loop" });
    if (aliases.length > (session.options.aliasesMax ?? 8)) {
      return unknown(session, { name, type }, aliases, at, { reason: "alias-chain-too-long" });
    }
    seen.add(at);
  }
}

const aliasOf = (name: string, found: Found, alias: { target: string; ttl: number }): Alias => ({
  name,
  ...alias,
  zone: found.zone.apex,
  server: found.server,
});

function settled(
  session: IterativeSession,
  question: { name: string; type: number },
  aliases: Alias[],
  finalName: string,
  found: Found,
): Resolution {
  const { passed: zones, exchanges } = session;
  const { classified, rcode } = found;
  const common = { question, aliases, finalName, zones, exchanges, rcode };
  if (classified.kind === "absent") {
    const { kind: _, ...absence } = classified;
    return { ...common, outcome: "absent", records: [], ...absence };
  }
  if (classified.kind === "alias") throw new Error("an alias is no answer");
  const beside = classified.alias ? [aliasOf(finalName, found, classified.alias)] : [];
  return { ...common, outcome: "present", records: classified.records, aliases: [...aliases, ...beside] };
}

function unknown(
  session: IterativeSession,
  question: { name: string; type: number },
  aliases: Alias[],
  finalName: string,
  why: NotFound,
): Resolution {
  const { passed: zones, exchanges } = session;
  return { question, aliases, finalName, records: [], zones, exchanges, outcome: "unknown", ...why };
}
