import { type AuditFinding, type Check, defaultAuditPolicy } from "../../check.ts";
import type {
  AddressEvidence,
  DelegationEvidence,
  NameAnswer,
  NameEvidence,
  ServerEvidence,
  SoaSaid,
  VantageAnswer,
  ZoneEvidence,
} from "../../evidence/delegation.ts";
import type { AuditEvidence } from "../../evidence.ts";
import { nothingExpected } from "../../expectations.ts";
import type { TracedChain } from "../../../traced-chain.ts";
import type { AskedAuthorities } from "./asked-authorities.ts";

/* A sound customer's zone for tests, which each of them spoils in one way. */

export const apex = "customer.example";
export const keyName = "s1._domainkey.customer.example";
export const keyText = "v=DKIM1; p=abc";
export const at = 1_763_800_000;

export const authoritative: SoaSaid = { state: "authoritative" };
export const silent: SoaSaid = { state: "silent", why: "timeout", tries: 2 };
export const refused: SoaSaid = { state: "lame", how: "refused" };

export const address = (literal: string, changes: Partial<AddressEvidence> = {}): AddressEvidence => ({
  address: literal,
  servers: [`ns${literal.at(-1)}.${apex}`],
  special: false,
  udp: authoritative,
  tcp: authoritative,
  soa: { primary: `ns1.${apex}`, serial: 7, refreshSeconds: 3600, negativeTtlSeconds: 300 },
  ns: { names: [`ns1.${apex}`, `ns2.${apex}`], ttlSeconds: 7200 },
  ...changes,
});

export const server = (name: string, changes: Partial<ServerEvidence> = {}): ServerEvidence => ({
  name,
  glue: [],
  own: [],
  host: { state: "has addresses" },
  registrableDomain: apex,
  ...changes,
});

/** Two servers, 9.1.1.1 and 9.2.2.2. */
export const zone = (changes: Partial<ZoneEvidence> = {}): ZoneEvidence => ({
  apex,
  parent: "example",
  delegated: { names: [`ns1.${apex}`, `ns2.${apex}`], ttlSeconds: 1800 },
  parents: [],
  servers: [
    server(`ns1.${apex}`, { glue: ["9.1.1.1"], own: ["9.1.1.1"] }),
    server(`ns2.${apex}`, { glue: ["9.2.2.2"], own: ["9.2.2.2"] }),
  ],
  addresses: [address("9.1.1.1"), address("9.2.2.2")],
  registrableDomain: apex,
  ...changes,
});

/** The zone with one of its addresses changed, the second unless said otherwise. */
export const zoneWithAddress = (changes: Partial<AddressEvidence>, which = 1): ZoneEvidence => ({
  ...zone(),
  addresses: zone().addresses.map((seen, index) => (index === which ? { ...seen, ...changes } : seen)),
});

export const records = (text: string = keyText): NameAnswer["said"] => ({
  state: "records",
  texts: [text],
  ttlSeconds: 300,
});
export const alias = (target = "s1.esp.example"): NameAnswer["said"] => ({ state: "alias", target, ttlSeconds: 300 });

/** What 9.1.1.1 and 9.2.2.2 say of a name. */
export const name = (
  first: NameAnswer["said"],
  second: NameAnswer["said"] = first,
  changes: Partial<NameEvidence> = {},
): NameEvidence => ({
  name: keyName,
  apex,
  answers: [
    { address: "9.1.1.1", octets: 100, said: first },
    { address: "9.2.2.2", octets: 100, said: second },
  ],
  besideAlias: [],
  ...changes,
});

export const present = (text = keyText, ttlSeconds = 300): TracedChain => ({
  aliases: [],
  finalName: keyName,
  outcome: "present",
  texts: [{ text, ttlSeconds }],
});

export const vantage = (resolver: string, chain: TracedChain, changes: Partial<VantageAnswer> = {}): VantageAnswer => ({
  resolver: `${resolver}:53`,
  rttMs: 10,
  octets: 200,
  chain,
  ...changes,
});

export const asked = (
  zones: ZoneEvidence[],
  names: NameEvidence[] = [],
  changes: Partial<AskedAuthorities> = {},
): AskedAuthorities => ({
  state: "asked",
  zones,
  names,
  queries: 10,
  complete: true,
  privateAddresses: "unusable",
  ...changes,
});

export const evidence = (
  delegation: Partial<DelegationEvidence> | undefined,
  chain: TracedChain = present(),
): AuditEvidence => ({
  domain: apex,
  at,
  dns: "network",
  selectors: [{ selector: "s1", keyName, sources: ["given"], chain }],
  discovery: { domainkeyNode: "unknown", namesTried: 0 },
  expectations: nothingExpected,
  ...(delegation && { delegation: { registrations: [], ...delegation } }),
});

/** What a check finds; the state where it finds nothing. */
export function look(check: Check, seen: AuditEvidence): readonly AuditFinding[] | string {
  const outcome = check.look(seen, { policy: defaultAuditPolicy });
  return "findings" in outcome ? outcome.findings : outcome.state;
}

export const lookAt = (check: Check, zones: ZoneEvidence[], names: NameEvidence[] = []) =>
  look(check, evidence({ authorities: asked(zones, names) }));
