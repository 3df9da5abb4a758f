import { isAtOrBelow, isSerialAfter, nameData, readName, readSoa, txtData, TYPE } from "chancery/dns";
import { delegationsOfOneLook } from "../engine/resolver/delegation-cache.ts";
import { createIterativeResolver } from "../engine/resolver/iterative.ts";
import type { Lookup } from "../engine/resolver/resolution.ts";
import { exchange } from "../engine/resolver/transport/exchange.ts";
import { within } from "../engine/resolver/within.ts";
import type { Database, DomainRow } from "../engine/database/schema.ts";
import { loadHistory } from "../engine/database/watch-history.ts";
import { findWatchByName } from "../engine/database/watches.ts";
import type { SelectorEvidence } from "../model/audit/evidence.ts";
import { nothingExpected } from "../model/audit/expectations.ts";
import type { DnsSettings } from "../model/delegation/delegation.ts";
import type { ForeignRecord, SelectorLook, SelectorSight } from "../model/delegation/selector-import.ts";
import { gatherSelectors } from "../service/audit/selectors.ts";
import { keepSelectorImport, type SelectorWorld } from "../service/lifecycle/selector-import.ts";
import type { Config } from "./config-keys.ts";
import { iterativeOptions, observerOf } from "./observer.ts";
import { dnsSettings, timingPolicy } from "./onboarding-settings.ts";
import { lookAtNames } from "./name-search.ts";
import { shippedCatalogue } from "./provider-catalogue.ts";

/**
 * Looks for selectors of other vendors with the auditor's search, where the claim's delegation would hide them. Whoever has not answered
 * by `deadline` has said nothing, and the delegation waits for a later look.
 */
export async function lookForOthersSelectors(
  db: Database,
  row: DomainRow,
  config: Config,
  now: number,
  deadline?: AbortSignal,
): Promise<void> {
  const dns = dnsSettings(config);
  if (dns === undefined) return;
  const world: SelectorWorld = {
    look: async (domain, named) => lookAt(domain, [...named, ...(await watched(db, row))], lookupOf(config, deadline)),
    names: (origin, named) => lookAtNames(origin, named, lookupOf(config, deadline)),
    delegation: (name) => observerOf(config, deadline)(name, "NS"),
    serves: (origin, serial) => servedEverywhere(origin, serial, dns, config["resolver.authority_port"], deadline),
  };
  await keepSelectorImport(db, row, world, { dns, policy: timingPolicy(config), now });
}

/** Selectors that watching the domain has brought to light. */
async function watched(db: Database, { tenantId, name }: DomainRow): Promise<string[]> {
  const watch = await findWatchByName(db, tenantId, name);
  return watch === undefined ? [] : (await loadHistory(db, watch)).selectors.map(({ selector }) => selector);
}

/** Authoritative servers are asked: what a resolver remembers may be another state of the zone, with a TTL that has run down. */
function lookupOf(config: Config, deadline: AbortSignal | undefined): Lookup {
  const resolver = createIterativeResolver({ ...iterativeOptions(config), delegations: delegationsOfOneLook() });
  return deadline === undefined ? resolver : within(resolver, deadline);
}

async function lookAt(
  domain: string,
  named: readonly string[],
  lookup: Lookup,
): Promise<Omit<SelectorLook, "lookedAt">> {
  const { selectors, discovery } = await gatherSelectors({
    domain,
    dns: "network",
    expectations: { ...nothingExpected, selectors: [...named] },
    namesInZone: [],
    named: {},
    lookup,
    catalogue: shippedCatalogue(),
  });
  return {
    node: discovery.domainkeyNode,
    wildcard: discovery.wildcard !== undefined,
    selectors: await Promise.all(selectors.map((evidence) => sightOf(evidence, domain, lookup))),
  };
}

async function sightOf(
  { selector, keyName, chain }: SelectorEvidence,
  domain: string,
  lookup: Lookup,
): Promise<SelectorSight> {
  const cut = await delegationAbove(keyName, `_domainkey.${domain}`, lookup);
  if (cut === "unknown") return { selector, state: "unknown", records: [] };
  if (cut.length > 0) return { selector, state: "present", records: cut };
  const [alias] = chain.aliases;
  if (alias?.name === keyName) {
    const data = base64(nameData(alias.target));
    return { selector, state: "present", records: [{ name: keyName, type: TYPE.CNAME, ttl: alias.ttlSeconds, data }] };
  }
  const texts = chain.outcome === "present" ? chain.texts : [];
  const records = texts.map(({ text, ttlSeconds }): ForeignRecord => ({
    name: keyName,
    type: TYPE.TXT,
    ttl: ttlSeconds,
    data: base64(txtData(Buffer.from(text, "latin1"))),
  }));
  return { selector, state: chain.outcome, records };
}

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");

/** The delegation of a branch in which a selector of several labels lies (`feb2026.vendor`): it is taken over in place of the key. */
async function delegationAbove(keyName: string, base: string, lookup: Lookup): Promise<ForeignRecord[] | "unknown"> {
  const labels = keyName.slice(0, -base.length - 1).split(".");
  for (let from = labels.length - 1; from >= 1; from--) {
    const name = `${labels.slice(from).join(".")}.${base}`;
    const { outcome, records, aliases } = await lookup.lookup(name, TYPE.NS);
    if (outcome === "unknown") return "unknown";
    const hosts = aliases.length > 0 ? [] : records.filter(({ type }) => type === TYPE.NS);
    // A name server inside the branch needs an address beside the delegation, which nobody can look up by itself: the key is taken.
    if (hosts.length === 0 || hosts.some(({ data }) => isAtOrBelow(readName(data), name))) continue;
    return hosts.map(({ ttl, data }) => ({ name, type: TYPE.NS, ttl, data: base64(data) }));
  }
  return [];
}

/** Asks every address of our name servers, as the world knows them. */
async function servedEverywhere(
  origin: string,
  serial: number,
  dns: DnsSettings,
  port: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const addresses = dns.nameservers.flatMap((server) => server.addresses);
  const served = await Promise.all(
    addresses.map(async (address) => {
      const reply = await exchange({ name: origin, type: TYPE.SOA }, { address, port }, { signal });
      if (reply.result === "failed" || !reply.message.authoritative) return false;
      const soa = reply.message.answers.find(({ name, type }) => name === origin && type === TYPE.SOA);
      return soa !== undefined && !isSerialAfter(serial, readSoa(soa.data).serial);
    }),
  );
  return served.length > 0 && served.every(Boolean);
}
