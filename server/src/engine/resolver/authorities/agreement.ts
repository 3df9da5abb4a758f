import type { AuthorityAnswer, NameObserved } from "./observation.ts";
import type { UnknownReason } from "../resolution.ts";

/** One thing that some addresses say. Two answers are the same when their records are, whatever the TTLs. */
export type Opinion = { answer: Exclude<AuthorityAnswer, { state: "truncated" | "unknown" }>; addresses: string[] };

/**
 * What the addresses of one zone say about one name, taken together. `agreed`: every address that the delegation leads to
 * gave the same answer over UDP and TCP. `differ`: there are two opinions. `unknown`: one opinion or none, and some
 * address, or the address of some name server, could not be learnt. Pure.
 */
export type Agreement = { opinions: Opinion[]; unknown: Unheard[] } & (
  | { verdict: "agreed" }
  | { verdict: "differ" }
  | { verdict: "unknown" }
);
export type Unheard = { server: string; transport?: "udp" | "tcp"; reason: UnknownReason };

export function agreementOn(observed: NameObserved): Agreement {
  const opinions = new Map<string, Opinion>();
  const unknown: Unheard[] = observed.zone.servers.flatMap(({ name, unknown: reason, addresses }) => {
    if (reason) return [{ server: name, reason }];
    return addresses.length === 0 ? [{ server: name, reason: "no-servers" as const }] : [];
  });
  for (const { address, udp, tcp } of observed.addresses) {
    for (const [transport, answer] of [
      ["udp", udp],
      ["tcp", tcp],
    ] as const) {
      // Over UDP "ask TCP" is no opinion of its own; over TCP it is nonsense.
      if (answer.state === "truncated" && transport === "udp") continue;
      if (answer.state === "unknown" || answer.state === "truncated") {
        const reason = answer.state === "unknown" ? answer.reason : "malformed";
        unknown.push({ server: address, transport, reason });
        continue;
      }
      const key = keyOf(answer);
      const opinion = opinions.get(key) ?? { answer, addresses: [] };
      if (!opinion.addresses.includes(address)) opinion.addresses.push(address);
      opinions.set(key, opinion);
    }
  }
  const given = [...opinions.values()];
  if (given.length > 1) return { verdict: "differ", opinions: given, unknown };
  return { verdict: given.length === 1 && unknown.length === 0 ? "agreed" : "unknown", opinions: given, unknown };
}

function keyOf(answer: Opinion["answer"]): string {
  if (answer.state === "absent") return answer.reason;
  if (answer.state === "alias") return JSON.stringify(answer.alias.target);
  return JSON.stringify([answer.records.map((record) => record.data).sort(), answer.alias?.target]);
}
