import type { NamePattern } from "./name-pattern.ts";

/** How a customer lets a provider sign: by aliases, by the key's own record, or by a delegated branch. */
export const providerModes = ["cname", "txt", "ns"] as const;
export type ProviderMode = (typeof providerModes)[number];

/** `mailbox` and `gateway` carry people's mail, `sender` mail from programs and campaigns, `product` its own notices, `monitor` publishes others' keys. */
export const providerKinds = ["mailbox", "gateway", "forwarder", "sender", "product", "monitor"] as const;

/**
 * Whose keypair stands behind a customer's selector: one made by the provider for this customer, one that all customers share
 * (then none of them can revoke it alone), one the customer made and gave to the provider.
 */
export const keyScopes = ["per-customer", "all-customers", "customer-made", "not-known"] as const;

/**
 * Who turns the key, and how: the provider alone behind several names or in place behind one; the provider when the customer
 * asks; the customer by publishing a new record.
 */
export const rotations = ["provider", "provider-in-place", "on-request", "customer-publishes", "not-known"] as const;

/** `no-record`: the alias leads to nothing. `revoked-key`: to a record with an empty `p=`. */
export const standbys = ["no-record", "revoked-key", "has-key", "not-known"] as const;

/** How far the facts of an entry were checked: two sources or the provider's own; one; none that could be read. */
export const confidences = ["high", "medium", "low"] as const;

/** `common`: others use such a selector as well, so that it says nothing about who signs. `via`: absent means any mode. */
export type SelectorRule = { pattern: NamePattern; common: boolean; via: ProviderMode | undefined };
export type TargetRule = { pattern: NamePattern; example: string; about: string | undefined };
/** How the bounce address of the provider's mail is set up in the customer's zone. `label` of the name in front of the customer's domain. */
export type MailFromRule = { label: NamePattern | undefined; type: "CNAME" | "MX"; target: NamePattern };
/** A public key that stands at many customers' names. `fingerprint`: SHA-256 of the SubjectPublicKeyInfo, hexadecimal. */
export type SharedKeyRule = { fingerprint: string; selector: string; seen: string };

export type Provider = {
  id: string;
  name: string;
  kind: (typeof providerKinds)[number];
  /** The usual one first. */
  modes: readonly ProviderMode[];
  selectors: readonly SelectorRule[];
  /** Where the customer's aliases lead. */
  targets: readonly TargetRule[];
  /** Selectors of the aliases that belong together, by exact name; one list for each set in use. */
  aliasSets: readonly (readonly string[])[];
  /** `all`: mail fails or stays unsigned when one alias of a set is missing. */
  aliasesRequired: "all" | "not-known";
  /** What stands behind an alias whose turn it is not: nothing wrong, while another selector of its set has a key. */
  standby: (typeof standbys)[number];
  /** Names below which the provider publishes keys, of whatever form. */
  keyHosts: readonly string[];
  nameServers: readonly NamePattern[];
  /** `d=` of mail whose sender has not set up a domain. */
  signsAs: readonly NamePattern[];
  spfIncludes: readonly NamePattern[];
  mailFrom: readonly MailFromRule[];
  key: { scope: (typeof keyScopes)[number]; rotation: (typeof rotations)[number]; about: string | undefined };
  sharedKeys: readonly SharedKeyRule[];
  /** The providers, by id, through which this one sends. */
  runsOn: readonly string[];
  /** Where the customer switches on signing as the own domain. */
  customDkim: string | undefined;
  /** What to do on the provider's side when leaving, in order; the DNS side follows from the rest. */
  leaving: readonly string[];
  notes: readonly string[];
  docs: string | undefined;
  evidence: { confidence: (typeof confidences)[number]; checked: string; sources: readonly string[] };
};
