import { TYPE } from "chancery/dns";
import type { NotSecure, Validation } from "../dnssec/validation.ts";
import { createIterativeResolver } from "../iterative.ts";
import type { Resolution } from "../resolution.ts";
import type { IterativeOptions } from "../session.ts";
import { observeAtAuthorities } from "./authorities.ts";
import type { AuthorityObservation } from "./observation.ts";

/** Keys of the zones on the way are learnt anew with each look; the signatures of long chains take their time. */
const limits = { queriesMax: 120, totalMs: 20_000, timeoutMs: 1500 };

/**
 * What every authoritative address says of a TXT and the aliases that lead to it, and what a receiver who validates makes of that: answers
 * that are right, under signatures that do not hold, are no answers to it (RFC 4035 §5.5).
 * @param validation undefined: nothing is validated, as below a private root without keys of its own
 */
export async function observeValidated(
  name: string,
  options: IterativeOptions,
  validation: Validation | undefined,
): Promise<AuthorityObservation> {
  const observing = observeAtAuthorities(name, TYPE.TXT, options);
  if (validation === undefined) return observing;
  const resolving = createIterativeResolver({ ...limits, ...options, validation }).lookup(name, TYPE.TXT);
  const [observed, resolution] = await Promise.all([observing, resolving]);
  const refused = refusedIn(resolution);
  return refused === undefined ? observed : { ...observed, refused };
}

/** The first name on the way that is not believed. What no trust anchor is above is not validated by anybody. */
function refusedIn({ aliases, finalName, dnssec }: Resolution): { name: string; dnssec: NotSecure } | undefined {
  const steps = [...aliases.map(({ name, dnssec: state }) => ({ name, state })), { name: finalName, state: dnssec }];
  for (const { name, state } of steps) {
    if (state?.state === "bogus") return { name, dnssec: state };
    if (state?.state === "indeterminate" && state.reason !== "no-trust-anchor") return { name, dnssec: state };
  }
  return undefined;
}
