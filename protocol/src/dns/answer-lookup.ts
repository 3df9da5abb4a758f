import { questionAt, type Query } from "./answer-query.ts";
import type { Reply } from "./answer-reply.ts";
import { RCODE } from "./message.ts";
import { TYPE } from "./record.ts";
import { findSet, type ZoneContent } from "./zone-content.ts";
import { LookupName } from "./zone-names.ts";
import { findZone, type ZoneSet } from "./zone-set.ts";

/** RFC 1034 §5.2.2 asks for a limit; resolvers follow 8 to 16 aliases. */
const aliasesMax = 16;
const nameOctetsMax = 255;

const current = new LookupName();
const target = new LookupName();
const visited = new Int32Array(aliasesMax);
const synthesized = new Uint8Array(2 * nameOctetsMax);

/** What the search for one name came to: go on with the alias's target, which stands in `current`, or done. */
type Step = { ownerAt: number } | "done";

/**
 * Answers a question from one zone: RFC 1034 §4.3.2 steps 3 and 4, with wildcards after RFC 4592, DNAME after RFC 6672 and negative
 * answers after RFC 2308. A name is searched as a whole; if it does not exist, its closest encloser decides: below a zone cut it is
 * referred, below a DNAME renamed, beside a wildcard synthesized, else denied. An alias starts the search again, as long as its target
 * belongs to the same zone: what stands in another zone the resolver has to ask for itself, since it would not believe us.
 */
export function answerFromZone(zones: ZoneSet, zone: number, query: Query, reply: Reply): void {
  const content = zones.zones[zone]?.content;
  if (!content) return;
  reply.authoritative = true;
  let step = search(content, query.name, questionAt, query.type, reply, 0);
  for (let aliases = 1; step !== "done" && aliases < aliasesMax && !reply.overflowed; aliases++) {
    if (findZone(zones, current, 0) !== zone) return;
    step = search(content, current, step.ownerAt, query.type, reply, aliases);
  }
}

function search(
  content: ZoneContent,
  name: LookupName,
  ownerAt: number,
  type: number,
  reply: Reply,
  aliases: number,
): Step {
  const { names, cover } = content;
  let node = names.find(name, 0);
  if (node < 0) {
    let label = 1;
    let encloser = names.find(name, label);
    while (encloser < 0) encloser = names.find(name, ++label); // ends at the apex
    const covering = cover[encloser]!;
    if (covering >= 0) return covered(content, covering, name, ownerAt, reply, aliases);
    if (content.hasDname && findSet(content, encloser, TYPE.DNAME) >= 0) {
      return substitute(content, encloser, name, ownerAt, reply, aliases);
    }
    node = content.wildcard[encloser]!;
    if (node < 0) {
      reply.rcode = RCODE.NXDOMAIN;
      return denied(content, reply);
    }
  } else if (cover[node]! >= 0 && !(type === TYPE.DS && cover[node] === node)) {
    // The DS of a child zone is data of its parent (RFC 4035 §3.1.4.1).
    return covered(content, cover[node]!, name, ownerAt, reply, aliases);
  }
  return answerAtNode(content, node, ownerAt, type, reply, aliases);
}

function answerAtNode(
  content: ZoneContent,
  node: number,
  ownerAt: number,
  type: number,
  reply: Reply,
  aliases: number,
): Step {
  const first = content.firstSet[node]!;
  const hasSets = first < content.firstSet[node + 1]!;
  // One RRset is enough for ANY (RFC 8482 §4.1); nobody gets amplification out of us.
  const set = type === TYPE.ANY && hasSets ? first : findSet(content, node, type);
  if (set >= 0) {
    reply.set("answer", ownerAt, content.octets, content.setAt[set]!, content.setAt[set + 1]!);
    return "done";
  }
  const alias = type === TYPE.RRSIG || type === TYPE.NSEC ? -1 : findSet(content, node, TYPE.CNAME);
  if (alias < 0) return denied(content, reply);
  for (let earlier = 0; earlier < aliases; earlier++) if (visited[earlier] === node) return "done"; // a loop: all of it was said
  visited[aliases] = node;
  const at = content.setAt[alias]!;
  reply.set("answer", ownerAt, content.octets, at, content.setAt[alias + 1]!);
  current.read(content.octets, at + 10);
  return { ownerAt: reply.nameAt };
}

