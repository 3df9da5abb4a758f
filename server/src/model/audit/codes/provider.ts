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
} satisfies Record<string, CodeRow>;
