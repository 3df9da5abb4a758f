import { aaaaData, aData, nameData, type ResourceRecord, soaData, txtData, TYPE } from "chancery/dns";
import type { DnsSettings } from "./delegation/delegation.ts";
import { day, hour, minute, type Seconds } from "./seconds.ts";
import type { TimingPolicy } from "./rotation/timing-policy.ts";

/** Secondaries ask this often, and serve on for three weeks without us. */
const refreshSeconds: Seconds = hour;
const retrySeconds: Seconds = 10 * minute;
const expireSeconds: Seconds = 21 * day;

type Ttls = Pick<TimingPolicy, "recordTtlSeconds" | "negativeTtlSeconds">;

/** SOA of a zone of ours. Negative answers are kept for min(SOA TTL, SOA MINIMUM) (RFC 2308 §5): both say it. */
export const soaOf = (
  origin: string,
  hosts: readonly string[],
  serial: number,
  dns: DnsSettings,
  ttls: Ttls,
): ResourceRecord => ({
  name: origin,
  type: TYPE.SOA,
  ttl: ttls.negativeTtlSeconds,
  data: soaData({
    mname: hosts[0] ?? origin,
    rname: `hostmaster.${dns.zone}`,
    serial,
    refresh: refreshSeconds,
    retry: retrySeconds,
    expire: expireSeconds,
    minimum: ttls.negativeTtlSeconds,
  }),
});

export const nsOf = (origin: string, hosts: readonly string[], ttls: Ttls): ResourceRecord[] =>
  hosts.map((host) => ({ name: origin, type: TYPE.NS, ttl: ttls.recordTtlSeconds, data: nameData(host) }));

/** The addresses of our name servers, under the names by which one zone knows them, in the order of `dns.nameservers`. */
export const addressesOf = (hosts: readonly string[], dns: DnsSettings, ttls: Ttls): ResourceRecord[] =>
  hosts.flatMap((name, index) =>
    (dns.nameservers[index]?.addresses ?? []).map((address) => ({
      name,
      type: address.includes(":") ? TYPE.AAAA : TYPE.A,
      ttl: ttls.recordTtlSeconds,
      data: address.includes(":") ? aaaaData(address) : aData(address),
    })),
  );

/** The key record of one key. */
export const keyRecordAt = (name: string, text: string, ttls: Ttls): ResourceRecord => ({
  name,
  type: TYPE.TXT,
  ttl: ttls.recordTtlSeconds,
  data: txtData(text),
});

/** Whether a name lies in a zone. */
export const isWithin = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`);
