import { headerOctets, type Query } from "./answer-query.ts";
import type { Reply } from "./answer-reply.ts";
import { RCODE } from "./message.ts";
import { TYPE } from "./record.ts";
import { findSet, type ZoneContent } from "./zone-content.ts";
import { LookupName } from "./zone-names.ts";
import { zoneOfQuestion, type ZoneSet } from "./zone-set.ts";

/** RFC 1034 §5.2.2 asks for a limit; resolvers follow 8 to 16 aliases. */
const aliasesMax = 16;
const nameOctetsMax = 255;

const target = new LookupName();
const synthesized = new Uint8Array(2 * nameOctetsMax);

/** Whether the search goes on with the target of an alias, which stands in `#alias`. */
type Step = "alias" | "done";
/** Whether a reply may leave an address out for want of room. */
type Need = "required" | "optional";

/** The search for the answer to one question in one zone. One object serves many questions in turn. */
export class Lookup {
  #content!: ZoneContent;
  #reply!: Reply;
  #type = 0;
  #wantsAll = false;
  /** Asked of the parent side of an apex that we serve too: there the DS records are all that may be told. */
  #isParentSide = false;
  /** The name looked for now, and where the message has it. */
  #name!: LookupName;
  #nameAt = 0;
  #aliases = 0;
  readonly #alias = new LookupName();
  /** The aliases followed: node and hash of the name, since a wildcard is one node for many names; for a DNAME -2 less the node. */
  readonly #visited = new Int32Array(aliasesMax);
  readonly #visitedHash = new Uint32Array(aliasesMax);

