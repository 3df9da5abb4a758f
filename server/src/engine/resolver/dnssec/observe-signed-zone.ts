import { readName, TYPE, type ResourceRecord } from "chancery/dns";
import { classifyAuthoritative } from "../classify.ts";
import { inParallel } from "../authorities/parallel.ts";
import type { NameServer, UnknownReason } from "../resolution.ts";
import type { IterativeSession } from "../session.ts";

/** What one address answers for one type at the apex. */
export type ApexAnswer =
  | { state: "records"; records: readonly ResourceRecord[] }
  | { state: "absent" }
  | { state: "unknown"; reason: UnknownReason };

/** A zone whose parent has DS records, with what each of its addresses says of its keys. */
export type SignedZoneObserved = {
  apex: string;
  ds: readonly ResourceRecord[];
  servers: readonly {
    address: string;
    names: readonly string[];
    dnskey: ApexAnswer;
    cds: ApexAnswer;
    cdnskey: ApexAnswer;
  }[];
};

/** More addresses than a sound zone has are not asked. */
const addressesMax = 16;

/** Asks every address of the zone `apex` for its keys and for what it asks of its parent; undefined where it has no DS record. */
export async function observeSignedZone(
  session: IterativeSession,
  apex: string,
): Promise<SignedZoneObserved | undefined> {
  const found = await session.find(apex, TYPE.DS);
  if ("reason" in found || found.classified.kind !== "records") return undefined;
  const namesAt = new Map<string, string[]>();
  for (const { name, addresses: glue } of await nameServersOf(session, apex)) {
    const own = await session.addressesOf(name, "both", 0);
    for (const address of new Set([...glue, ...own.addresses])) {
      namesAt.set(address, [...(namesAt.get(address) ?? []), name]);
    }
  }
  const addresses = [...namesAt].slice(0, addressesMax);
  const servers = await inParallel(addresses, async ([address, names]) => {
    const dnskey = await askApex(session, address, apex, TYPE.DNSKEY);
    // Who keeps silent is not asked again.
    const rest = dnskey.state === "unknown" ? dnskey : undefined;
    const cds = rest ?? (await askApex(session, address, apex, TYPE.CDS));
    const cdnskey = rest ?? (await askApex(session, address, apex, TYPE.CDNSKEY));
    return { address, names, dnskey, cds, cdnskey };
  });
  return { apex, ds: found.classified.records, servers };
}

/** Those of the delegation; where parent and child have the same servers and there was none, those of the zone's own NS records. */
async function nameServersOf(session: IterativeSession, apex: string): Promise<readonly NameServer[]> {
  const found = await session.find(apex, TYPE.NS);
  if ("reason" in found) return session.passed.find((zone) => zone.apex === apex)?.servers ?? [];
  if (found.zone.apex === apex) return found.zone.servers;
  const records = found.classified.kind === "records" ? found.classified.records : [];
  return records.map((record) => ({ name: readName(record.data), addresses: [] }));
}

async function askApex(session: IterativeSession, address: string, apex: string, type: number): Promise<ApexAnswer> {
  // Silence is met with a second try: nothing is concluded from one lost packet.
  const done = await session.ask(address, apex, type, { timeoutMs: session.options.timeoutMs ?? 800, attempts: 2 });
  if ("reason" in done) return { state: "unknown", reason: done.reason };
  if (done.result === "failed") return { state: "unknown", reason: session.limitReached() ?? done.failure };
  const classified = classifyAuthoritative(done.message, apex, type, apex);
  if (classified.kind === "records") return { state: "records", records: classified.records };
  if (classified.kind === "absent") return { state: "absent" };
  return { state: "unknown", reason: classified.kind === "failed" ? classified.reason : "lame" };
}
