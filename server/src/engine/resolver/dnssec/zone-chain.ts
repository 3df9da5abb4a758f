import {
  checkRrset,
  dsMatches,
  isSupportedDs,
  newWorkBudget,
  parentName,
  RCODE,
  readDnskey,
  readDs,
  TYPE,
  typeName,
  type BogusReason,
  type Dnskey,
  type Ds,
  type Parsed,
  type ResourceRecord,
} from "chancery/dns";
import type { Found, IterativeSession, NotFound } from "../session.ts";
import { checkStatement, proofOf, statementOf, type SecureZone, type Statement } from "./check-answer.ts";
import { denialSets, signedSet, signersOf } from "./signed-sets.ts";
import { rootTrustAnchors, type TrustAnchors } from "./trust-anchors.ts";
import type { NotSecure, Validation, ZoneTrust, ZoneTrustStore } from "./validation.ts";

/** Servers whose keys are tried before a zone counts as bogus, as validating resolvers try others too. */
const serversTriedMax = 3;
/** Keys and DS records of one zone that are looked at. */
const keysMax = 32;
const dsMax = 16;
/** Between two zones of a sound name stand few labels that are no zone. */
const labelsMax = 20;

/** What the parent says of a name. `no-cut`: proven to be in the parent's own zone, or not to be at all. */
type Delegated =
  | { kind: "signed"; ds: readonly Ds[] }
  | { kind: "no-cut"; name: "exists" | "absent" }
  | { kind: "ended"; trust: NotSecure };

/** The zones that one session comes through, from a trust anchor down: each believed because its parent names its keys. */
export class ZoneChain {
  readonly #session: IterativeSession;
  readonly #now: number;
  readonly #anchors: TrustAnchors;
  readonly #zones: ZoneTrustStore;
  readonly #budget = newWorkBudget();

  constructor(session: IterativeSession, validation: Validation) {
    this.#session = session;
    this.#now = validation.now;
    this.#anchors = validation.anchors ?? rootTrustAnchors;
    this.#zones = validation.zones ?? new Map();
  }

  /** The keys of a zone, learnt once, or that the name is none. What another session could not find out is tried again. */
  async trustIn(apex: string): Promise<ZoneTrust | "no-zone"> {
    const known = this.#zones.get(apex);
    if (known) {
      const trust = await known.trust;
      if (trust === "no-zone" || trust.state !== "indeterminate" || known.by === this) return trust;
    }
    const trust = this.#establish(apex);
    this.#zones.set(apex, { by: this, trust });
    return trust;
  }

