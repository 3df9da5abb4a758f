import { parseName, readTxt, TYPE } from "chancery/dns";
import type { Lookup, Resolution } from "./resolution.ts";

/** The error codes of `node:dns/promises` that mean a difference to who verifies mail. */
type TxtErrorCode = "ENOTFOUND" | "ENODATA" | "ESERVFAIL" | "ETIMEOUT";

/**
 * `resolveTxt` of `node:dns/promises` over any lookup: the strings of each record, a character for each octet. Rejects with
 * an error whose `code` is ENOTFOUND (no such name), ENODATA (no TXT there), ETIMEOUT (no answer reached us) or ESERVFAIL
 * (any other unknown answer, loops and overlong chains of aliases among them).
 */
export function txtResolver(lookup: Lookup): (name: string) => Promise<string[][]> {
  return async (written) => {
    const name = parseName(written);
    // What is no name has no records either.
    if (!name.ok) throw txtError("ENOTFOUND", written);
    const resolution = await lookup.lookup(name.value, TYPE.TXT);
    if (resolution.outcome === "present") return resolution.records.map((record) => readTxt(record.data));
    throw txtError(codeOf(resolution), written);
  };
}

function codeOf(resolution: Exclude<Resolution, { outcome: "present" }>): TxtErrorCode {
  if (resolution.outcome === "absent") return resolution.reason === "nxdomain" ? "ENOTFOUND" : "ENODATA";
  const unheard = ["timeout", "network", "no-route", "cancelled"].includes(resolution.reason);
  return unheard ? "ETIMEOUT" : "ESERVFAIL";
}

const txtError = (code: TxtErrorCode, hostname: string): Error =>
  Object.assign(new Error(`queryTxt ${code} ${hostname}`), { code, syscall: "queryTxt", hostname });
