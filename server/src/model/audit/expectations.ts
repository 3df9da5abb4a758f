/**
 * What the owner says should be. What is not said is not expected: a check that needs it stays silent or says `needs evidence`.
 */
export type Expectations = {
  /** Selectors the owner named: something has to be there. */
  selectors: readonly string[];
  /** Where the alias at a key name should lead, by key name. */
  targets: Readonly<Record<string, string>>;
  /** SHA-256 of the SubjectPublicKeyInfo, hexadecimal, by key name. */
  fingerprints: Readonly<Record<string, string>>;
  /** Providers (identifiers of the catalogue) that are no longer used. */
  retiredProviders: readonly string[];
  /** The owner says that the domain sends no mail. */
  parked: boolean;
};

export const nothingExpected: Expectations = {
  selectors: [],
  targets: {},
  fingerprints: {},
  retiredProviders: [],
  parked: false,
};
