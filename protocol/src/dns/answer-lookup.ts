import type { AnswerOptions } from "./answer.ts";
import { OnlineProof } from "./answer-online.ts";
import type { AnswerProof, Found } from "./answer-proof.ts";
import { headerOctets, type Query } from "./answer-query.ts";
import type { Reply } from "./answer-reply.ts";
import { RCODE } from "./message.ts";
import { TYPE } from "./record.ts";
import { findSet, type ZoneContent } from "./zone-content.ts";
import { LookupName } from "./zone-names.ts";
import { findZone, type ZoneSet } from "./zone-set.ts";
import type { Zone } from "./zone.ts";

/** RFC 1034 §5.2.2 asks for a limit; resolvers follow 8 to 16 aliases. */
const aliasesMax = 16;
const nameOctetsMax = 255;

const online = new OnlineProof();
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
  /** What is looked for now. */
  readonly #found: Found = { name: new LookupName(), nameAt: 0, missingLabels: 0 };
  #aliases = 0;
  /** Whether the zone is signed as it is asked. */
  #isOnline = false;
  /** Absent: the zone has no proofs, or the query does not want them. */
  #proof: AnswerProof | undefined;
  readonly #alias = new LookupName();
  readonly #visited = new Int32Array(aliasesMax);

  /**
   * Answers a question from one zone: RFC 1034 §4.3.2 steps 3 and 4. An alias starts the search again, as long as its target belongs to
   * the same zone: what stands in another zone the resolver has to ask for itself, since it would not believe us.
   */
  answer(zones: ZoneSet, number: number, query: Query, reply: Reply, options: AnswerOptions): void {
    const zone = zones.zones[number];
    if (!zone) return;
    this.#content = zone.content;
    this.#reply = reply;
    this.#type = query.type;
    this.#wantsAll = query.wantsAll;
    this.#isParentSide = query.type === TYPE.DS && isOtherZone(zones.origins.find(query.name, 0), number);
    this.#found.name = query.name;
    this.#found.nameAt = headerOctets;
    this.#startProof(zone, query, options);
    reply.authoritative = true;
    for (this.#aliases = 0; this.#aliases < aliasesMax; this.#aliases++) {
      if (this.#search() === "done" || reply.overflowed || findZone(zones, this.#alias, 0) !== number) break;
      this.#found.name = this.#alias;
      this.#found.nameAt = reply.nameAt;
    }
    this.#proof?.finish();
  }

  /** With DO everything is proven; without it, only what is asked for as such is made. */
  #startProof(zone: Zone, query: Query, options: AnswerOptions): void {
    this.#proof = undefined;
    this.#isOnline = false;
    if (isSignedOnline(zone)) {
      const { now } = options;
      if (now === undefined) return;
      this.#isOnline = true;
      online.start(zone, this.#reply, now);
      if (!query.dnssecOk) return;
      this.#reply.compactOk = query.compactOk;
      this.#proof = online;
    }
  }

  /**
   * A name is searched as a whole. If it does not exist, its closest encloser decides (RFC 4592 §3.3.1): below a zone cut the name is
   * referred, below a DNAME renamed, beside a wildcard synthesized, else denied.
   */
  #search(): Step {
    const { names, cover, wildcard, hasDname } = this.#content;
    const { name } = this.#found;
    const node = names.find(name, 0);
    if (node >= 0) {
      this.#found.missingLabels = 0;
      const covering = cover[node]!;
      // The DS of a child zone is data of its parent (RFC 4035 §3.1.4.1).
      const isHere = covering < 0 || (covering === node && this.#type === TYPE.DS);
      return isHere ? this.#answerAt(node) : this.#covered(covering);
    }
    let label = 1;
    let encloser = names.find(name, label);
    while (encloser < 0) encloser = names.find(name, ++label); // ends at the apex
    this.#found.missingLabels = label;
    if (cover[encloser]! >= 0) return this.#covered(cover[encloser]!);
    if (hasDname && findSet(this.#content, encloser, TYPE.DNAME) >= 0) return this.#rename(encloser);
    if (wildcard[encloser]! >= 0) return this.#answerAt(wildcard[encloser]!);
    if (this.#showsProof(-1)) return "done";
    this.#reply.rcode = RCODE.NXDOMAIN;
    this.#deny();
    this.#proof?.noName(this.#found);
    return "done";
  }

  #answerAt(node: number): Step {
    const { firstSet, octets, setAt } = this.#content;
    const first = firstSet[node]!;
    // One RRset is enough for ANY (RFC 8482 §4.1); over UDP nobody gets amplification out of us.
    const isAny = this.#type === TYPE.ANY && first < firstSet[node + 1]!;
    const set = isAny ? first : findSet(this.#content, node, this.#type);
    if (set >= 0) {
      const end = isAny && this.#wantsAll ? firstSet[node + 1]! : set + 1;
      this.#reply.set("answer", this.#found.nameAt, octets, setAt[set]!, setAt[end]!);
      for (let each = set; each < end; each++) this.#proof?.answered(each, node, this.#found);
      if (this.#type === TYPE.NS) {
        this.#proof?.finish();
        this.#addServers(set, () => "optional");
      }
      return "done";
    }
    if (this.#showsProof(node)) return "done";
    const alias = this.#followsAliases() ? findSet(this.#content, node, TYPE.CNAME) : -1;
    if (alias < 0) {
      this.#deny();
      this.#proof?.noType(node, this.#found);
      return "done";
    }
    for (let earlier = 0; earlier < this.#aliases; earlier++) {
      if (this.#visited[earlier] === node) return "done"; // a loop, and all of it was said
    }
    this.#visited[this.#aliases] = node;
    this.#reply.set("answer", this.#found.nameAt, octets, setAt[alias]!, setAt[alias + 1]!);
    const targetAt = this.#reply.nameAt;
    this.#proof?.answered(alias, node, this.#found);
    this.#reply.nameAt = targetAt;
    this.#alias.read(octets, setAt[alias]! + 10);
    return "alias";
  }

  /** Answers questions for the records that prove, when they are made as they are asked for. */
  #showsProof(node: number): boolean {
    if (!this.#isOnline || (this.#type !== TYPE.NSEC && this.#type !== TYPE.RRSIG)) return false;
    return online.show(this.#type, node, this.#found, this.#proof ? "signed" : "unsigned");
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
  #deny(): void {
    const { names, octets, setAt, negativeTtl } = this.#content;
    const set = findSet(this.#content, 0, TYPE.SOA);
    this.#reply.namedSet("authority", names.octets, names.start(0), octets, setAt[set]!, setAt[set + 1]!);
    const ttlAt = this.#reply.recordAt + 4;
    for (let octet = 0; octet < 4; octet++) this.#reply.octets[ttlAt + octet] = negativeTtl >>> (24 - 8 * octet);
  }

  /**
   * A referral: the NS records of the cut and the addresses of those servers that lie in this zone. Addresses at or below the cut nobody
   * could find out otherwise: without them the reply is truncated (RFC 9471 §3). The others go along if there is room.
   */
  #refer(cut: number, set: number): Step {
    const { names, octets, setAt, cover } = this.#content;
    this.#reply.namedSet("authority", names.octets, names.start(cut), octets, setAt[set]!, setAt[set + 1]!);
    this.#proof?.referred(cut, names.octets, names.start(cut));
    this.#proof?.finish();
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

  /** The owner is written as the NS record has it, at `ownerAt`. Addresses beside a cut are signed, glue is not (RFC 4035 §2.2, §3.1.1). */
  #addAddresses(node: number, ownerAt: number, need: Need): void {
    const { octets, setAt, cover } = this.#content;
    const before = this.#reply.mark();
    for (const type of [TYPE.A, TYPE.AAAA]) {
      const set = findSet(this.#content, node, type);
      if (set < 0) continue;
      this.#reply.namedSet("additional", octets, ownerAt, octets, setAt[set]!, setAt[set + 1]!);
      if (cover[node]! < 0) this.#proof?.wrote("additional", set, node, target.octets, 0);
    }
    if (need === "optional" && this.#reply.overflowed) this.#reply.rewind(before);
  }

  /** RFC 6672 §3.2: the DNAME, and a CNAME made from it for the name asked; YXDOMAIN when that name would be too long. */
  #rename(node: number): Step {
    const { names, octets, setAt } = this.#content;
    const reply = this.#reply;
    const set = findSet(this.#content, node, TYPE.DNAME);
    const at = setAt[set]!;
    const end = setAt[set + 1]!;
    this.#visited[this.#aliases] = -1;
    reply.namedSet("answer", names.octets, names.start(node), octets, at, end);
    this.#proof?.wrote("answer", set, node, names.octets, names.start(node));
    const { name, nameAt } = this.#found;
    const prefix = name.length - lengthOf(names.octets, names.start(node));
    if (prefix + end - at - 10 > nameOctetsMax) {
      reply.rcode = RCODE.YXDOMAIN;
      return "done";
    }
    synthesized.set(name.octets.subarray(0, prefix));
    synthesized.set(octets.subarray(at + 10, end), prefix);
    reply.pointer(nameAt);
    reply.u16(TYPE.CNAME);
    for (let octet = at + 2; octet < at + 8; octet++) reply.octets[reply.at++] = octets[octet]!; // class and TTL of the DNAME
    const lengthAt = reply.at;
    reply.u16(0);
    reply.name(synthesized, 0, "exact");
    reply.octets[lengthAt + 1] = reply.at - lengthAt - 2;
    reply.count("answer");
    if (this.#type === TYPE.CNAME) return "done"; // that was the question
    this.#alias.read(synthesized, 0);
    for (let label = this.#alias.labels; label > 0; label--) {
      if (names.find(this.#alias, label) === node) return "done"; // a target below its own DNAME: there is no end to that
    }
    return "alias";
  }
}

const isSignedOnline = (zone: Zone): zone is Zone & Required<Pick<Zone, "signing">> => zone.signing !== undefined;

const isOtherZone = (found: number, zone: number): boolean => found >= 0 && found !== zone;

function lengthOf(octets: Uint8Array, start: number): number {
  let at = start;
  while (octets[at] !== 0) at += octets[at]! + 1;
  return at + 1 - start;
}
