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
    meaning: "only the provider's own domain signs: custom DKIM is not switched on there",
    symptoms: "The signature passes and does not count for DMARC, since it is the provider's and not yours.",
  },
  SharedKey: {
    severity: "info",
    meaning: "one key of the provider's for all of its customers",
    symptoms: "None: you cannot revoke the key alone, and whoever steals it signs as every customer.",
  },
} satisfies Record<string, CodeRow>;