  secure(apex: string, keys: readonly Dnskey[]): SecureZone {
    return { apex, keys, now: this.#now, budget: this.#budget };
  }

  /** The state of what no zone has signed: bogus, unless it is proven that no zone had to. */
  async unsigned(name: string, type: number, reason: BogusReason): Promise<NotSecure> {
    const { apex, trust } = await this.#zoneOf(type === TYPE.DS ? (parentName(name) ?? name) : name);
    if (trust.state !== "secure") return trust;
    return { state: "bogus", zone: apex, record: { name, type: typeName(type) }, reason };
  }

  /** The deepest zone that `name` is in, as far down as zones can be believed. */
  async #zoneOf(name: string): Promise<{ apex: string; trust: ZoneTrust }> {
    const path: string[] = [];
    for (let at: string | undefined = name; at !== undefined; at = parentName(at)) {
      path.push(at);
      if (this.#anchors.has(at)) break;
    }
    let apex = path.pop() ?? ".";
    let trust = await this.trustIn(apex);
    if (path.length > labelsMax) trust = { state: "indeterminate", zone: apex, reason: "too-much-work" };
    for (const below of path.reverse()) {
      if (trust === "no-zone" || trust.state !== "secure") break;
      const delegated = await this.#delegationOf(below);
      if (delegated.kind === "ended") return { apex: below, trust: delegated.trust };
      if (delegated.kind === "no-cut" && delegated.name === "absent") break;
      if (delegated.kind === "no-cut") continue;
      apex = below;
      trust = await this.trustIn(below);
    }
    return { apex, trust: trust === "no-zone" ? { state: "insecure", zone: apex, reason: "no-trust-anchor" } : trust };
  }

  async #establish(apex: string): Promise<ZoneTrust | "no-zone"> {
    const anchor = this.#anchors.get(apex);
    if (anchor) return this.#keysOf(apex, anchor);
    if (!this.#isBelowAnchor(apex)) return { state: "insecure", zone: apex, reason: "no-trust-anchor" };
    const delegated = await this.#delegationOf(apex);
    if (delegated.kind === "no-cut") return "no-zone";
    return delegated.kind === "ended" ? delegated.trust : this.#keysOf(apex, delegated.ds);
  }

  #isBelowAnchor(apex: string): boolean {
    for (let at: string | undefined = apex; at !== undefined; at = parentName(at)) {
      if (this.#anchors.has(at)) return true;
    }
    return false;
  }

  /** A zone with DS records, one without, or no zone (RFC 4035 §5.2). */
  async #delegationOf(apex: string): Promise<Delegated> {
    const referral = this.#session.referrals.get(apex);
    const referred =
      referral &&
      (await this.#readDelegation(
        apex,
        statementOf({ answers: referral, authority: referral, rcode: RCODE.NOERROR }, apex, TYPE.DS),
      ));
    // A referral may leave the proof out, and where one server has both zones there is none.
    if (referred && (referred.kind !== "ended" || referred.trust.state !== "bogus")) return referred;
    const found = await this.#session.find(apex, TYPE.DS);
    if ("reason" in found) return { kind: "ended", trust: notReached(apex, found) };
    const statement = statementOf(found.message, apex, TYPE.DS);
    const answered = await this.#readDelegation(apex, statement);
    const missing = statement.kind === "present" ? "signature-missing" : "denial-missing";
    return answered ?? { kind: "ended", trust: await this.unsigned(apex, TYPE.DS, missing) };
  }

  /** Undefined where nobody that may speak of the delegation has signed. */
  async #readDelegation(apex: string, statement: Statement): Promise<Delegated | undefined> {
    const sets = statement.kind === "present" ? [statement.set] : denialSets(statement.authority);
    for (const signer of signersOf(sets, apex, TYPE.DS)) {
      const trust = await this.trustIn(signer);
      if (trust === "no-zone") continue;
      return trust.state === "secure"
        ? delegationIn(apex, statement, this.secure(signer, trust.keys))
        : { kind: "ended", trust };
    }
    return undefined;
  }

  /** The keys of a zone, if one that `ds` names has signed them (RFC 4035 §5.2). */
  async #keysOf(apex: string, ds: readonly Ds[]): Promise<ZoneTrust> {
    const supported = ds.filter(isSupportedDs);
    if (supported.length === 0) {
      const algorithms = [...new Set(ds.map(({ algorithm }) => algorithm))];
      return { state: "insecure", zone: apex, reason: "unsupported-algorithm", algorithms };
    }
    const avoid = new Set<string>();
    let first: ZoneTrust | undefined;
    while (avoid.size < serversTriedMax) {
      const found = await this.#session.find(apex, TYPE.DNSKEY, 0, avoid);
      if ("reason" in found) return first ?? notReached(apex, found);
      const trust = this.#checkKeys(apex, supported, found);
      if (trust.state === "secure") return trust;
      first ??= trust;
      avoid.add(found.server);
    }
    return first ?? { state: "indeterminate", zone: apex, reason: "not-reached" };
  }

  #checkKeys(apex: string, ds: readonly Ds[], found: Found): ZoneTrust {
    const set = signedSet(found.message.answers, apex, TYPE.DNSKEY);
    const record = { name: apex, type: "DNSKEY" };
    if (set.records.length === 0) return { state: "bogus", zone: apex, record, reason: "dnskey-missing" };
    const keys = readAll(set.records, readDnskey).slice(0, keysMax);
    const named = keys.filter((key) => ds.some((one) => dsMatches(one, apex, key)));
    const [first] = ds;
    if (named.length === 0) {
      return { state: "bogus", zone: apex, record, reason: "ds-without-key", ...(first && { keyTag: first.keyTag }) };
    }
    const check = checkRrset(set.records, set.rrsigs, { apex, keys: named }, this.#now, this.#budget);
    if (check.result === "signed") return { state: "secure", keys };
    if (check.result === "too-much-work") return { state: "indeterminate", zone: apex, reason: "too-much-work" };
    const { result: _, ...why } = check;
    return { state: "bogus", zone: apex, record, ...why };
  }
}

/** What a zone with believed keys says of a delegation from it. */
function delegationIn(apex: string, statement: Statement, zone: SecureZone): Delegated {
  if (statement.kind === "absent") {
    const proof = proofOf({ name: apex, type: TYPE.DS }, statement.authority, zone);
    if ("state" in proof) return { kind: "ended", trust: proof };
    return proof.cut
      ? { kind: "ended", trust: { state: "insecure", zone: apex, reason: "no-ds" } }
      : { kind: "no-cut", name: proof.name };
  }
  const state = checkStatement(statement, zone);
  if (state.state !== "secure") return { kind: "ended", trust: state };
  // An alias at the name: no zone begins there.
  if (statement.set.type !== TYPE.DS) return { kind: "no-cut", name: "exists" };
  return { kind: "signed", ds: readAll(statement.set.records, readDs).slice(0, dsMax) };
}

const notReached = (zone: string, why: NotFound): NotSecure => ({
  state: "indeterminate",
  zone,
  reason: "not-reached",
  detail: why.reason,
});

function readAll<T>(records: readonly ResourceRecord[], read: (data: Uint8Array) => Parsed<T>): T[] {
  return records.flatMap(({ data }) => {
    const value = read(data);
    return value.ok ? [value.value] : [];
  });
}
