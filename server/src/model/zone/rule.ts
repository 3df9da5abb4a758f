import type { TimingPolicy } from "../rotation/timing-policy.ts";
import type { Rrset } from "./rrset.ts";
import type { ZoneLookup } from "./zone-lookup.ts";

/** Something wrong at a name of a zone. An error is refused when somebody asks for it; a warning is told. */
export type ZoneProblem = {
  /** The rule that found it, a stable word. */
  rule: string;
  severity: "error" | "warning";
  name: string;
  problem: string;
  /** What to do. */
  remedy: string;
};

/** What a rule goes by, beside the records. */
export type RuleContext = {
  /** A tenant is held to more than an operator: what verifiers would not take is refused. */
  editor: "tenant" | "operator";
  /** A wildcard that answers for every selector was asked for by name. */
  wildcardKeys: "refused" | "wanted";
  policy: Pick<TimingPolicy, "recordTtlSeconds" | "negativeTtlSeconds">;
};

/** One rule, asked about one name: what stands there, and the zone around it. */
export type ZoneRule = {
  rule: string;
  check: (name: string, sets: readonly Rrset[], zone: ZoneLookup, context: RuleContext) => Found[];
};
export type Found = Omit<ZoneProblem, "rule" | "name">;

export const refuse = (problem: string, remedy: string): Found => ({ severity: "error", problem, remedy });
export const warn = (problem: string, remedy: string): Found => ({ severity: "warning", problem, remedy });

export const setOf = (sets: readonly Rrset[], type: number): Rrset | undefined => sets.find((set) => set.type === type);
