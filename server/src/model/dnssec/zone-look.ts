import type { TrustedMs } from "../key/key-fact.ts";
import type { Seconds } from "../seconds.ts";
import type { KeyTrace } from "./zone-key-fact.ts";
import type { ZoneKey } from "./zone-key.ts";

/** What one address of the zone says of its keys. */
export type ServerSeen = { address: string } & (
  | {
      state: "answered";
      serial: number;
      /** DNSKEY RDATA, base64. */
      dnskeys: readonly string[];
      dnskeyTtl: Seconds;
      /** Tags of the keys whose signatures stand over its SOA record, which changes with every version of the zone. */
      signers: readonly number[];
      /** CDS and CDNSKEY RDATA, base64. */
      cds: readonly string[];
      cdnskey: readonly string[];
      /** Wall clock: the first end of the signatures seen. Absent where there is none. */
      expiresAt?: Seconds;
    }
  | { state: "unknown"; reason: string }
);

/** What one address of the parent zone says of the DS records; texts as `dsText` writes them. */
export type ParentSeen = { address: string } & (
  | { state: "answered"; ds: readonly string[]; ttl: Seconds }
  | { state: "unknown"; reason: string }
);

/** One look at every server of a zone and of its parent. */
export type ZoneLook = {
  trustedMs: TrustedMs;
  servers: readonly ServerSeen[];
  parents: readonly ParentSeen[];
  /** Why there may be servers beside these. */
  gaps: readonly string[];
};

/** `everywhere` and `nowhere` are said only when every address was heard; `reasons` says what is in the way otherwise. */
export type Sight = {
  sight: "everywhere" | "nowhere" | "partly" | "unknown";
  reasons: readonly string[];
  addresses: readonly string[];
};

/** Where a trace of a key was seen. */
export function sightOf(look: ZoneLook, key: ZoneKey, trace: KeyTrace): Sight {
  const heard: { address: string; has: boolean | undefined; reason?: string }[] =
    trace === "ds"
      ? look.parents.map((seen) =>
          seen.state === "unknown"
            ? { address: seen.address, has: undefined, reason: seen.reason }
            : { address: seen.address, has: seen.ds.some((text) => key.ds.includes(text)) },
        )
      : look.servers.map((seen) =>
          seen.state === "unknown"
            ? { address: seen.address, has: undefined, reason: seen.reason }
            : {
                address: seen.address,
                has: trace === "dnskey" ? seen.dnskeys.includes(key.dnskey) : seen.signers.includes(key.keyTag),
              },
        );
  return judged(heard, look.gaps, trace === "ds" ? "the parent zone" : "the zone");
}

/** Whether the parent's servers have any DS record, of whosever key. */
export const anyDs = (look: ZoneLook): Sight =>
  judged(
    look.parents.map((seen) =>
      seen.state === "unknown"
        ? { address: seen.address, has: undefined, reason: seen.reason }
        : { address: seen.address, has: seen.ds.length > 0 },
    ),
    look.gaps,
    "the parent zone",
  );

function judged(
  heard: readonly { address: string; has: boolean | undefined; reason?: string }[],
  gaps: readonly string[],
  whose: string,
): Sight {
  const addresses = heard.map(({ address }) => address);
  const silent = heard.flatMap(({ address, has, reason }) =>
    has === undefined ? [`${address}: ${reason ?? ""}`] : [],
  );
  const unheard = [...gaps, ...silent, ...(heard.length === 0 ? [`no server of ${whose} is known`] : [])];
  const having = heard.filter(({ has }) => has === true);
  const without = heard.filter(({ has }) => has === false);
  if (unheard.length > 0) return { sight: having.length > 0 ? "partly" : "unknown", reasons: unheard, addresses };
  if (without.length === 0) return { sight: "everywhere", reasons: [], addresses };
  if (having.length === 0) return { sight: "nowhere", reasons: [], addresses };
  const reasons = [
    `${having.map(({ address }) => address).join(", ")} with it, ${without.map(({ address }) => address).join(", ")} without`,
  ];
  return { sight: "partly", reasons, addresses };
}

/** The longest that anybody keeps the parent's DS records, or that there is none. Absent where no server of the parent answered. */
export function dsTtlSeen(look: ZoneLook): Seconds | undefined {
  const ttls = look.parents.flatMap((seen) => (seen.state === "answered" ? [seen.ttl] : []));
  return ttls.length === 0 ? undefined : Math.max(...ttls);
}

/** The servers that do not say what the zone says of what its parent is asked for (RFC 7344 §6.1): one is enough to wait. */
export const cdsDisagreements = (look: ZoneLook, cds: readonly string[], cdnskey: readonly string[]): string[] =>
  look.servers.flatMap((seen) => {
    if (seen.state === "unknown") return [`${seen.address}: ${seen.reason}`];
    return same(seen.cds, cds) && same(seen.cdnskey, cdnskey)
      ? []
      : [`${seen.address}: serial ${seen.serial} is behind`];
  });

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.toSorted().join() === b.toSorted().join();
