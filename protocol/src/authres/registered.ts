import type { MethodResult } from "./authentication-results.ts";

type Words = { results: readonly string[]; properties: readonly string[] };

const errors = ["temperror", "permerror"];
const signatureResults = ["none", "pass", "fail", "policy", "neutral", ...errors];

/** The methods in use of the registry "Email Authentication Methods", with their words and what they report on. */
const methods: ReadonlyMap<string, Words> = new Map(
  Object.entries({
    // RFC 8601 §2.7.4
    auth: { results: ["none", "pass", "fail", ...errors], properties: ["smtp.auth", "smtp.mailfrom"] },
    // RFC 8601 §2.7.1, RFC 6008
    dkim: {
      results: signatureResults,
      properties: ["header.d", "header.i", "header.s", "header.a", "header.b"],
    },
    // RFC 8601 §2.7.2
    spf: { results: [...signatureResults, "softfail"], properties: ["smtp.mailfrom", "smtp.helo"] },
    // RFC 8601 §2.7.3
    iprev: { results: ["pass", "fail", ...errors], properties: ["policy.iprev"] },
    // RFC 9989 §9
    dmarc: { results: ["none", "pass", "fail", ...errors], properties: ["header.from", "policy.dmarc"] },
    // RFC 8617 §6
    arc: { results: ["none", "pass", "fail"], properties: ["smtp.remote-ip", "header.oldest-pass"] },
  }),
);

/**
 * What a decision may be based on (RFC 8601 §2.3, §2.7.7): results of a method and with a word that are known here, and of
 * their properties the known ones. Everything else has to be without influence, so it is left out.
 */
export function registered(results: readonly MethodResult[]): MethodResult[] {
  return results.flatMap((one) => {
    const known = methods.get(one.method);
    if (known === undefined || !known.results.includes(one.result)) return [];
    const properties = one.properties.filter(({ ptype, property }) =>
      known.properties.includes(`${ptype}.${property}`),
    );
    return [{ ...one, properties }];
  });
}
