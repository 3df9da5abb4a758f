import { codeOf, type ResolveTxt, textsOf } from "../dkim/key/key-lookup.ts";
import { looksLikePolicyRecord, parsePolicyRecord, type PolicyRecord } from "./policy-record.ts";

/** What stands at `_dmarc.<domain>`. Present, absent and unknown are three things: an error says nothing about the record. */
export type RecordLookup =
  | { state: "present"; record: PolicyRecord }
  | { state: "absent"; cause: AbsentCause }
  | { state: "unknown"; cause: "timeout" | "dns-failure" };

export type AbsentCause =
  /** The name does not exist: nor does any below it (RFC 8020). */
  | "no-such-name"
  | "no-record"
  /** Text that was meant as a policy record and is none: it does not begin with `v=DMARC1`. */
  | "not-a-record"
  /** Several policy records at one name count as none (RFC 9989 §4.10). */
  | "several-records";

export type Existence = "exists" | "does-not-exist" | "unknown";

/** The questions that one message needs answered. Each name is asked once, however many walks pass it. */
export type RecordSource = {
  /** Never rejects. `domain` in the form of `parseDomain`. */
  lookUp(domain: string): Promise<RecordLookup>;
  /** Whether the name exists in the DNS, with records of whatever type or names below it (RFC 9989 §3.2.7). Never rejects. */
  existence(domain: string): Promise<Existence>;
};

/** A source for one message. `resolveTxt` as for DKIM: ENOTFOUND is the name that does not exist, ENODATA one without TXT. */
export function recordSource(resolveTxt: ResolveTxt): RecordSource {
  const asked = new Map<string, Promise<TxtAnswer>>();
  const ask = (name: string): Promise<TxtAnswer> => {
    const answer = asked.get(name) ?? resolve(name, resolveTxt);
    asked.set(name, answer);
    return answer;
  };
  return {
    async lookUp(domain) {
      const answer = await ask(`_dmarc.${domain}`);
      return answer.state === "texts" ? readPolicyRecords(answer.texts) : answer;
    },
    async existence(domain) {
      const below = await ask(`_dmarc.${domain}`);
      if (below.state === "texts" || (below.state === "absent" && below.cause === "no-record")) return "exists";
      const answer = await ask(domain);
      if (answer.state === "unknown") return "unknown";
      return answer.state === "absent" && answer.cause === "no-such-name" ? "does-not-exist" : "exists";
    },
  };
}

/** Chooses among the texts at one name: those that are no policy record do not count, several records count as none. */
export function readPolicyRecords(texts: readonly string[]): RecordLookup {
  const records: PolicyRecord[] = [];
  for (const text of texts) {
    const record = parsePolicyRecord(text);
    if (record.ok) records.push(record.value);
  }
  const [record, another] = records;
  if (another !== undefined) return { state: "absent", cause: "several-records" };
  if (record !== undefined) return { state: "present", record };
  return { state: "absent", cause: texts.some(looksLikePolicyRecord) ? "not-a-record" : "no-record" };
}

type TxtAnswer =
  | { state: "texts"; texts: string[] }
  | { state: "absent"; cause: "no-such-name" | "no-record" }
  | { state: "unknown"; cause: "timeout" | "dns-failure" };

async function resolve(name: string, resolveTxt: ResolveTxt): Promise<TxtAnswer> {
  // `_dmarc.` before a name of 253 octets makes a name that cannot exist.
  if (name.length > 253) return { state: "absent", cause: "no-such-name" };
  try {
    return { state: "texts", texts: textsOf(await resolveTxt(name)) };
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOTFOUND") return { state: "absent", cause: "no-such-name" };
    if (code === "ENODATA") return { state: "absent", cause: "no-record" };
    return { state: "unknown", cause: code === "ETIMEOUT" || code === "ETIMEDOUT" ? "timeout" : "dns-failure" };
  }
}
