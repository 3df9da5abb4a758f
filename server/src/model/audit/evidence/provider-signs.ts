import type { SeenMailFrom } from "../../provider/attribution.ts";

/** What names providers beside the selectors: who serves the names that hold them, and names for bounces in the zone. */
export type ProviderSigns = {
  /** Of the domain and of `_domainkey` below it, where those are zones of their own. */
  nameServers: readonly { name: string; server: string }[];
  /** Those by which a product is known that sends through a provider on the way. */
  mailFrom: readonly SeenMailFrom[];
};
