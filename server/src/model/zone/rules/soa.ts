import { readSoa, TYPE } from "chancery/dns";
import { type Found, refuse, setOf, warn, type ZoneRule } from "../rule.ts";
import { soaTimerProblems } from "../soa-timers.ts";

/** One SOA, at the top (RFC 1035 §5.2), with timers that work for secondaries and resolvers. */
export const soaTimers: ZoneRule = {
  rule: "soa",
  check: (name, sets, { origin }, { policy }) => {
    const soa = setOf(sets, TYPE.SOA);
    if (name !== origin)
      return soa === undefined
        ? []
        : [refuse(`a SOA below the top of the zone (RFC 1035 §5.2)`, `a zone ${name} of its own has its own SOA`)];
    const found: Found[] = [];
    if (setOf(sets, TYPE.NS) === undefined)
      found.push(
        refuse("no NS records at the top of the zone (RFC 1035 §3.3.11)", "put the NS records of the servers"),
      );
    if (soa === undefined) return [...found, refuse("no SOA at the top of the zone", "put one back")];
    if (soa.data.length > 1) return [...found, refuse("more than one SOA (RFC 1035 §5.2)", "keep one")];
    const timers = readSoa(soa.data[0]!);
    const negativeTtl = Math.min(soa.ttl, timers.minimum);
    for (const { timer, problem, remedy } of soaTimerProblems(timers))
      // What the rotation's plan itself asks for, as in a lab, is no mistake.
      if (timer !== "minimum" || timers.minimum !== policy.negativeTtlSeconds) found.push(warn(problem, remedy));
    if (soa.ttl < timers.minimum)
      found.push(
        warn(
          `the SOA's own TTL ${soa.ttl} s is below its minimum ${timers.minimum} s, so absence is kept for ${negativeTtl} s (RFC 2308 §5)`,
          "give both the same value",
        ),
      );
    return found;
  },
};
