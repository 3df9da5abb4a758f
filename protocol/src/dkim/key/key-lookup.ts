import { parseKeyRecord, keyRecordOctetsMax, looksLikeKeyRecord, type KeyRecord } from "./key-record.ts";
import type { Failure } from "../signature/verdict.ts";

/**
 * Asks for the TXT records at a name. Shape and error codes are those of `resolveTxt` in `node:dns/promises`: one array of
 * character-strings for each record; ENOTFOUND and ENODATA mean that there is none, every other error that nobody knows.
 */
export type ResolveTxt = (name: string) => Promise<string[][]>;

export type KeyLookup = { ok: true; record: KeyRecord } | { ok: false; failure: Failure };

/** Fetches and reads the key record at a key name (RFC 6376 §6.1.2, steps 1 to 4). Never rejects. */
export async function lookUpKey(keyName: string, resolveTxt: ResolveTxt): Promise<KeyLookup> {
  let texts: string[];
  try {
    texts = textsOf(await resolveTxt(keyName));
  } catch (error) {
    return { ok: false, failure: lookupFailure(error) };
  }
  return readKeyRecords(texts);
}

/**
 * Chooses among the TXT records at a key name: those not meant as keys (a wildcard's, SPF) are passed over. The standard
 * leaves several keys at one name undefined; here none of them is trusted.
 */
export function readKeyRecords(texts: readonly string[]): KeyLookup {
  const candidates = texts.filter((text) => looksLikeKeyRecord(text.slice(0, keyRecordOctetsMax)));
  const [text, another] = candidates;
  if (text === undefined) {
    return failed("key-not-found", texts.length === 0 ? "no TXT record" : "no TXT record at the name is a key record");
  }
  if (another !== undefined) return failed("several-key-records", `${candidates.length} key records at one name`);
  const record = cachedKeyRecord(text);
  return record.ok ? { ok: true, record: record.value } : failed("key-malformed", record.problem);
}

/** The text of each record. What has another shape than `ResolveTxt` promises is no answer: this throws. */
export function textsOf(records: string[][]): string[] {
  if (!Array.isArray(records) || !records.every((strings) => Array.isArray(strings)))
    throw new TypeError("resolveTxt gave no lists of strings");
  return records.map((strings) => strings.join(""));
}

/** The `code` of whatever a resolver threw. */
export const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;

function lookupFailure(error: unknown): Failure {
  const code = codeOf(error);
  if (code === "ENOTFOUND" || code === "ENODATA") return { reason: "key-not-found", detail: "no TXT record" };
  if (code === "ETIMEOUT" || code === "ETIMEDOUT") return { reason: "dns-timeout", detail: "DNS timeout" };
  return { reason: "dns-failure", detail: "DNS failure" };
}

const failed = (reason: Failure["reason"], detail: string): KeyLookup => ({ ok: false, failure: { reason, detail } });

type ParsedRecord = ReturnType<typeof parseKeyRecord>;

/** Parsed records by their text: making a key ready costs twice what a verification does. Oldest out first. */
const cache = new Map<string, ParsedRecord>();
const cachedRecordsMax = 2000;

function cachedKeyRecord(text: string): ParsedRecord {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const record = parseKeyRecord(text);
  if (cache.size >= cachedRecordsMax) cache.delete(cache.keys().next().value!);
  if (text.length <= keyRecordOctetsMax) cache.set(text, record);
  return record;
}
