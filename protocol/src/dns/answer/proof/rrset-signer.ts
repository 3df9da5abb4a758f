import { CLASS, TYPE } from "../../record/record.ts";
import type { RecordSet } from "../../zone/zone-page.ts";
import { canonicalRdata, canonicalRecords, rrsigFields } from "../../dnssec/canonical.ts";
import { SignatureCache, type CachedSignatures } from "./signature-cache.ts";
import {
  signatureLot,
  signatureOf,
  signatureSpan,
  signsType,
  type SignatureSpan,
  type ZoneSigning,
} from "../../dnssec/zone-signing.ts";

/** Of signatures of RRsets that stand in a zone: some eighty thousand DKIM keys. */
const keptOctetsMax = 64 * 1024 * 1024;
/** Of signatures for names that only a question made: so little that a flood of such questions pushes out nothing else. */
const passingOctetsMax = 1024 * 1024;
const nameOctetsMax = 255;

/** Whether an owner is a name of the zone, or one that somebody asked for: under a wildcard, or not there. */
export type OwnerLife = "kept" | "passing";

/** Bounds the work of making signatures. `begin` says whether one more may be made; after it was, `end` is called. */
export type SigningBudget = { begin(life: OwnerLife): boolean; end(): void };

const none = new Uint8Array(0);

/** What signatures are found by: length of the apex, type, owner. The zone is known by it, since the owner ends in the apex. */
const keyOctets = Buffer.alloc(4 + nameOctetsMax);
const keyOwnerAt = 4;

/** Signs RRsets as they are asked for, and keeps the signatures. One object serves all zones in turn. */
export class RrsetSigner {
  readonly #caches: Readonly<Record<OwnerLife, SignatureCache>>;
  #signing!: ZoneSigning;
  #signedBy = "";
  #apex = "";
  #now = 0;
  #budget: SigningBudget | undefined;
  /** Whether a signature asked for since `start` was not made, since the budget had no room for it. */
  isOverBudget = false;

  constructor(octetsMax: Readonly<Record<OwnerLife, number>> = { kept: keptOctetsMax, passing: passingOctetsMax }) {
    this.#caches = { kept: new SignatureCache(octetsMax.kept), passing: new SignatureCache(octetsMax.passing) };
  }

  /** Turns to the zone `apex`. `now`: epoch seconds. */
  start(signing: ZoneSigning, apex: string, now: number, budget?: SigningBudget): void {
    this.#budget = budget;
    this.isOverBudget = false;
    this.#signing = signing;
    this.#signedBy = identityOf(signing);
    this.#apex = apex;
    this.#now = now;
  }

  /**
   * The RRSIG records of one RRset, without owner, as a reply takes them; none when they are not known and over budget. The owner stands at `ownerAt`
   * of `owners`, in small letters.
   */
  signaturesOf(owners: Uint8Array, ownerAt: number, set: RecordSet, life: OwnerLife): Uint8Array {
    const { type, ttl } = set;
    const keyLength = this.#takeKey(owners, ownerAt, type);
    const key = keyOctets.toString("latin1", 0, keyLength);
    const asked = keyOctets.subarray(keyOwnerAt, keyLength);
    const span = signatureSpan(this.#signing, signatureLot(asked, type), this.#now);
    const cache = this.#caches[life];
    const known = cache.get(key);
    if (known?.renewAt === span.renewAt && known.signedBy === this.#signedBy && isSame(known, set))
      return known.signatures;
    if (this.#budget?.begin(life) === false) {
      this.isOverBudget = true;
      return none;
    }
    const owner = Uint8Array.from(asked);
    const data = set.data.map((rdata) => rdata.slice()); // else a whole page of the zone lives as long as they
    const signatures = this.#sign(owner, { type, ttl, data }, span);
    this.#budget?.end();
    cache.set(key, { ttl, data, signedBy: this.#signedBy, renewAt: span.renewAt, signatures });
    return signatures;
  }

  #takeKey(owners: Uint8Array, ownerAt: number, type: number): number {
    keyOctets[0] = this.#apex.length >> 8; // in text a name may be longer than 255
    keyOctets[1] = this.#apex.length;
    keyOctets[2] = type >> 8;
    keyOctets[3] = type;
    let to = keyOwnerAt;
    for (let at = ownerAt; owners[at] !== 0;) {
      for (const end = at + owners[at]!; at <= end; at++) keyOctets[to++] = owners[at]!;
    }
    keyOctets[to++] = 0;
    return to;
  }

  /** By every key that signs the type (RFC 4034 §3.1.8.1). */
  #sign(owner: Uint8Array, { type, ttl, data }: RecordSet, { inception, expiration }: SignatureSpan): Uint8Array {
    const covered = { typeCovered: type, originalTtl: ttl };
    const rdata = data.map((each) => canonicalRdata(type, each));
    const rrset = canonicalRecords(owner, covered, rdata);
    const parts: Uint8Array[] = [];
    for (const key of this.#signing.keys) {
      if (!signsType(key, type)) continue;
      const fields = rrsigFields({
        ...covered,
        algorithm: key.algorithm,
        labels: signedLabelsOf(owner),
        expiration: expiration >>> 0,
        inception: inception >>> 0,
        keyTag: key.keyTag,
        signer: this.#apex,
      });
      const signature = signatureOf(key, Buffer.concat([fields, ...rrset]));
      const fixed = new DataView(new ArrayBuffer(10));
      fixed.setUint16(0, TYPE.RRSIG);
      fixed.setUint16(2, CLASS.IN);
      fixed.setUint32(4, ttl); // that of the RRset (RFC 4034 §3)
      fixed.setUint16(8, fields.length + signature.length);
      parts.push(new Uint8Array(fixed.buffer), fields, signature);
    }
    return Uint8Array.from(Buffer.concat(parts));
  }
}

const isSame = (known: CachedSignatures, { ttl, data }: RecordSet): boolean =>
  known.ttl === ttl &&
  known.data.length === data.length &&
  known.data.every((rdata, index) => Buffer.compare(rdata, data[index]!) === 0);

/** Of an owner in wire form; as `signedLabels`. */
function signedLabelsOf(owner: Uint8Array): number {
  let labels = 0;
  for (let at = 0; owner[at] !== 0; at += owner[at]! + 1) labels++;
  return owner[0] === 1 && owner[1] === 0x2a ? labels - 1 : labels;
}

const identities = new WeakMap<ZoneSigning, string>();

/** Equal for keys and times that make equal signatures, whether or not they are the same objects. */
function identityOf(signing: ZoneSigning): string {
  const known = identities.get(signing);
  if (known !== undefined) return known;
  const { keys, inceptionOffsetSeconds, validitySeconds, jitterSeconds, renewalSeconds } = signing;
  const named = keys.map(({ dnskey, signs }) => `${signs} ${Buffer.from(dnskey).toString("base64")}`);
  const identity = [...named, inceptionOffsetSeconds, validitySeconds, jitterSeconds, renewalSeconds].join("\n");
  identities.set(signing, identity);
  return identity;
}
