import { isAtOrBelow, labelsOf, parentName, readName, TYPE, type ResourceRecord } from "chancery/dns";
import { classifyAuthoritative } from "../classify.ts";
import { inParallel } from "./parallel.ts";
import type { AddressObserved, NsSeen, ParentObserved, ServerObserved, ZoneObserved } from "./observation.ts";
import type { Delegation } from "../resolution.ts";
import type { Found, IterativeSession } from "../session.ts";

/** Parents that are the root or a top level are not asked at every address: they are many, and not what goes wrong. */
const parentLabelsMin = 2;

/** The zone that holds `name`, with every address that its delegation leads to. */
export async function zoneAround(session: IterativeSession, name: string, found: Found): Promise<ZoneObserved> {
  const apex = await apexOf(session, name, found);
  // A referral shows the parent's word. Where one server has parent and child there is none, only the child's own NS set.
  const delegation = apex === found.zone.apex ? found.zone : await ownDelegation(session, apex, found.zone);
  const servers: ServerObserved[] = [];
  for (const { name: server, addresses: glue } of delegation.servers) {
    const own = await session.addressesOf(server, "both", 0);
    const addresses = [...new Set([...glue, ...own.addresses])].map((address) => ({
      address,
      source: sourceOf(address),
    }));
    servers.push({ name: server, addresses, ...(own.unknown ? { unknown: own.unknown } : {}) });
    function sourceOf(address: string): "glue" | "own" | "both" {
      if (!glue.includes(address)) return "own";
      return own.addresses.includes(address) ? "both" : "glue";
    }
  }
  const { parent } = delegation;
  return {
    apex,
    ...(parent === undefined ? {} : { parent }),
    ns: { names: delegation.servers.map((server) => server.name).sort(), ttl: delegation.ttl },
    servers,
    parents: await askParents(session, delegation),
    ds: await dsOf(session, apex),
  };
}

/** The servers that a zone names itself, beside those of its delegation. Nobody can ask one whose name has no address. */
export async function serversBeside(
  session: IterativeSession,
  delegated: readonly ServerObserved[],
  seen: readonly AddressObserved[],
): Promise<ServerObserved[]> {
  const known = new Set(delegated.map(({ name }) => name));
  const names = new Set(seen.flatMap(({ ns }) => ns?.names ?? []).filter((name) => !known.has(name)));
  const beside: ServerObserved[] = [];
  for (const name of names) {
    const { addresses, unknown } = await session.addressesOf(name, "both", 0);
    if (addresses.length === 0 && unknown === undefined) continue;
    const own = addresses.map((address) => ({ address, source: "own" as const }));
    beside.push({ name, addresses: own, ...(unknown === undefined ? {} : { unknown }) });
  }
  return beside;
}

/** The owner of the SOA record above `name`. A name with an alias hides its own, so its parent is asked. */
async function apexOf(session: IterativeSession, name: string, found: Found): Promise<string> {
  const asks = found.classified.kind === "alias" ? [parentName(name)] : [name, parentName(name)];
  for (const ask of asks) {
    if (ask === undefined || !isAtOrBelow(ask, found.zone.apex)) break;
    const answer = await session.find(ask, TYPE.SOA);
    if ("reason" in answer) break;
    if (answer.classified.kind === "records") return ask;
    const soa = answer.classified.kind === "absent" ? answer.classified.soa : undefined;
    if (soa) return isAtOrBelow(soa.name, found.zone.apex) ? soa.name : found.zone.apex;
  }
  return found.zone.apex;
}

/** The NS set by the zone's own word. */
export async function ownDelegation(session: IterativeSession, apex: string, parent: Delegation): Promise<Delegation> {
  const answer = await session.find(apex, TYPE.NS);
  const ns = !("reason" in answer) && answer.classified.kind === "records" ? answer.classified.records : [];
  const servers = ns.map((record) => ({ name: readName(record.data), addresses: [] }));
  return { apex, parent: parent.apex, ttl: nsSeen(ns).ttl, servers };
}

export const nsSeen = (records: readonly ResourceRecord[]): NsSeen => ({
  names: records.map((record) => readName(record.data)).sort(),
  ttl: records.length === 0 ? 0 : Math.min(...records.map((record) => record.ttl)),
});

/** Whether the parent says that the zone is signed. */
async function dsOf(session: IterativeSession, apex: string): Promise<ZoneObserved["ds"]> {
  const answer = await session.find(apex, TYPE.DS);
  if ("reason" in answer) return "unknown";
  return answer.classified.kind === "records" ? "present" : "absent";
}

/** What every address of the parent zone says of the delegation: a secondary of the parent may lag behind (AUD-D-01). */
export async function askParents(session: IterativeSession, delegation: Delegation): Promise<ParentObserved[]> {
  const { apex, parent } = delegation;
  if (parent === undefined || labelsOf(parent).length < parentLabelsMin) return [];
  const addresses = new Set<string>();
  const passed = session.passed.find((zone) => zone.apex === parent) ?? session.options.delegations?.get(parent);
  for (const server of passed?.servers ?? []) {
    const own = await session.addressesOf(server.name, "both", 0);
    for (const address of [...server.addresses, ...own.addresses]) addresses.add(address);
  }
  return inParallel([...addresses], (address) => askParent(session, address, apex, parent));
}

async function askParent(
  session: IterativeSession,
  address: string,
  apex: string,
  parent: string,
): Promise<ParentObserved> {
  const done = await session.ask(address, apex, TYPE.NS, {});
  if ("reason" in done) return { address, state: "unknown", reason: done.reason };
  if (done.result === "failed") return { address, state: "unknown", reason: done.failure };
  const classified = classifyAuthoritative(done.message, apex, TYPE.NS, parent);
  // Records: this server has the child as well, and its answer is the child's.
  if (classified.kind === "records") return { address, state: "delegated", ns: nsSeen(classified.records) };
  if (classified.kind === "referral" && classified.apex === apex) {
    return { address, state: "delegated", ns: nsSeen(classified.ns) };
  }
  if (classified.kind === "absent") return { address, state: "absent" };
  return { address, state: "unknown", reason: classified.kind === "failed" ? classified.reason : "lame" };
}
