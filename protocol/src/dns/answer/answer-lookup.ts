import type { AnswerOptions } from "./answer-options.ts";
import { OnlineProof } from "./proof/answer-online.ts";
import { NsecProof } from "./proof/answer-nsec.ts";
import { Nsec3Proof } from "./proof/answer-nsec3.ts";
import type { AnswerProof, Found } from "./proof/answer-proof.ts";
import { headerOctets, type Query } from "../message/query.ts";
import type { SigningBudget } from "./proof/rrset-signer.ts";
import type { Reply } from "./answer-reply.ts";
import { RCODE } from "../message/message.ts";
import { TYPE } from "../record/record.ts";
import type { ZoneContent } from "../zone/zone-content.ts";
import { LookupName } from "../name/lookup-name.ts";
import { fixedOctets, setEnd } from "../zone/zone-page.ts";
import { zoneOfQuestion, type ZoneSet } from "../zone/zone-set.ts";
import type { Zone } from "../zone/zone.ts";

/** RFC 1034 §5.2.2 asks for a limit; resolvers follow 8 to 16 aliases. */
const aliasesMax = 16;
const nameOctetsMax = 255;

const online = new OnlineProof();
const byNsec = new NsecProof();
const byNsec3 = new Nsec3Proof();
const target = new LookupName();
const wildcard = new LookupName();
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
  /** The zone cut or the DNAME that hides the name, at which of its labels it stands, and the NS records of a cut or -1. */
  #cover = -1;
  #coverLabel = 0;
  #coverServers = -1;
  #cutLabels = 0;
  /** The aliases followed: node and hash of the name, since a wildcard is one node for many names; for a DNAME -2 less the node. */
  readonly #visited = new Int32Array(aliasesMax);
  readonly #visitedHash = new Uint32Array(aliasesMax);

  /**
   * Answers a question from one zone: RFC 1034 §4.3.2 steps 3 and 4. An alias starts the search again, as long as its target belongs to
   * the same zone: what stands in another zone the resolver has to ask for itself, since it would not believe us.
   */
  answer(
    zones: ZoneSet,
    number: number,
    query: Query,
    reply: Reply,
    options: AnswerOptions,
    budget?: SigningBudget,
  ): void {
    const zone = zones.zones[number];
    if (!zone) return;
    this.#content = zone.content;
    this.#reply = reply;
    this.#type = query.type;
    this.#wantsAll = query.wantsAll;
    this.#isParentSide = query.type === TYPE.DS && isOtherZone(zones.origins.find(query.name, 0), number);
    this.#found.name = query.name;
    this.#found.nameAt = headerOctets;
    this.#startProof(zone, query, options, budget);
    reply.authoritative = true;
    for (this.#aliases = 0; this.#aliases < aliasesMax; this.#aliases++) {
      if (this.#search() === "done" || reply.overflowed) break;
      if (zoneOfQuestion(zones, this.#alias, query.type) !== number) break;
      this.#found.name = this.#alias;
      this.#found.nameAt = reply.nameAt;
    }
    this.#proof?.finish();
    if (this.#isOnline) reply.lacksSignatures = online.isOverBudget;
  }

  /** With DO everything is proven; without it, only what is asked for as such is made. */
  #startProof(zone: Zone, query: Query, options: AnswerOptions, budget?: SigningBudget): void {
    this.#proof = undefined;
    this.#isOnline = false;
    if (isSignedOnline(zone)) {
      const { now } = options;
      if (now === undefined) return;
      this.#isOnline = true;
      online.start(zone, this.#reply, now, budget);
      if (!query.dnssecOk) return;
      this.#reply.compactOk = query.compactOk;
      this.#proof = online;
    } else if (query.dnssecOk) {
      const { denialType } = zone.content;
      if (denialType === undefined) return;
      const stored = denialType === TYPE.NSEC ? byNsec : byNsec3;
      stored.start(zone.content, this.#reply);
      this.#proof = stored;
    }
  }

  /**
   * A name is searched as a whole, unless there are zone cuts or DNAMEs, which hide what is below them. If it does not exist, its closest
   * encloser decides (RFC 4592 §3.3.1): below a zone cut the name is referred, below a DNAME renamed, beside a wildcard synthesized, else
   * denied.
   */
  #search(): Step {
    const content = this.#content;
    const { name } = this.#found;
    const node = content.find(name, 0);
    if (node >= 0) {
      this.#found.missingLabels = 0;
      const isCovered = content.hasCovers && this.#findCover(name, 0, "exists");
      // The DS of a child zone is data of its parent (RFC 4035 §3.1.4.1).
      const isHere = !isCovered || (this.#coverLabel === 0 && this.#type === TYPE.DS);
      return isHere ? this.#answerAt(node) : this.#covered();
    }
    let label = 1;
    let encloser = content.find(name, label);
    while (encloser < 0) encloser = content.find(name, ++label); // ends at the apex
    this.#found.missingLabels = label;
    if (content.hasCovers && this.#findCover(name, label, "encloses")) return this.#covered();
    if (content.hasWildcards) {
      wildcard.readWildcard(name, label);
      const source = content.find(wildcard, 0);
      if (source >= 0) return this.#answerAt(source);
    }
    if (this.#showsProof(-1)) return "done";
    this.#reply.rcode = RCODE.NXDOMAIN;
    this.#deny();
    this.#proof?.noName(this.#found);
    return "done";
  }

  /**
   * Looks for the topmost zone cut or DNAME that hides a name of which the part from `label` on exists. A cut hides its own name too, a DNAME
   * only what is below it.
   */
  #findCover(name: LookupName, label: number, role: "exists" | "encloses"): boolean {
    const content = this.#content;
    const apexLabel = name.labels - content.originLabels;
    for (let above = apexLabel; above >= label; above--) {
      if (content.covers[name.labels - above] === 0) continue;
      const node = content.find(name, above);
      this.#cover = node;
      this.#coverLabel = above;
      // NS at a wildcard delegates nothing that a resolver could follow (RFC 4592 §4.2): it is answered as any other RRset.
      const mayBeCut = above < apexLabel && !name.isWildcard(above);
      this.#coverServers = mayBeCut ? content.findSet(node, TYPE.NS) : -1;
      if (this.#coverServers >= 0) return true;
      if ((above > label || role === "encloses") && content.findSet(node, TYPE.DNAME) >= 0) return true;
    }
    return false;
  }

  #answerAt(node: number): Step {
    const content = this.#content;
    const isAny = this.#type === TYPE.ANY;
    const set = isAny ? content.firstSet(node) : content.findSet(node, this.#type);
    if (set >= 0) {
      if (this.#aliases > 0 && this.#hasRenamed(node) && set === content.findSet(node, TYPE.DNAME)) return "done";
      this.#addSet(node, set);
      // One RRset is enough for ANY (RFC 8482 §4.1); over UDP nobody gets amplification out of us.
      if (isAny && this.#wantsAll) this.#addOthers(node, set);
      if (this.#type === TYPE.NS) {
        this.#proof?.finish();
        this.#addServers(node, set, "no cut");
      }
      return "done";
    }
    if (this.#showsProof(node)) return "done";
    const alias = this.#followsAliases() ? content.findSet(node, TYPE.CNAME) : -1;
    if (alias < 0) {
      this.#deny();
      this.#proof?.noType(node, this.#found);
      return "done";
    }
    for (let earlier = 0; earlier < this.#aliases; earlier++) {
      // A loop, and all of it was said.
      if (this.#visited[earlier] === node && this.#visitedHash[earlier] === this.#found.name.hash(0)) return "done";
    }
    this.#visited[this.#aliases] = node;
    this.#visitedHash[this.#aliases] = this.#found.name.hash(0);
    this.#reply.set("answer", this.#found.nameAt, content, node, alias);
    const targetAt = this.#reply.nameAt;
    this.#proof?.answered(alias, node, this.#found);
    this.#reply.nameAt = targetAt;
    this.#alias.read(content.page(node), content.rdataAt(alias));
    return "alias";
  }

  #addSet(node: number, set: number): void {
    this.#reply.set("answer", this.#found.nameAt, this.#content, node, set);
    this.#proof?.answered(set, node, this.#found);
  }

  /** The sets of a node after its first. Signatures that the zone holds go with what they cover, if wanted, and not once more. */
  #addOthers(node: number, first: number): void {
    const content = this.#content;
    let set = first;
    for (let left = content.setCount(node) - 1; left > 0 && !this.#reply.overflowed; left--) {
      set = setEnd(content.page(node), set);
      if (!this.#proof || content.typeOf(node, set) !== TYPE.RRSIG) this.#addSet(node, set);
    }
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
  #covered(): Step {
    if (this.#coverServers < 0) return this.#rename(this.#cover, this.#coverLabel);
    if (this.#aliases === 0) this.#reply.authoritative = false;
    return this.#refer(this.#cover, this.#coverServers, this.#coverLabel);
  }

  /** NODATA or, with the RCODE set, NXDOMAIN: the SOA with the TTL for negative answers (RFC 2308 §3). */
  #deny(): void {
    const content = this.#content;
    const set = content.findSet(content.apex, TYPE.SOA);
    this.#reply.namedSet("authority", content.origin, 0, content, content.apex, set);
    const ttlAt = this.#reply.recordAt + 4;
    for (let octet = 0; octet < 4; octet++)
      this.#reply.octets[ttlAt + octet] = content.negativeTtl >>> (24 - 8 * octet);
  }

  /**
   * A referral: the NS records of the cut and the addresses of those servers that lie in this zone. Addresses at or below the cut nobody
   * could find out otherwise: without them the reply is truncated (RFC 9471 §3). The others go along if there is room.
   */
  #refer(cut: number, set: number, label: number): Step {
    const { name } = this.#found;
    this.#reply.namedSet("authority", name.octets, name.labelAt(label), this.#content, cut, set);
    this.#proof?.referred(cut, name.octets, name.labelAt(label));
    this.#proof?.finish();
    this.#cutLabels = name.labels - label;
    this.#addServers(cut, set, "at a cut");
    return "done";
  }

  /** The addresses that the zone has for the servers of a NS RRset, the required ones first: those at or below the cut. */
  #addServers(node: number, set: number, place: "at a cut" | "no cut"): void {
    const content = this.#content;
    const page = content.page(node);
    const to = setEnd(page, set);
    for (const need of ["required", "optional"] as const) {
      for (let at = content.rdataAt(set); at < to && !this.#reply.overflowed;) {
        const next = target.read(page, at);
        const server = content.find(target, 0);
        const above = target.labels - this.#cutLabels;
        const isBelow = place === "at a cut" && above >= 0 && content.find(target, above) === node;
        if (server >= 0 && (isBelow ? "required" : "optional") === need) this.#addAddresses(server, page, at, need);
        at = next + fixedOctets;
      }
    }
  }

  /**
   * The owner, which is `target`, is written as the NS record has it, at `ownerAt` of `owners`. Addresses beside a cut are signed, glue is
   * not (RFC 4035 §2.2, §3.1.1).
   */
  #addAddresses(node: number, owners: Uint8Array, ownerAt: number, need: Need): void {
    const before = this.#reply.mark();
    for (const type of [TYPE.A, TYPE.AAAA]) {
      const set = this.#content.findSet(node, type);
      if (set < 0) continue;
      this.#reply.namedSet("additional", owners, ownerAt, this.#content, node, set);
      if (this.#proof && !this.#findCover(target, 0, "exists")) {
        this.#proof.wrote("additional", set, node, target.octets, 0);
      }
    }
    if (need === "optional" && this.#reply.overflowed) this.#reply.rewind(before);
  }

  /** Whether the DNAME of that node was said already. */
  #hasRenamed(node: number): boolean {
    for (let alias = 0; alias < this.#aliases; alias++) if (this.#visited[alias] === -2 - node) return true;
    return false;
  }

  /** RFC 6672 §3.2: the DNAME, and a CNAME made from it for the name asked; YXDOMAIN when that name would be too long. */
  #rename(node: number, label: number): Step {
    const content = this.#content;
    const reply = this.#reply;
    const set = content.findSet(node, TYPE.DNAME);
    const page = content.page(node);
    const at = content.rdataAt(set);
    const end = setEnd(page, set);
    const { name, nameAt } = this.#found;
    const prefix = name.labelAt(label);
    // Where names come by it again, the DNAME has been said.
    const isSaid = this.#hasRenamed(node);
    this.#visited[this.#aliases] = -2 - node;
    if (!isSaid) {
      reply.namedSet("answer", name.octets, prefix, content, node, set);
      this.#proof?.wrote("answer", set, node, name.octets, prefix);
    }
    if (prefix + end - at > nameOctetsMax) {
      reply.rcode = RCODE.YXDOMAIN;
      return "done";
    }
    synthesized.set(name.octets.subarray(0, prefix));
    synthesized.set(page.subarray(at, end), prefix);
    reply.pointer(nameAt);
    reply.u16(TYPE.CNAME);
    for (let octet = at - 8; octet < at - 2; octet++) reply.octets[reply.at++] = page[octet]!; // class and TTL of the DNAME
    const lengthAt = reply.at;
    reply.u16(0);
    reply.name(synthesized, 0, "exact");
    reply.octets[lengthAt + 1] = reply.at - lengthAt - 2;
    reply.count("answer");
    if (this.#type === TYPE.CNAME) return "done"; // that was the question
    this.#alias.read(synthesized, 0);
    target.read(page, at);
    const above = target.labels - (name.labels - label);
    // A target at or below its own DNAME: there is no end to that.
    return above >= 0 && content.find(target, above) === node ? "done" : "alias";
  }
}

const isSignedOnline = (zone: Zone): zone is Zone & Required<Pick<Zone, "signing">> => zone.signing !== undefined;

const isOtherZone = (found: number, zone: number): boolean => found >= 0 && found !== zone;
