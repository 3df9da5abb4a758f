import type { Lookup } from "../../engine/resolver/resolution.ts";
import type { SelectorHints } from "../../model/audit/discovery/known-selectors.ts";
import type { Catalogue } from "../../model/provider/catalogue.ts";

/** What selectors are looked for by. */
export type SelectorSearch = SelectorHints & {
  lookup: Lookup;
  /** A file is asked without limits, and shows records beside an alias. */
  dns: "network" | "file";
  /** Absent: no provider is known, so none's other selectors are looked for. */
  catalogue?: Catalogue | undefined;
};
