import type { KeyObject } from "node:crypto";
import { findClaimLook } from "../../engine/database/claim-facts.ts";
import { readTrustedClock } from "../../engine/database/clock.ts";
import { findDomainByName, findVerifiedDomain } from "../../engine/database/domains.ts";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { listKeyFacts } from "../../engine/database/key-facts.ts";
import { listKeysOfDomain } from "../../engine/database/keys.ts";
import type { Database, DomainRow, KeyRow } from "../../engine/database/schema.ts";
import { openKey } from "../../engine/keystore/envelope.ts";
import type { Kek } from "../../engine/keystore/kek.ts";
import { isLookedAfter } from "../../model/claim/claim-clock.ts";
import { claimState } from "../../model/claim/domain-status.ts";
import { readFact } from "../../model/key/key-fact.ts";
import { type KeyPhase, phaseOf } from "../../model/key/key-phase.ts";
import { whyNoKeySigns } from "../../model/key/no-active-key.ts";
import { timingPresets } from "../../model/rotation/timing-policy.ts";
import type { SigningClaim } from "../../model/signing-decision.ts";
import { UseBook } from "./use-book.ts";

/** A key that may sign now. The private half is a handle: its octets never leave the crypto library. */
export type ActiveKey = { keyId: string; signingDomain: string; selector: string; privateKey: KeyObject };

/** Why a domain's keys cannot be used at this moment. Mail waits; it is never sent unsigned. */
export class KeysUnavailable extends Error {
  override name = "KeysUnavailable";
}

type Entry = {
  claim: SigningClaim | undefined;
  keys: KeyRow[];
  phases: Map<string, KeyPhase>;
  /** Said where no key is active. */
  whyNone: string;
  /** The proof of control behind the claim was looked at, whatever came of it, not too long ago. */
  lookedAfter: boolean;
  readMs: number;
};
/** How a claim stands is read anew after so long, also when nothing changed: a look grows old by itself. */
const entryMsMax = 3_600_000;
const domainsMax = 50_000;
const openKeysMax = 50_000;
/** So often a read is begun again because something changed while it ran. */
const readsMax = 20;

/**
 * The keys that signers use, read from the database when a domain is first asked for and dropped when anything changes.
 * What was read is used for the signer lease at most, counted on the monotonic clock from the last time the database was
 * heard (I-7): without it, a signer that lost the database would go on with a key that the world is about to forget.
 */
export class KeyRing {
  readonly #db: Database;
  readonly #kek: Kek;
  readonly #monotonicMs: () => number;
  readonly #wallMs: () => number;
  readonly #domains = new Map<string, Entry>();
  readonly #open = new Map<string, KeyObject>();
  #heard: { monotonicMs: number; wallMs: number } | undefined;
  /** Counts what was dropped, so that a read that began before a change is not kept after it. */
  #generation = 0;
  leaseSeconds: number;
  /** How old the last look at the proof of control may be. */
  proofSeconds = timingPresets.default.claimSuspendAfterSeconds;
  readonly uses = new UseBook();

  /** @param wallMs stands still less often than the monotonic clock, which does not count while the machine sleeps; absent: it is not asked */
  constructor(db: Database, kek: Kek, leaseSeconds: number, monotonicMs: () => number, wallMs: () => number = () => 0) {
    this.#db = db;
    this.#kek = kek;
    this.leaseSeconds = leaseSeconds;
    this.#monotonicMs = monotonicMs;
    this.#wallMs = wallMs;
  }

  /** The moment from which on an answer that is asked for now can be believed. */
  moment(): { monotonicMs: number; wallMs: number } {
    return { monotonicMs: this.#monotonicMs(), wallMs: this.#wallMs() };
  }

  /** The database answered what was asked at `asked`, and this is how it stands: what was read before holds, unless `changed`. */
  heard(changed: boolean, asked = this.moment()): void {
    this.#heard = asked;
    if (!changed) return;
    this.#generation++;
    this.#domains.clear();
  }

  /** The verified claim of exactly this domain. Throws KeysUnavailable when that cannot be told now. */
  async claimOf(domain: string): Promise<SigningClaim | undefined> {
    return (await this.#entry(domain, undefined)).claim;
  }

  /** The claim of exactly this domain that the operator vouches for, for this tenant alone. Throws as `claimOf` does. */
  async vouchedClaimOf(domain: string, tenantId: string): Promise<SigningClaim | undefined> {
    return (await this.#entry(domain, tenantId)).claim;
  }

  /**
   * The keys that sign for a stream of a claim, primary first: all of one stream. A stream that the domain has not, or that has no active
   * key yet, is signed for by the default stream. Throws KeysUnavailable when that has none either, or one does not open.
   */
  async activeKeys(claim: SigningClaim, stream = ""): Promise<ActiveKey[]> {
    const { domain } = claim;
    const { keys, phases, whyNone, lookedAfter } = await this.#entry(domain, vouchedFor(claim));
    if (!lookedAfter)
      throw new KeysUnavailable(
        `nobody has looked at the proof of control of ${domain} for ${this.proofSeconds} seconds`,
      );
    const activeOf = (name: string): KeyRow[] =>
      keys
        .filter((key) => key.stream === name && phases.get(key.id) === "active")
        .sort((a, b) => a.role.localeCompare(b.role));
    const active = [stream, ""].map(activeOf).find((found) => found.some(({ role }) => role === "primary"));
    if (active === undefined) throw new KeysUnavailable(whyNone);
    return Promise.all(
      active.map(async (key) => ({
        keyId: key.id,
        signingDomain: signingDomainOf(key),
        selector: key.selector,
        privateKey: await this.#privateKey(key),
      })),
    );
  }

  /**
   * The last word on a signature that is made and not given away yet: counts it, unless one of its keys must not sign any
   * more. A body takes as long as its sender likes, and the switch may have been acknowledged meanwhile (I-7).
   */
  async use(claim: SigningClaim, keyIds: readonly string[], now: number): Promise<void> {
    const { domain } = claim;
    await this.#with(domain, vouchedFor(claim), ({ phases }) => {
      if (!keyIds.every((id) => phases.get(id) === "active"))
        throw new KeysUnavailable(`the key of ${domain} changed while the message was on its way`);
      this.uses.note(keyIds, now);
    });
  }

  /** `vouchedFor`: the tenant whose unproven claim is meant; undefined: the one verified claim, whoever's. */
  #entry(domain: string, vouchedFor: string | undefined): Promise<Entry> {
    return this.#with(domain, vouchedFor, (entry) => entry);
  }

