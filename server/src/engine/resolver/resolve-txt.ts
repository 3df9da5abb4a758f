import { parseName, readTxt, TYPE } from "chancery/dns";
import type { Lookup, Resolution } from "./resolution.ts";

/** The error codes of `node:dns/promises` that mean a difference to who verifies mail. */
type LookupErrorCode = "ENOTFOUND" | "ENODATA" | "ESERVFAIL" | "ETIMEOUT";

/**
 * `resolveTxt` of `node:dns/promises` over any lookup: the strings of each record, a character for each octet. Rejects with
 * an error whose `code` is ENOTFOUND (no such name), ENODATA (no TXT there), ETIMEOUT (no answer reached us) or ESERVFAIL
 * (any other unknown answer, loops and overlong chains of aliases among them).
 */
export function txtResolver(lookup: Lookup): (name: string) => Promise<string[][]> {
  return async (written) => {
    const name = parseName(written);
    // What is no name has no records either.
    if (!name.ok) throw lookupError("ENOTFOUND", written);
    const resolution = await lookup.lookup(name.value, TYPE.TXT);
    if (resolution.outcome === "present") return resolution.records.map((record) => readTxt(record.data));
    throw lookupError(resolution, written);
  };
}

/** What `node:dns/promises` would have thrown: for an answer without records, or with the code given. */
export function lookupError(
  cause: Exclude<Resolution, { outcome: "present" }> | LookupErrorCode,
  hostname: string,
): Error {
  const code = typeof cause === "string" ? cause : codeOf(cause);
  return Object.assign(new Error(`query ${code} ${hostname}`), { code, syscall: "query", hostname });
}

function codeOf(resolution: Exclude<Resolution, { outcome: "present" }>): LookupErrorCode {
  if (resolution.outcome === "absent") return resolution.reason === "nxdomain" ? "ENOTFOUND" : "ENODATA";
  const unheard = ["timeout", "network", "no-route", "cancelled"].includes(resolution.reason);
  return unheard ? "ETIMEOUT" : "ESERVFAIL";
}
