import type { NameObservation } from "./chain-observation.ts";
import type { CustomerRecord } from "./delegation.ts";

/** What was seen of one record that the customer has to publish. Unknown is neither presence nor absence. */
export type RecordState = "present" | "absent" | "wrong" | "unknown";

/** The state with what stands there and who said so, as plain text for people and for the record. */
export type RecordVerdict = { state: RecordState; found: string[]; reasons: string[] };

const foundMax = 10;
const reasonsMax = 5;

/**
 * Judges one record by what every authoritative address answered. Present: all of them say exactly what was asked for.
 * Wrong: one of them says something else. Absent: one says that there is nothing. Unknown: nobody contradicts, but not
 * everybody could be heard. A wrong answer weighs more than a missing one, and both more than silence.
 */
export function checkRecord(expected: CustomerRecord, observed: NameObservation): RecordVerdict {
  const wanted = expectedValues(expected);
  const found = new Set<string>();
  const reasons: string[] = [];
  let worst: RecordState = observed.answers.length === 0 ? "unknown" : "present";
  if (observed.answers.length === 0) reasons.push("no authoritative server of the name could be found");
  for (const { address, transport, said } of observed.answers) {
    if (said.kind === "truncated") continue; // "ask TCP" is no opinion of its own
    const where = `${address} (${transport})`;
    if (said.kind === "unknown") {
      worst = heavier(worst, "unknown");
      reasons.push(`${where}: ${said.reason}`);
      continue;
    }
    const values = said.records.map(({ type, data }) =>
      type === expected.type ? canonical(type, data) : `${type} ${data}`,
    );
    if (values.length === 0) {
      worst = heavier(worst, "absent");
      reasons.push(`${where}: nothing there`);
      continue;
    }
    if (matches(expected, values, wanted)) continue;
    worst = heavier(worst, "wrong");
    for (const value of values) if (found.size < foundMax) found.add(value);
    reasons.push(`${where}: something else there`);
  }
  return { state: worst, found: [...found], reasons: reasons.slice(0, reasonsMax) };
}

const weight: Record<RecordState, number> = { present: 0, unknown: 1, absent: 2, wrong: 3 };
const heavier = (a: RecordState, b: RecordState): RecordState => (weight[b] > weight[a] ? b : a);

/** A value as it is compared: names without the final dot in lower case, texts without their quotes. */
function canonical(type: string, data: string): string {
  if (type !== "TXT") return data.replace(/\.$/, "").toLowerCase();
  return data.startsWith('"') && data.endsWith('"') ? data.slice(1, -1) : data;
}

/** One record expects one value; of a delegation every NS of the set is a record of its own, judged together. */
const expectedValues = ({ type, data }: CustomerRecord): string => canonical(type, data);

/** Other TXT records may stand beside the proof of control; nothing stands beside an alias or a key record; an NS is one of its set. */
function matches(expected: CustomerRecord, values: readonly string[], wanted: string): boolean {
  switch (expected.purpose) {
    case "challenge":
    case "delegation":
      return values.includes(wanted);
    case "key-alias":
    case "key-alias-ahead":
    case "key-record":
      return values.length === 1 && values[0] === wanted;
  }
}