  /** Hands over what is known of a domain, at a moment at which it holds: nothing happens between the look and `then`. */
  async #with<T>(domain: string, vouchedFor: string | undefined, then: (entry: Entry) => T): Promise<T> {
    const name = vouchedFor === undefined ? domain : `${domain} ${vouchedFor}`;
    for (let reads = 0; reads < readsMax; reads++) {
      if (this.#isOver()) throw new KeysUnavailable("the database has not been heard for longer than the signer lease");
      const known = this.#domains.get(name);
      if (known !== undefined && this.#monotonicMs() - known.readMs <= entryMsMax) return then(known);
      const generation = this.#generation;
      const entry = await this.#read(domain, vouchedFor);
      if (generation !== this.#generation) continue; // read before a change, perhaps: read again
      if (this.#domains.size >= domainsMax) this.#domains.clear();
      this.#domains.set(name, entry);
    }
    throw new KeysUnavailable(`the keys of ${domain} change faster than they can be read`);
  }

  /** The lease has ended: by the monotonic clock, or by the wall clock, which goes on while the machine sleeps. */
  #isOver(): boolean {
    if (this.#heard === undefined) return true;
    const { monotonicMs, wallMs } = this.moment();
    return Math.max(monotonicMs - this.#heard.monotonicMs, wallMs - this.#heard.wallMs) > this.leaseSeconds * 1000;
  }

  async #read(domain: string, vouchedFor: string | undefined): Promise<Entry> {
    try {
      const basis = vouchedFor === undefined ? "verified" : "vouched";
      const readMs = this.#monotonicMs();
      const row =
        vouchedFor === undefined
          ? await findVerifiedDomain(this.#db, domain)
          : await findDomainByName(this.#db, vouchedFor, domain);
      if (row === undefined || claimState(row) !== basis)
        return {
          claim: undefined,
          keys: [],
          phases: new Map(),
          whyNone: `${domain} is not claimed`,
          lookedAfter: true,
          readMs,
        };
      const claim = { domainId: row.id, domain: row.name, tenantId: row.tenantId, basis } as const;
      const lookedAfter = basis === "vouched" || (await this.#isLookedAfter(row));
      return { claim, ...(await this.#readKeys(row)), lookedAfter, readMs };
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw new KeysUnavailable(error.message, { cause: error });
      throw error;
    }
  }

  async #isLookedAfter({ tenantId, id }: DomainRow): Promise<boolean> {
    const lookedMs = await findClaimLook(this.#db, tenantId, id);
    const clock = await readTrustedClock(this.#db);
    return isLookedAfter(lookedMs ?? null, clock?.elapsedMs ?? 0, this.proofSeconds);
  }

  async #readKeys(row: DomainRow): Promise<Pick<Entry, "keys" | "phases" | "whyNone">> {
    const keys = await listKeysOfDomain(this.#db, row.tenantId, row.id);
    const facts = await listKeyFacts(
      this.#db,
      row.tenantId,
      keys.map(({ id }) => id),
    );
    const byKey = Map.groupBy(facts, ({ keyId }) => keyId);
    const lives = keys.map((key) => ({ ...key, facts: (byKey.get(key.id) ?? []).map(readFact) }));
    const phases = new Map(lives.map((key) => [key.id, phaseOf(key.facts)]));
    return { keys, phases, whyNone: whyNoKeySigns({ domain: row.name, method: row.method }, lives) };
  }

  async #privateKey(key: KeyRow): Promise<KeyObject> {
    const known = this.#open.get(key.id);
    if (known !== undefined) return known;
    if (key.sealed === null) throw new KeysUnavailable(`${key.selector}: its private half is not here`);
    const { tenantId, domainId, id: keyId, version, algorithm } = key;
    const opened = await openKey(
      this.#kek,
      { tenantId, domainId, keyId, version, algorithm },
      key.sealed,
      key.spkiSha256,
    );
    if (opened.result === "refused") throw new KeysUnavailable(`${key.selector}: ${opened.detail}`);
    if (this.#open.size >= openKeysMax) this.#open.clear();
    this.#open.set(key.id, opened.keypair.privateKey);
    return opened.keypair.privateKey;
  }
}

/** What stands behind `_domainkey` in the name that verifiers ask for. */
const signingDomainOf = ({ selector, keyName }: KeyRow): string => keyName.slice(`${selector}._domainkey.`.length);

const vouchedFor = ({ tenantId, basis }: SigningClaim): string | undefined =>
  basis === "vouched" ? tenantId : undefined;
