import { algorithmName, type BogusReason, type DnssecState } from "chancery/dns";
import { utcText } from "./seconds.ts";

type Bogus = Extract<DnssecState, { state: "bogus" }>;
type Indeterminate = Extract<DnssecState, { state: "indeterminate" }>;
type Insecure = Extract<DnssecState, { state: "insecure" }>;

/** A state in plain words: "signed", "not signed: …", "broken: …", "not known: …". */
export function dnssecWords(state: DnssecState): string {
  switch (state.state) {
    case "secure":
      return "signed, and the signature holds";
    case "insecure":
      return `not signed: ${insecureWords(state)}`;
    case "bogus":
      return `broken: ${bogusWords(state)}`;
    case "indeterminate":
      return `not known: ${indeterminateWords(state)}`;
  }
}

function insecureWords({ zone, reason, algorithms = [] }: Insecure): string {
  switch (reason) {
    case "no-ds":
      return `${zone} has no DS record`;
    case "opt-out":
      return `${zone} does not speak of names that are not signed`;
    case "unsupported-algorithm":
      return `${zone} is signed with ${algorithms.map(algorithmWords).join(", ")} alone, which is not checked`;
    case "nsec3-iterations":
      return `the denials of ${zone} take over 100 iterations, and are not checked`;
  }
}

function indeterminateWords({ zone, reason, detail }: Indeterminate): string {
  switch (reason) {
    case "not-reached":
      return `the keys of ${zone} were not reached${detail === undefined ? "" : ` (${detail})`}`;
    case "too-much-work":
      return `${zone} takes more work to validate than it is given`;
    case "no-trust-anchor":
      return `no key is believed for ${zone}`;
  }
}

/** What fails, as a clause. */
export function bogusWords(state: Bogus): string {
  const what = `${state.record.name} ${state.record.type}`;
  const clauses: Record<BogusReason, string> = {
    "signature-expired": `the signature of ${what} ran out on ${utcText(state.expiredAt ?? 0)}`,
    "signature-not-yet-valid": `the signature of ${what} is valid from ${utcText(state.validFrom ?? 0)} on`,
    "signature-missing": `${what} is not signed, and its zone is`,
    "signature-mismatch": `${what} is not what its signature is of`,
    "signing-key-missing": `the key that signed ${what} is not among those of the zone`,
    "dnskey-missing": `${state.zone} has a DS record and no key`,
    "ds-without-key": `the DS record of ${state.zone} names no key that it has`,
    "denial-missing": `nothing proves that there is no ${what}`,
    "denial-incomplete": `what is to prove that there is no ${what} does not prove it`,
    "nsec3-iterations": `the denials of ${state.zone} take over 500 iterations`,
  };
  return clauses[state.reason];
}

/** "13 (ECDSAP256SHA256)" */
export const algorithmWords = (algorithm: number): string => {
  const name = algorithmName(algorithm);
  return name === String(algorithm) ? name : `${algorithm} (${name})`;
};
