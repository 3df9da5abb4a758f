import { fingerprintOf, type KeyFinding, lintKeyRecords } from "chancery/dkim";
import type { ChainObservation } from "../rotation/chain-observation.ts";
import { judgeRound, reasonsOf } from "../rotation/confirm.ts";
import type { ExpectedChain } from "../delegation/delegation.ts";
import type { TrustedMs } from "../key/key-fact.ts";
import type { StepTtls } from "../rotation/timing-policy.ts";

/**
 * What one look at all authoritative addresses of a name, and of every alias behind it, showed. `sound`: all of them lead to
 * one key that verifiers can use. `without-key`: all of them say that there is nothing. `unsound`: they agree on something that
 * is no usable key, or do not agree. `unknown`: not everybody could be heard (I-12).
 */
export type TargetSight = {
  trustedMs: TrustedMs;
  wallMs: number;
  verdict: "sound" | "without-key" | "unsound" | "unknown";
  /** The names in order, the one asked first. */
  names: readonly string[];
  /** What was measured at each name. */
  steps: readonly StepTtls[];
  /** SHA-256 of the SubjectPublicKeyInfo, hexadecimal. */
  key?: { fingerprint: string; type: string; bits: number; record: string };
  reasons: readonly string[];
  /** What is to be said of the record that all agree on. */
  problems?: readonly TargetProblem[];
};

export type TargetProblem = Pick<KeyFinding, "code" | "severity" | "problem">;

/**
 * Judges a round at the names that its own first answers lead to: every address, over UDP and over TCP, has to agree with
 * them, as is asked of our own keys. A wildcard in an upstream's zone is its own affair.
 */
export function targetSight(round: ChainObservation): TargetSight {
  const chain = chainOf(round);
  const { trustedMs, wallMs } = round;
  const names = [...chain.aliases.map(({ name }) => name), chain.record.name];
  const quiet = { ...round, wildcard: { ...round.wildcard, name: "", answers: silent } };
  const presence = judgeRound(quiet, chain, "present");
  const common = { trustedMs, wallMs, names, steps: presence.steps };
  if (presence.verdict === "agreed") {
    const { read, findings } = lintKeyRecords([chain.record.text], { keyName: chain.record.name });
    const problems = findings.map(({ code, severity, problem }) => ({ code, severity, problem }));
    const revoked = findings.some(({ code }) => code === "KeyRevoked");
    if (read === undefined || revoked) {
      const reasons = findings.map(({ problem }) => `${chain.record.name}: ${problem}`);
      return {
        ...common,
        problems,
        verdict: "unsound",
        reasons: reasons.length > 0 ? reasons : ["no key can be read there"],
      };
    }
    const { keyType: type, bits, object } = read.publicKey;
    return {
      ...common,
      problems,
      verdict: "sound",
      key: { fingerprint: fingerprintOf(object), type, bits, record: read.text },
      reasons: [],
    };
  }
  if (chain.record.text === "" && judgeRound(quiet, chain, "absent").verdict === "agreed")
    return { ...common, verdict: "without-key", reasons: [`${chain.record.name} has no TXT record`] };
  return { ...common, verdict: presence.verdict === "wrong" ? "unsound" : "unknown", reasons: reasonsOf(presence) };
}

/** One address that has no wildcard. */
const silent = (["udp", "tcp"] as const).map((transport) => ({
  address: "",
  transport,
  said: { kind: "answer" as const, authoritative: true, records: [] },
}));

/** The chain that a round went along, each alias to the name that was asked next, and the first text that was told. */
function chainOf({ aliases, record }: ChainObservation): ExpectedChain {
  const texts = record.answers.flatMap(({ said }) => (said.kind === "answer" ? said.records : []));
  return {
    aliases: aliases.map(({ name }, index) => ({ name, target: aliases[index + 1]?.name ?? record.name })),
    record: { name: record.name, text: texts.find(({ type }) => type === "TXT")?.data ?? "" },
  };
}
