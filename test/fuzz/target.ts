/** Something that reads what strangers send. */
export type Target = {
  /** In file names of findings: small letters and hyphens. */
  name: string;
  /** Inputs to start from, octet text; at least one. */
  seeds: readonly string[];
  /** Pieces that mean something to it. */
  words: readonly string[];
  /** How many of the inputs it gets, beside the others; absent means 8. Less for what is slow. */
  share?: number;
  /** Reads one input and throws when anything is wrong with what came of it. */
  check(input: string): void | Promise<void>;
};

/** Throws with a reason that is the same for every input of one fault, so that a smaller one can be looked for. */
export function demand(holds: boolean, reason: string): asserts holds {
  if (!holds) throw new Error(reason);
}