/** Below a zone cut, or below a DNAME that hides a name that has records of its own (RFC 6672 §2.4). */
function covered(
  content: ZoneContent,
  covering: number,
  name: LookupName,
  ownerAt: number,
  reply: Reply,
  aliases: number,
): Step {
  const nameServers = covering === 0 ? -1 : findSet(content, covering, TYPE.NS);
  if (nameServers < 0) return substitute(content, covering, name, ownerAt, reply, aliases);
  if (aliases === 0) reply.authoritative = false;
  refer(content, covering, nameServers, reply);
  return "done";
}

/** NODATA or, with the RCODE set, NXDOMAIN: the SOA with the TTL for negative answers (RFC 2308 §3). */
function denied(content: ZoneContent, reply: Reply): Step {
  const { names, octets, setAt, negativeTtl } = content;
  const set = findSet(content, 0, TYPE.SOA);
  reply.namedSet("authority", names.octets, names.start(0), octets, setAt[set]!, setAt[set + 1]!);
  const ttlAt = reply.recordAt + 4;
  for (let octet = 0; octet < 4; octet++) reply.octets[ttlAt + octet] = negativeTtl >>> (24 - 8 * octet);
  return "done";
}

/**
 * A referral: the NS records of the cut and the addresses of those servers that lie in this zone. Addresses at or below the cut nobody
 * could find out otherwise: without them the reply is truncated (RFC 9471 §3). The others go along if there is room.
 */
function refer(content: ZoneContent, cut: number, nameServers: number, reply: Reply): void {
  const { names, octets, setAt } = content;
  const from = setAt[nameServers]!;
  const to = setAt[nameServers + 1]!;
  reply.namedSet("authority", names.octets, names.start(cut), octets, from, to);
  for (const wanted of ["below the cut", "elsewhere"] as const) {
    for (let at = from; at < to && !reply.overflowed;) {
      target.read(octets, at + 10);
      const node = names.find(target, 0);
      if (node >= 0 && (content.cover[node] === cut) === (wanted === "below the cut")) {
        addAddresses(content, node, octets, at + 10, reply, wanted === "elsewhere");
      }
      at += 10 + ((octets[at + 8]! << 8) | octets[at + 9]!);
    }
  }
}

function addAddresses(
  content: ZoneContent,
  node: number,
  name: Uint8Array,
  nameAt: number,
  reply: Reply,
  isOptional: boolean,
): void {
  const before = reply.mark();
  for (const type of [TYPE.A, TYPE.AAAA]) {
    const set = findSet(content, node, type);
    if (set < 0) continue;
    reply.namedSet("additional", name, nameAt, content.octets, content.setAt[set]!, content.setAt[set + 1]!);
  }
  if (isOptional && reply.overflowed) reply.rewind(before);
}

/** RFC 6672 §3.2: the DNAME, and a CNAME made from it for the name asked; YXDOMAIN when that name would be too long. */
function substitute(
  content: ZoneContent,
  node: number,
  name: LookupName,
  ownerAt: number,
  reply: Reply,
  aliases: number,
): Step {
  const { names, octets, setAt } = content;
  const set = findSet(content, node, TYPE.DNAME);
  const at = setAt[set]!;
  const end = setAt[set + 1]!;
  visited[aliases] = -1;
  reply.namedSet("answer", names.octets, names.start(node), octets, at, end);
  const prefix = name.length - lengthOf(names.octets, names.start(node));
  const length = prefix + end - at - 10;
  if (length > nameOctetsMax) {
    reply.rcode = RCODE.YXDOMAIN;
    return "done";
  }
  synthesized.set(name.octets.subarray(0, prefix));
  synthesized.set(octets.subarray(at + 10, end), prefix);
  reply.pointer(ownerAt);
  reply.u16(TYPE.CNAME);
  for (let octet = at + 2; octet < at + 8; octet++) reply.octets[reply.at++] = octets[octet]!; // class and TTL of the DNAME
  const lengthAt = reply.at;
  reply.u16(0);
  reply.name(synthesized, 0, "exact");
  reply.octets[lengthAt + 1] = reply.at - lengthAt - 2;
  reply.count("answer");
  current.read(synthesized, 0);
  return { ownerAt: reply.nameAt };
}

function lengthOf(octets: Uint8Array, start: number): number {
  let at = start;
  while (octets[at] !== 0) at += octets[at]! + 1;
  return at + 1 - start;
}
