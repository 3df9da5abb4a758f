import {
  childName,
  isAtOrBelow,
  parseName,
  RCODE,
  readName,
  readNsec,
  TYPE,
  type Message,
  type ResourceRecord,
} from "chancery/dns";
import { negativeTtlOf, type UnknownReason } from "./resolution.ts";

/** What the reply of one server of a zone means for one question. */
export type Classified =
  | { kind: "records"; records: ResourceRecord[]; alias?: { target: string; ttl: number } }
  | { kind: "alias"; alias: { target: string; ttl: number } }
  | { kind: "absent"; reason: "nxdomain" | "nodata"; soa?: ResourceRecord; negativeTtl?: number }
  | { kind: "referral"; apex: string; ns: ResourceRecord[] }
  | { kind: "failed"; reason: UnknownReason };

/** The class-IN records of an answer section at `name` of `type`. */
export const recordsAt = (records: readonly ResourceRecord[], name: string, type: number): ResourceRecord[] =>
  records.filter(
    (record) => record.name === name && record.class === undefined && (record.type === type || type === TYPE.ANY),
  );

/** The first alias at `name` in an answer section; where a server leaves it to us, the one that a DNAME above makes (RFC 6672 §2.2). */
export function aliasAt(records: readonly ResourceRecord[], name: string): { target: string; ttl: number } | undefined {
  const [cname] = recordsAt(records, name, TYPE.CNAME);
  if (cname) return { target: readName(cname.data), ttl: cname.ttl };
  const dname = records.find(
    (record) =>
      record.type === TYPE.DNAME &&
      record.class === undefined &&
      record.name !== name &&
      isAtOrBelow(name, record.name),
  );
  if (!dname) return undefined;
  const above = dname.name === "." ? name : name.slice(0, -dname.name.length - 1);
  const target = parseName(childName(above, readName(dname.data)));
  return target.ok ? { target: target.value, ttl: dname.ttl } : undefined;
}

/**
 * Whether an authority section denies the very existence of `name` in the compact way: NOERROR, and an NSEC record at the name
 * that lists NXNAME (RFC 9824 §2).
 */
export const isCompactDenial = (records: readonly ResourceRecord[], name: string): boolean =>
  recordsAt(records, name, TYPE.NSEC).some((record) => {
    const nsec = readNsec(record);
    return nsec.ok && nsec.value.types.includes(TYPE.NXNAME);
  });

/**
 * Reads a reply of a server of the zone `apex`. Only what stands at the very name that was asked is believed: it is in the
 * zone, whatever else the reply holds may not be (RFC 5452 §6). Aliases are followed by asking again.
 */
export function classifyAuthoritative(message: Message, name: string, type: number, apex: string): Classified {
  const { rcode } = message;
  if (rcode === RCODE.SERVFAIL) return { kind: "failed", reason: "servfail" };
  if (rcode === RCODE.REFUSED) return { kind: "failed", reason: "refused" };
  if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) return { kind: "failed", reason: "other-rcode" };
  const records = recordsAt(message.answers, name, type);
  const inZone = message.answers.filter((record) => isAtOrBelow(record.name, apex));
  const alias = type === TYPE.CNAME ? undefined : aliasAt(inZone, name);
  if (message.authoritative && records.length > 0) return { kind: "records", records, ...(alias ? { alias } : {}) };
  if (message.authoritative && alias) return { kind: "alias", alias };
  if (records.length > 0 || alias) return { kind: "failed", reason: "lame" };
  // Something was answered, and not to our question: that is no word on whether there is an answer.
  if (rcode === RCODE.NOERROR && message.answers.length > 0) return { kind: "failed", reason: "malformed" };
  const soa = message.authority.find((record) => record.type === TYPE.SOA && isAtOrBelow(name, record.name));
  const negative = soa && isAtOrBelow(soa.name, apex) ? { soa, negativeTtl: negativeTtlOf(soa) } : {};
  if (rcode === RCODE.NXDOMAIN) {
    return message.authoritative
      ? { kind: "absent", reason: "nxdomain", ...negative }
      : { kind: "failed", reason: "lame" };
  }
  const cut = soa ? undefined : cutIn(message.authority, name, apex);
  if (cut !== undefined) {
    return { kind: "referral", apex: cut, ns: recordsAt(message.authority, cut, TYPE.NS) };
  }
  if (message.authoritative) {
    return { kind: "absent", reason: isCompactDenial(message.authority, name) ? "nxdomain" : "nodata", ...negative };
  }
  return { kind: "failed", reason: "lame" };
}

/** The owner of NS records that lead from the zone `apex` down towards `name`. */
function cutIn(authority: readonly ResourceRecord[], name: string, apex: string): string | undefined {
  const ns = authority.find(
    (record) =>
      record.type === TYPE.NS &&
      record.name !== apex &&
      isAtOrBelow(record.name, apex) &&
      isAtOrBelow(name, record.name),
  );
  return ns?.name;
}
