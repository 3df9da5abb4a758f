import type { NameObservation } from "../rotation/chain-observation.ts";
import { holdsPrivateKey } from "chancery/dkim";
import type { CustomerRecord } from "./delegation.ts";
import { holdsKey, keptRecordProblem, type KeptRecordProblem } from "./kept-record.ts";
import type { Seconds } from "../seconds.ts";

/** What was seen of one record that the customer has to publish. Unknown is neither presence nor absence. */
export type RecordState = "present" | "absent" | "wrong" | "unknown";

/** The state with what stands there and who said so, as plain text for people and for the record. */
export type RecordVerdict = {
  state: RecordState;
  found: string[];
  reasons: string[];
  /** What exactly is wrong with a key record that the customer made itself. */
  problem?: KeptRecordProblem;
  /** The longest TTL of what stands there instead; absent: nothing does. */
  otherTtlSeconds?: Seconds;
};

const foundMax = 10;
const reasonsMax = 5;
/** Longer than the record of an RSA key of 8192 bits. */
const foundLengthMax = 2000;

/**
 * Judges one record by what every authoritative address answered. Present: all of them say exactly what was asked for.
 * Wrong: one of them says something else. Absent: one says that there is nothing. Unknown: nobody contradicts, but not
 * everybody could be heard. A wrong answer weighs more than a missing one, and both more than silence.
 */
export function checkRecord(expected: CustomerRecord, observed: NameObservation): RecordVerdict {
  const wanted = expectedValues(expected);
  const found = new Set<string>();
  const said = new Sayings();
  let worst: RecordState = observed.answers.length === 0 ? "unknown" : "present";
  let problem: KeptRecordProblem | undefined;
  let otherTtlSeconds: Seconds = 0;
  for (const { address, transport, said: answer } of observed.answers) {
    if (answer.kind === "truncated") continue; // "ask TCP" is no opinion of its own
    if (answer.kind === "unknown") {
      worst = heavier(worst, "unknown");
      said.add(answer.reason, address, transport);
      continue;
    }
    const values = answer.records.map(({ type, data }) =>
      type !== expected.type ? `${type} ${data}` : isKeptKey(expected) ? data : canonical(type, data),
    );
    if (values.length === 0 || isGone(expected, values, wanted)) {
      worst = heavier(worst, "absent");
      said.add("nothing there", address, transport);
      continue;
    }
    if (matches(expected, values, wanted)) continue;
    worst = heavier(worst, "wrong");
    otherTtlSeconds = Math.max(otherTtlSeconds, ...answer.records.map(({ ttlSeconds }) => ttlSeconds));
    if (isKeptKey(expected)) problem ??= keptRecordProblem(wanted, values);
    for (const value of values) if (found.size < foundMax) found.add(shown(value));
    const there = answer.records.map(({ type, data }) => `${type} ${cut(shown(data))}`);
    said.add([...new Set(there)].join(", "), address, transport);
  }
  const reasons =
    observed.answers.length === 0 ? ["no authoritative server of the name could be found"] : said.lines(reasonsMax);
  return {
    state: worst,
    found: [...found],
    reasons,
    ...(problem !== undefined && { problem }),
    ...(otherTtlSeconds > 0 && { otherTtlSeconds }),
  };
}

const cut = (value: string): string => (value.length > shownMax ? `${value.slice(0, shownMax)}…` : value);
const shownMax = 200;

/** What servers said, each with who said it; over which transport only where the other one said otherwise. */
class Sayings {
  readonly #by = new Map<string, Map<string, Set<string>>>();

  add(text: string, address: string, transport: string): void {
    const at = this.#by.get(address) ?? new Map<string, Set<string>>();
    at.set(text, (at.get(text) ?? new Set()).add(transport));
    this.#by.set(address, at);
  }

  lines(max: number): string[] {
    const lines = [...this.#by].flatMap(([address, at]) =>
      [...at].map(
        ([text, transports]) => `${address}${transports.size > 1 ? "" : ` (${[...transports].join()})`}: ${text}`,
      ),
    );
    return lines.length <= max ? lines : [...lines.slice(0, max), `and ${lines.length - max} more`];
  }
}

/** Somebody may have published the wrong half of a key: it is not passed on. Of a text of 64 kB the beginning tells enough. */
const shown = (value: string): string =>
  holdsPrivateKey(value)
    ? "[a private key]"
    : value.length > foundLengthMax
      ? `${value.slice(0, foundLengthMax)}…`
      : value;

const isKeptKey = ({ purpose, type }: CustomerRecord): boolean =>
  type === "TXT" && (purpose === "key-record" || purpose === "key-request");

/** What may go is gone when the key is: something else may stand there. */
const isGone = ({ purpose, type }: CustomerRecord, values: readonly string[], wanted: string): boolean =>
  purpose === "key-removal" && (type === "TXT" ? !holdsKey(wanted, values) : !values.includes(wanted));

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
function matches({ purpose, type }: CustomerRecord, values: readonly string[], wanted: string): boolean {
  switch (purpose) {
    case "challenge":
    case "delegation":
      return values.includes(wanted);
    case "key-removal":
      return true; // what is not gone is there
    case "key-alias":
    case "key-alias-ahead":
    case "key-record":
    case "key-request":
      return type === "TXT"
        ? keptRecordProblem(wanted, values) === undefined
        : values.length === 1 && values[0] === wanted;
  }
}
