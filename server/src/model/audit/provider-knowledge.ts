/** What checks ask of the provider catalogue. */
export type ProviderKnowledge = {
  /** Whom the customer deals with behind a selector; undefined where nobody is known. */
  ownerOf: (seen: {
    selector: string;
    targets: readonly string[];
    fingerprint?: string | undefined;
  }) => KnownProvider | undefined;
};

/** What the catalogue says of a provider, as far as chains go. */
export type KnownProvider = {
  id: string;
  name: string;
  /** How a customer lets it sign, the usual way first. */
  modes: readonly ("cname" | "txt" | "ns")[];
  /** Whether the target of an alias that is not in turn may have no record. */
  standby: "may-be-empty" | "has-key" | "not-known";
  /** Selectors whose aliases belong together. */
  aliasSets: readonly (readonly string[])[];
  key: { scope: string; rotation: string };
};
