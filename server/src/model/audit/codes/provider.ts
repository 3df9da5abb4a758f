import type { CodeRow } from "./code-row.ts";

/** What knowing the providers shows. */
export const providerCodes = {
  RetiredProviderSelector: {
    severity: "medium",
    meaning: "a selector of a provider that is no longer used",
    symptoms: "None yet: the provider, or who takes over its names, can sign as you.",
  },
  ProviderCanStillSign: {
    severity: "high",
    meaning: "a retired provider's chain still leads to a sound key",
    symptoms: "The provider can still send mail as you that passes DMARC.",
  },
  CustomDkimOff: {
    severity: "medium",
    meaning: "the provider itself says that it does not sign as the domain",
    symptoms: "Mail is signed by the provider as itself, which does not count for DMARC.",
  },
  SharedKey: {
    severity: "info",
    meaning: "one key of the provider's for all of its customers",
    symptoms: "None: you cannot revoke the key alone, and whoever steals it signs as every customer.",
  },
} satisfies Record<string, CodeRow>;
