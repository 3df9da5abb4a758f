import {
  newWorkBudget,
  parentName,
  RCODE,
  readDs,
  TYPE,
  typeName,
  type BogusReason,
  type Dnskey,
  type Ds,
} from "chancery/dns";
import type { IterativeSession } from "../session.ts";
import { checkStatement, proofOf, statementOf, type SecureZone, type Statement } from "./check-answer.ts";
import { denialSets, signersOf } from "./signed-sets.ts";
import { rootTrustAnchors, type TrustAnchors } from "./trust-anchors.ts";
import type { NotSecure, Validation, ZoneTrust, ZoneTrustStore } from "./validation.ts";
import { learnKeys, notReached, readAll } from "./zone-keys.ts";

/** DS records of one zone that are looked at. */
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

  #keysOf(apex: string, ds: readonly Ds[]): Promise<ZoneTrust> {
    return learnKeys(this.#session, apex, ds, { now: this.#now, budget: this.#budget });
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
    return {
      apex,
      trust: trust === "no-zone" ? { state: "indeterminate", zone: apex, reason: "no-trust-anchor" } : trust,
    };
  }

  async #establish(apex: string): Promise<ZoneTrust | "no-zone"> {
    const anchor = this.#anchors.get(apex);
    if (anchor) return this.#keysOf(apex, anchor);
    if (!this.#isBelowAnchor(apex)) return { state: "indeterminate", zone: apex, reason: "no-trust-anchor" };
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
