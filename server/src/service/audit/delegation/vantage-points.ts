import { TYPE } from "chancery/dns";
import type { ServerAddress } from "../../../engine/resolver/transport/datagram.ts";
import { inParallel } from "../../../engine/resolver/authorities/parallel.ts";
import { hostPort, type ExchangeEvidence } from "../../../engine/resolver/resolution.ts";
import { createStubResolver, type StubOptions } from "../../../engine/resolver/stub.ts";
import type { VantageAnswer, VantageEvidence } from "../../../model/audit/evidence/delegation.ts";
import { tracedChainOf } from "../chain.ts";

/** Resolvers that answer anybody, asked where nobody says which others to ask. */
export const publicResolvers: readonly ServerAddress[] = ["1.1.1.1", "8.8.8.8", "9.9.9.9"].map((address) => ({
  address,
  port: 53,
}));

/** What one audit asks of resolvers at most; one that is silent to the first question is asked no more. */
const vantageLimits = { lookupsMax: 100, timeoutMs: 700, totalMs: 2200 };

export type VantageRequest = {
  keyNames: readonly string[];
  resolvers: readonly ServerAddress[];
  /** How each is asked; what is absent is that of an audit. */
  options?: Pick<StubOptions, "keepPackets" | "timeoutMs" | "totalMs">;
};

export type VantageGathered = { vantagePoints: VantageEvidence[]; exchanges: ExchangeEvidence[] };

/** What each resolver says of each key name, all of them asked at about the same time. */
export async function gatherVantagePoints({
  keyNames,
  resolvers,
  options = {},
}: VantageRequest): Promise<VantageGathered> {
  const exchanges: ExchangeEvidence[] = [];
  const ask = async (resolver: ServerAddress, keyName: string): Promise<VantageAnswer> => {
    const { timeoutMs, totalMs } = vantageLimits;
    const stub = createStubResolver({ timeoutMs, totalMs, ...options, servers: [resolver] });
    const resolution = await stub.lookup(keyName, TYPE.TXT);
    exchanges.push(...resolution.exchanges);
    const sizes = resolution.exchanges.flatMap(({ octets }) => octets ?? []);
    const rtts = resolution.exchanges.map(({ rttMs }) => rttMs);
    const negativeTtlSeconds = resolution.outcome === "absent" ? resolution.negativeTtl : undefined;
    return {
      resolver: hostPort(resolver),
      rttMs: Math.max(0, ...rtts),
      ...(sizes.length > 0 && { octets: Math.max(...sizes) }),
      chain: tracedChainOf(resolution),
      ...(negativeTtlSeconds !== undefined && { negativeTtlSeconds }),
    };
  };
  const perResolver = resolvers.length === 0 ? 0 : Math.floor(vantageLimits.lookupsMax / resolvers.length);
  const [first, ...others] = keyNames.slice(0, perResolver);
  if (first === undefined) return { vantagePoints: [], exchanges };
  const heard = await Promise.all(
    resolvers.map(async (resolver) => ({ resolver, answer: await ask(resolver, first) })),
  );
  const awake = heard.filter(({ answer }) => !isSilent(answer));
  const rest = await inParallel(others, async (keyName) => ({
    keyName,
    answers: await Promise.all(awake.map(({ resolver }) => ask(resolver, keyName))),
  }));
  return { vantagePoints: [{ keyName: first, answers: heard.map(({ answer }) => answer) }, ...rest], exchanges };
}

const isSilent = ({ chain }: VantageAnswer): boolean =>
  chain.outcome === "unknown" && ["timeout", "network", "no-route"].includes(chain.reason);
