import type { FindingCode } from "../../../model/audit/finding-codes.ts";

/** The keys of a scenario: made when it starts, and gone with it. `record`: as a zone file has it, behind the name. */
export type ScenarioKey = { pem: string; record: string };
export type ScenarioKeys = { own: ScenarioKey; provider: ScenarioKey; other: ScenarioKey };

/** One way in which a delegation fails, as a zone that shows it. */
export type Fault = {
  /** The zone, below `example`. */
  label: string;
  /** In a sentence. */
  shows: string;
  /** Zone text of the customer, relative to the zone. */
  records: (keys: ScenarioKeys) => string;
  /** What the second name server has, where that is something else. */
  second?: (keys: ScenarioKeys) => string;
  /** What one of two resolvers has of the zone and does not let go. */
  heldByStaleResolver?: (keys: ScenarioKeys) => string;
  /** Words of `chancery audit` behind the domain. `{resolver}` and `{staleResolver}` stand for HOST:PORT. */
  options: readonly string[];
  /** A message for `--mail`: who signs it, with the key and the name of whom. */
  mail?: { signedBy: keyof ScenarioKeys; signingDomain: string; selector: string };
  /** What the audit finds. */
  code: FindingCode;
};

/** Something to be seen on the lab's internet, by the name by which `chancery lab run` knows it. */
export type Scenario = { name: string; shows: string; faults: readonly Fault[] };
