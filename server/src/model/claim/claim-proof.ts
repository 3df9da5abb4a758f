import type { NameObservation, ServerAnswer } from "../rotation/chain-observation.ts";

/**
 * What one look says of a token. `everywhere`: every address that there is has it. `present`: most have it and none denies
 * it. `absent`: most say with authority that it is not there and none has it. `unknown`: everything else, above all silence
 * and servers that disagree; it proves nothing and takes nothing away (I-12).
 */
export type ProofSight = {
  sight: "everywhere" | "present" | "absent" | "unknown";
  /** Who has it, and who does not or does not say, for the record. */
  addresses: readonly string[];
  reasons: readonly string[];
};

const reasonsMax = 8;

/**
 * Judges one look at the name of the proof of control. `elsewhere`: what resolvers at other places of the network say. They
 * are asked against whoever bends the way from here to the authoritative servers: one of them has to see the same, and none
 * may see otherwise. None configured: there are none.
 */
export function proofSight(
  observed: NameObservation,
  token: string,
  elsewhere: readonly ServerAnswer[] = [],
): ProofSight {
  const direct = sorted(observed.answers, token);
  const distant = sorted(elsewhere, token);
  const { having, without, silent } = direct;
  const agrees = (side: keyof Sorted, other: keyof Sorted): boolean =>
    distant[other].length === 0 && (elsewhere.length === 0 || distant[side].length > 0);
  const most = (count: number): boolean => count * 2 > having.length + without.length + silent.length;
  const reasons = [...without, ...distant.without, ...silent, ...distant.silent].slice(0, reasonsMax);
  const seen = {
    addresses: [...having, ...distant.having],
    reasons: observed.answers.length === 0 ? [nobody, ...reasons] : reasons,
  };
  if (agrees("having", "without")) {
    if (having.length > 0 && without.length + silent.length === 0) return { sight: "everywhere", ...seen };
    if (most(having.length) && without.length === 0) return { sight: "present", ...seen };
  }
  if (agrees("without", "having") && most(without.length) && having.length === 0) return { sight: "absent", ...seen };
  return { sight: "unknown", ...seen };
}

type Sorted = { having: string[]; without: string[]; silent: string[] };

function sorted(answers: readonly ServerAnswer[], token: string): Sorted {
  const into: Sorted = { having: [], without: [], silent: [] };
  for (const { address, transport, said } of answers) {
    if (said.kind === "truncated") continue; // "ask TCP" is no opinion of its own
    const at = `${address} (${transport})`;
    if (said.kind === "unknown") into.silent.push(`${at}: ${said.reason}`);
    else if (holds(said, token)) into.having.push(at);
    else into.without.push(`${at}: ${said.records.length === 0 ? "nothing there" : "something else there"}`);
  }
  return into;
}

const nobody = "no authoritative server of the name could be found";

/** Other texts may stand beside the token. */
const holds = (said: Extract<ServerAnswer["said"], { kind: "answer" }>, token: string): boolean =>
  said.records.some(({ type, data }) => type === "TXT" && bare(data) === token);

const bare = (data: string): string => (data.startsWith('"') && data.endsWith('"') ? data.slice(1, -1) : data);
