import type { ClaimKey } from "./delegation.ts";
import type { Finding } from "../finding.ts";
import type { KeyPhase } from "../key/key-phase.ts";
import type { RecordState } from "./record-check.ts";

/** The customer's alias, and what the last look behind it brought; undefined: nobody looked. */
type Seen = {
  name: string;
  state: RecordState;
  behind: { state: RecordState; reasons: readonly string[] } | undefined;
};

/** What should be behind an alias in these phases: anywhere else nothing need be there. */
const shown: ReadonlySet<KeyPhase> = new Set(["ready", "active", "draining"]);

/** An alias is as it should be, and the key behind it is not to be had: the fault is on our side, or on the way to us. */
export function targetMissing(seen: Seen, keys: readonly ClaimKey[]): Finding | undefined {
  const key = keys.find(({ keyName, phase }) => keyName === seen.name && shown.has(phase));
  const { behind } = seen;
  if (key === undefined || seen.state !== "present") return undefined;
  if (behind?.state !== "absent" && behind?.state !== "wrong") return undefined;
  return {
    code: "TargetMissing",
    severity: "high",
    subject: seen.name,
    summary: `the alias leads to us, and the key behind it (${key.recordName}) was not seen at every name server`,
    evidence: [...behind.reasons],
    remedy:
      "nothing for you to do: whoever runs this Chancery has to see why its name servers do not answer as they should",
  };
}
