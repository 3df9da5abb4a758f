import { isAtOrBelow, rdataText, TYPE, typeName } from "chancery/dns";
import { inParallel } from "../../engine/resolver/parallel.ts";
import type { Lookup } from "../../engine/resolver/resolution.ts";
import { isSameAnswer } from "../../model/audit/checks/chain/key-names-of.ts";
import { likelyTargets } from "../../model/audit/discovery/likely-targets.ts";
import { wrongNamesOf } from "../../model/audit/discovery/wrong-names.ts";
import type { SelectorEvidence, WrongHostSeen } from "../../model/audit/evidence.ts";
import type { TracedChain } from "../../model/trace.ts";
import { lookUpChain } from "./chain.ts";
import type { LimitedLookup } from "./limited-lookup.ts";
import { registrableDomainOf } from "./registrable-domain.ts";
import type { SelectorSearch } from "./selectors.ts";

type Surroundings = Omit<SelectorSearch, "lookup"> & { lookup: LimitedLookup; wildcard: TracedChain | undefined };
