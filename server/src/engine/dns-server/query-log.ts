import { parseMessage, rcodeName, typeName, type AnswerFacts } from "chancery/dns";
import type { Via } from "./answer-query.ts";
import type { Verdict } from "./rate-limit.ts";

/** One query of the sample. `client` is the network that it came from (IPv4 /24, IPv6 /56), not the address. */
export type LoggedQuery = {
  name: string;
  type: string;
  rcode: string;
  client: string;
  transport: "udp" | "tcp";
  verdict: Verdict;
};

/** However many are asked: a log that fills the disk helps nobody. */
const linesPerSecondMax = 100;

/** Hands every `of`-th query to `write`, at most a hundred a second. */
export function sampleQueries(
  of: number,
  nowMs: () => number,
  write: (query: LoggedQuery) => void,
): (facts: AnswerFacts, via: Via, verdict: Verdict, query: Uint8Array) => void {
  let left = of;
  let second = 0;
  let lines = 0;
  return (facts, { transport, octets }, verdict, query) => {
    if (--left > 0) return;
    left = of;
    const now = Math.floor(nowMs() / 1000);
    if (now !== second) [second, lines] = [now, 0];
    if (++lines > linesPerSecondMax) return;
    const parsed = parseMessage(query);
    const question = parsed.ok ? parsed.value.questions[0] : undefined;
    write({
      name: question?.name ?? "(unreadable)",
      type: typeName(facts.type),
      rcode: rcodeName(facts.rcode),
      client: networkOf(octets),
      transport,
      verdict,
    });
  };
}

function networkOf(octets: Uint8Array): string {
  if (octets.length === 4) return `${octets.subarray(0, 3).join(".")}.0/24`;
  const groups = [0, 2, 4, 6].map((at) => ((octets[at]! << 8) | (at === 6 ? 0 : octets[at + 1]!)).toString(16));
  return `${groups.join(":")}::/56`;
}