  /**
   * Answers a question from one zone: RFC 1034 §4.3.2 steps 3 and 4. An alias starts the search again, as long as its target belongs to
   * the same zone: what stands in another zone the resolver has to ask for itself, since it would not believe us.
   */
  answer(zones: ZoneSet, zone: number, query: Query, reply: Reply): void {
    const content = zones.zones[zone]?.content;
    if (!content) return;
    this.#content = content;
    this.#reply = reply;
    this.#type = query.type;
    this.#wantsAll = query.wantsAll;
    this.#isParentSide = query.type === TYPE.DS && isOtherZone(zones.origins.find(query.name, 0), zone);
    this.#name = query.name;
    this.#nameAt = headerOctets;
    reply.authoritative = true;
    for (this.#aliases = 0; this.#aliases < aliasesMax; this.#aliases++) {
      if (this.#search() === "done" || reply.overflowed || zoneOfQuestion(zones, this.#alias, query.type) !== zone)
        return;
      this.#name = this.#alias;
      this.#nameAt = reply.nameAt;
    }
  }

  /**
   * A name is searched as a whole. If it does not exist, its closest encloser decides (RFC 4592 §3.3.1): below a zone cut the name is
   * referred, below a DNAME renamed, beside a wildcard synthesized, else denied.
   */
  #search(): Step {
    const { names, cover, wildcard, hasDname } = this.#content;
    const node = names.find(this.#name, 0);
    if (node >= 0) {
      const covering = cover[node]!;
      // The DS of a child zone is data of its parent (RFC 4035 §3.1.4.1).
      const isHere = covering < 0 || (covering === node && this.#type === TYPE.DS);
      return isHere ? this.#answerAt(node) : this.#covered(covering);
    }
    let label = 1;
    let encloser = names.find(this.#name, label);
    while (encloser < 0) encloser = names.find(this.#name, ++label); // ends at the apex
    if (cover[encloser]! >= 0) return this.#covered(cover[encloser]!);
    if (hasDname && findSet(this.#content, encloser, TYPE.DNAME) >= 0) return this.#rename(encloser);
    if (wildcard[encloser]! >= 0) return this.#answerAt(wildcard[encloser]!);
    this.#reply.rcode = RCODE.NXDOMAIN;
    return this.#deny();
  }

  #answerAt(node: number): Step {
    const { firstSet, setType, octets, setAt } = this.#content;
    const first = firstSet[node]!;
    // One RRset is enough for ANY (RFC 8482 §4.1); over UDP nobody gets amplification out of us.
    const isAny = this.#type === TYPE.ANY && first < firstSet[node + 1]!;
    const set = isAny ? first : findSet(this.#content, node, this.#type);
    if (set >= 0) {
      if (setType[set] === TYPE.DNAME && this.#hasRenamed(node)) return "done";
      const end = isAny && this.#wantsAll ? firstSet[node + 1]! : set + 1;
      this.#reply.set("answer", this.#nameAt, octets, setAt[set]!, setAt[end]!);
      if (this.#type === TYPE.NS) this.#addServers(set, () => "optional");
      return "done";
    }
    const alias = this.#followsAliases() ? findSet(this.#content, node, TYPE.CNAME) : -1;
    if (alias < 0) return this.#deny();
    for (let earlier = 0; earlier < this.#aliases; earlier++) {
      // A loop, and all of it was said.
      if (this.#visited[earlier] === node && this.#visitedHash[earlier] === this.#name.hash(0)) return "done";
    }
    this.#visited[this.#aliases] = node;
    this.#visitedHash[this.#aliases] = this.#name.hash(0);
    this.#reply.set("answer", this.#nameAt, octets, setAt[alias]!, setAt[alias + 1]!);
    this.#alias.read(octets, setAt[alias]! + 10);
    return "alias";
  }

  #followsAliases(): boolean {
    return this.#type !== TYPE.RRSIG && this.#type !== TYPE.NSEC && !this.#isParentSide;
  }

  /** Below a zone cut, or below a DNAME that hides a name with records of its own (RFC 6672 §2.4). */
  #covered(node: number): Step {
    const nameServers = node === 0 ? -1 : findSet(this.#content, node, TYPE.NS);
    if (nameServers < 0) return this.#rename(node);
    if (this.#aliases === 0) this.#reply.authoritative = false;
    return this.#refer(node, nameServers);
  }

  /** NODATA or, with the RCODE set, NXDOMAIN: the SOA with the TTL for negative answers (RFC 2308 §3). */
  #deny(): Step {
    const { names, octets, setAt, negativeTtl } = this.#content;
    const set = findSet(this.#content, 0, TYPE.SOA);
    this.#reply.namedSet("authority", names.octets, names.start(0), octets, setAt[set]!, setAt[set + 1]!);
    const ttlAt = this.#reply.recordAt + 4;
    for (let octet = 0; octet < 4; octet++) this.#reply.octets[ttlAt + octet] = negativeTtl >>> (24 - 8 * octet);
    return "done";
  }

  /**
   * A referral: the NS records of the cut and the addresses of those servers that lie in this zone. Addresses at or below the cut nobody
   * could find out otherwise: without them the reply is truncated (RFC 9471 §3). The others go along if there is room.
   */
  #refer(cut: number, set: number): Step {
    const { names, octets, setAt, cover } = this.#content;
    this.#reply.namedSet("authority", names.octets, names.start(cut), octets, setAt[set]!, setAt[set + 1]!);
    this.#addServers(set, (node) => (cover[node] === cut ? "required" : "optional"));
    return "done";
  }

  /** The addresses that the zone has for the servers of a NS RRset, the required ones first. */
  #addServers(set: number, needOf: (node: number) => Need): void {
    const { names, octets, setAt } = this.#content;
    const to = setAt[set + 1]!;
    for (const need of ["required", "optional"] as const) {
      for (let at = setAt[set]!; at < to && !this.#reply.overflowed;) {
        target.read(octets, at + 10);
        const node = names.find(target, 0);
        if (node >= 0 && needOf(node) === need) this.#addAddresses(node, at + 10, need);
        at += 10 + ((octets[at + 8]! << 8) | octets[at + 9]!);
      }
    }
  }

  /** The owner is written as the NS record has it, at `ownerAt`. */
  #addAddresses(node: number, ownerAt: number, need: Need): void {
    const { octets, setAt } = this.#content;
    const before = this.#reply.mark();
    for (const type of [TYPE.A, TYPE.AAAA]) {
      const set = findSet(this.#content, node, type);
      if (set >= 0) this.#reply.namedSet("additional", octets, ownerAt, octets, setAt[set]!, setAt[set + 1]!);
    }
    if (need === "optional" && this.#reply.overflowed) this.#reply.rewind(before);
  }

  /** Whether the DNAME of that node was said already. */
  #hasRenamed(node: number): boolean {
    for (let alias = 0; alias < this.#aliases; alias++) if (this.#visited[alias] === -2 - node) return true;
    return false;
  }

  /** RFC 6672 §3.2: the DNAME, and a CNAME made from it for the name asked; YXDOMAIN when that name would be too long. */
  #rename(node: number): Step {
    const { names, octets, setAt } = this.#content;
    const reply = this.#reply;
    const set = findSet(this.#content, node, TYPE.DNAME);
    const at = setAt[set]!;
    const end = setAt[set + 1]!;
    // Where names come by it again, the DNAME has been said.
    const isSaid = this.#hasRenamed(node);
    this.#visited[this.#aliases] = -2 - node;
    if (!isSaid) reply.namedSet("answer", names.octets, names.start(node), octets, at, end);
    const prefix = this.#name.length - lengthOf(names.octets, names.start(node));
    if (prefix + end - at - 10 > nameOctetsMax) {
      reply.rcode = RCODE.YXDOMAIN;
      return "done";
    }
    synthesized.set(this.#name.octets.subarray(0, prefix));
    synthesized.set(octets.subarray(at + 10, end), prefix);
    reply.pointer(this.#nameAt);
    reply.u16(TYPE.CNAME);
    for (let octet = at + 2; octet < at + 8; octet++) reply.octets[reply.at++] = octets[octet]!; // class and TTL of the DNAME
    const lengthAt = reply.at;
    reply.u16(0);
    reply.name(synthesized, 0, "exact");
    reply.octets[lengthAt + 1] = reply.at - lengthAt - 2;
    reply.count("answer");
    if (this.#type === TYPE.CNAME) return "done"; // that was the question
    this.#alias.read(synthesized, 0);
    target.read(octets, at + 10);
    for (let label = 0; label <= target.labels; label++) {
      if (names.find(target, label) === node) return "done"; // a target at or below its own DNAME: there is no end to that
    }
    return "alias";
  }
}

const isOtherZone = (found: number, zone: number): boolean => found >= 0 && found !== zone;

function lengthOf(octets: Uint8Array, start: number): number {
  let at = start;
  while (octets[at] !== 0) at += octets[at]! + 1;
  return at + 1 - start;
}
