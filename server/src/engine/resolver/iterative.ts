import type { DnssecState } from "chancery/dns";
import { Validator } from "./dnssec/validator.ts";
import { IterativeSession, type Found, type IterativeOptions, type NotFound } from "./session.ts";
import type { Alias, Lookup, Resolution } from "./resolution.ts";

/**
 * Answers questions the way a full resolver does, from the root, asking authoritative servers alone. It remembers nothing
 * from one lookup to the next unless `options.delegations` is given. Names are asked for in full (no QNAME minimisation):
 * an audit wants to see what old servers see. With `options.validation` each alias and the answer get a DNSSEC state, within
 * the same limits on queries and time.
 */
export function createIterativeResolver(options: IterativeOptions = {}): Lookup {
  return {
    lookup: (name, type, signal) => followAliases(new IterativeSession(options, signal), name, type),
  };
}

/** Follows aliases from `name` across zones until the answer, a loop, or the limit. `visit` is told of every name passed, the last one too. */
export async function followAliases(
  session: IterativeSession,
  name: string,
  type: number,
  visit?: (name: string, found: Found) => void,
): Promise<Resolution> {
  const { validation } = session.options;
  const validator = validation && new Validator(session, validation);
  const aliases: Alias[] = [];
  const seen = new Set([name]);
  let at = name;
  for (;;) {
    const first = await session.find(at, type);
    if ("reason" in first) return unknown(session, { name, type }, aliases, at, first);
    visit?.(at, first);
    const judged = await validator?.judge(first, at, type);
    const found = judged?.found ?? first;
    const { classified } = found;
    if (classified.kind !== "alias") return settled(session, { name, type }, aliases, at, found, judged?.dnssec);
    aliases.push(aliasOf(at, found, classified.alias, judged?.dnssec));
    at = classified.alias.target;
    if (seen.has(at)) return unknown(session, { name, type }, aliases, at, { reason: "alias-loop" });
    if (aliases.length > (session.options.aliasesMax ?? 8)) {
      return unknown(session, { name, type }, aliases, at, { reason: "alias-chain-too-long" });
    }
    seen.add(at);
  }
}

const aliasOf = (
  name: string,
  found: Found,
  alias: { target: string; ttl: number },
  dnssec: DnssecState | undefined,
): Alias => ({
  name,
  ...alias,
  zone: found.zone.apex,
  server: found.server,
  ...(dnssec ? { dnssec } : {}),
});

function settled(
  session: IterativeSession,
  question: { name: string; type: number },
  aliases: Alias[],
  finalName: string,
  found: Found,
  dnssec: DnssecState | undefined,
): Resolution {
  const { passed: zones, exchanges } = session;
  const { classified, rcode } = found;
  const common = { question, aliases, finalName, zones, exchanges, rcode, ...(dnssec ? { dnssec } : {}) };
  if (classified.kind === "absent") {
    const { kind: _, ...absence } = classified;
    return { ...common, outcome: "absent", records: [], ...absence };
  }
  if (classified.kind === "alias") throw new Error("an alias is no answer");
  const beside = classified.alias ? [aliasOf(finalName, found, classified.alias, undefined)] : [];
  return { ...common, outcome: "present", records: classified.records, aliases: [...aliases, ...beside] };
}

function unknown(
  session: IterativeSession,
  question: { name: string; type: number },
  aliases: Alias[],
  finalName: string,
  { reason, rcode }: NotFound,
): Resolution {
  const { passed: zones, exchanges } = session;
  const why = { outcome: "unknown" as const, reason, ...(rcode !== undefined && { rcode }) };
  return { question, aliases, finalName, records: [], zones, exchanges, ...why };
}
