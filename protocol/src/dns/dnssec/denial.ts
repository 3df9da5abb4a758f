import { TYPE } from "../record/record.ts";

/**
 * What an answer says is not there: records of `type` at `name`, or the name. With `closestEncloser` the answer came from the
 * wildcard below it, and what is to be denied is any closer name.
 */
export type Denied = { name: string; type: number; closestEncloser?: string };

/**
 * `complete`: proven, with whether the name exists (an empty non-terminal and a wildcard count), and whether it is a `cut`
 * without DS record, below which nothing is signed. `opt-out`: there may be zones that are not signed, of which the records
 * do not speak (RFC 5155 §6). `iterations-…`: too many to be computed (RFC 9276 §3.2).
 */
export type Denial =
  | { proof: "complete"; name: "exists" | "absent"; cut: boolean }
  | { proof: "opt-out" }
  | { proof: "incomplete" }
  | { proof: "iterations-insecure" }
  | { proof: "iterations-refused" }
  | { proof: "too-much-work" };

/** A zone cut seen from above. */
export const isDelegation = (types: readonly number[]): boolean => types.includes(TYPE.NS) && !types.includes(TYPE.SOA);

/** Whether names below one with these types are none of this zone's (RFC 6840 §4.1, RFC 6672 §5.3.4.1). */
export const stopsBelow = (types: readonly number[]): boolean => isDelegation(types) || types.includes(TYPE.DNAME);

/**
 * Whether a name with these types has none of `type`: not listed, and no alias. DS is denied by the parent's side of a cut,
 * everything else by the child's (RFC 4035 §5.2, RFC 6840 §4.1); the root has no parent.
 */
export function deniesType(types: readonly number[], type: number): boolean {
  if (types.includes(type) || types.includes(TYPE.CNAME)) return false;
  return type === TYPE.DS ? !types.includes(TYPE.SOA) : !isDelegation(types);
}
