import { readName, TYPE } from "chancery/dns";
import { listRecordsAt } from "../../engine/database/records.ts";
import type {
  AuthorityAnswer,
  AuthorityObservation,
  NameObserved,
} from "../../engine/resolver/authorities/observation.ts";
import type { Database } from "../../engine/database/schema.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import { dns } from "./lifecycle.fixture.ts";

/** What the authoritative servers say at an alias of ours that leads on to upstreams: it as the database has it, and the upstreams' keys. */
export function observeThrough(
  db: Database,
  aliasName: string,
  keys: ReadonlyMap<string, string>,
): (name: string) => Promise<AuthorityObservation> {
  return async (name) => {
    const names: NameObserved[] = [];
    for (let at: string | undefined = name; at !== undefined;) {
      const target: string | undefined = at === aliasName ? await aliasServedAt(db, aliasName) : undefined;
      const text = keys.get(at);
      const said: AuthorityAnswer =
        target !== undefined
          ? { rttMs: 1, state: "alias", alias: { target, ttl: 5 } }
          : text === undefined
            ? { rttMs: 1, state: "absent", reason: "nxdomain" }
            : { rttMs: 1, state: "records", records: [{ ttl: 5, data: "", text }] };
      const apex = at === aliasName ? dns.zone : "upstream.example";
      names.push({
        name: at,
        zone: { apex, ns: { names: ["ns"], ttl: 5 }, servers: [], parents: [], ds: "absent", negativeTtl: 2 },
        addresses: [{ address: "192.0.2.1", servers: ["ns"], udp: said, tcp: said, wildcard: "absent" }],
      });
      at = target;
    }
    return { name, type: "TXT", names, aliases: [], finalName: names.at(-1)!.name, outcome: "present", exchanges: [] };
  };
}

/** Where the alias of our zone leads to; undefined: it is not there. */
export async function aliasServedAt(db: Database, name: string): Promise<string | undefined> {
  const zone = await findZoneByOrigin(db, dns.zone);
  const [record] =
    zone === undefined ? [] : (await listRecordsAt(db, zone.id, name)).filter(({ type }) => type === TYPE.CNAME);
  return record && readName(record.data);
}
