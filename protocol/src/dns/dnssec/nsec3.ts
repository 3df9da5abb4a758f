import { createHash } from "node:crypto";
import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { childName, labelsOf, nameToWire, parentName } from "../name/name.ts";
import { TYPE, type ResourceRecord } from "../record/record.ts";
import { fromBase32hex } from "../record/base32hex.ts";
import { lastLabels } from "./canonical.ts";
import { deniesType, isDelegation, stopsBelow, type Denial, type Denied } from "./denial.ts";
import type { WorkBudget } from "./state.ts";
import { readTypeBitmap } from "../record/type-bitmap.ts";

/** An NSEC3 record (RFC 5155 §3): NSEC over hashes of names. */
export type Nsec3 = {
  /** Of the owner, as octets. */
  hash: Uint8Array;
  next: Uint8Array;
  optOut: boolean;
  iterations: number;
  salt: Uint8Array;
  types: number[];
};

/** RFC 5155 §11: the one hash algorithm there is. */
const sha1Algorithm = 1;
const optOutFlag = 1;
/** RFC 9276 §3.2 leaves both numbers to validators; others begin between 50 and 150. */
const insecureAboveIterations = 100;
const refusedAboveIterations = 500;

/** A problem too for a hash algorithm or flags that are not known: such records are to be ignored (RFC 5155 §8.1, §8.2). */
export function readNsec3(record: ResourceRecord, apex: string): Parsed<Nsec3> {
  const { data } = record;
  const [algorithm = 0, flags = 0, high = 0, low = 0, saltOctets = 0] = data;
  if (algorithm !== sha1Algorithm || flags > optOutFlag) return unparsed("unknown NSEC3 hash algorithm or flags", 0);
  const nextAt = 5 + saltOctets;
  const bitmapAt = nextAt + 1 + (data[nextAt] ?? 0);
  if (bitmapAt > data.length) return unparsed("NSEC3 record cut short", data.length);
  const types = readTypeBitmap(data, bitmapAt);
  if (!types.ok) return types;
  const hash = parentName(record.name) === apex ? fromBase32hex(labelsOf(record.name)[0] ?? "") : undefined;
  const next = data.subarray(nextAt + 1, bitmapAt);
  if (hash === undefined || hash.length !== next.length) return unparsed("NSEC3 record whose owner is no hash", 0);
  const salt = data.subarray(5, nextAt);
  return parsed({ hash, next, optOut: flags === optOutFlag, iterations: high * 256 + low, salt, types: types.value });
}

/** How names are hashed, as NSEC3PARAM records say it too (RFC 5155 §4.2). */
export type Nsec3Hashing = Pick<Nsec3, "salt" | "iterations">;

/** RFC 5155 §5. */
export const nsec3Hash = (name: string, hashing: Nsec3Hashing): Uint8Array => wireNsec3Hash(nameToWire(name), hashing);

/** The same of a name in wire form and small letters. */
export function wireNsec3Hash(name: Uint8Array, { salt, iterations }: Nsec3Hashing): Uint8Array {
  let octets = name;
  for (let round = 0; round <= iterations; round++) octets = createHash("sha1").update(octets).update(salt).digest();
  return octets;
}

/** The records of one answer, and the hashes made for them. */
class HashedNames {
  readonly #records: readonly Nsec3[];
  readonly #first: Nsec3;
  readonly #hashes = new Map<string, Uint8Array>();
  readonly #budget: WorkBudget;

  constructor(records: readonly Nsec3[], first: Nsec3, budget: WorkBudget) {
    this.#first = first;
    this.#budget = budget;
    // RFC 5155 §8.2: all of one answer have the same parameters, or are not to be used together.
    this.#records = records.filter(
      ({ iterations, salt }) => iterations === first.iterations && Buffer.compare(salt, first.salt) === 0,
    );
  }

  get exhausted(): boolean {
    return this.#budget.hashRoundsLeft <= 0;
  }

  at(name: string): Nsec3 | undefined {
    const hash = this.#hashOf(name);
    return this.#records.find((record) => Buffer.compare(record.hash, hash) === 0);
  }

  covering(name: string): Nsec3 | undefined {
    const hash = this.#hashOf(name);
    return this.#records.find(({ hash: from, next: to }) => {
      const behindFrom = Buffer.compare(from, hash) < 0;
      const beforeTo = Buffer.compare(hash, to) < 0;
      // The last record of a zone leads back to the first.
      return Buffer.compare(from, to) < 0 ? behindFrom && beforeTo : behindFrom || beforeTo;
    });
  }

  #hashOf(name: string): Uint8Array {
    const known = this.#hashes.get(name);
    if (known) return known;
    this.#budget.hashRoundsLeft -= this.#first.iterations + 1;
    const hash = this.exhausted ? new Uint8Array(0) : nsec3Hash(name, this.#first);
    this.#hashes.set(name, hash);
    return hash;
  }
}

/** What validated NSEC3 records of the zone `apex` prove about a name or a type that is said not to be (RFC 5155 §8.4 to §8.8). */
export function denyByNsec3(denied: Denied, apex: string, records: readonly Nsec3[], budget: WorkBudget): Denial {
  const [first] = records;
  if (!first) return { proof: "incomplete" };
  if (first.iterations > refusedAboveIterations) return { proof: "iterations-refused" };
  if (first.iterations > insecureAboveIterations) return { proof: "iterations-insecure" };
  const names = new HashedNames(records, first, budget);
  const denial = denyByHashes(denied, apex, names);
  return names.exhausted ? { proof: "too-much-work" } : denial;
}

function denyByHashes({ name, type, closestEncloser }: Denied, apex: string, names: HashedNames): Denial {
  const absent: Denial = { proof: "complete", name: "absent", cut: false };
  if (closestEncloser !== undefined) {
    const cover = names.covering(lastLabels(name, labelsOf(closestEncloser).length + 1));
    if (!cover) return { proof: "incomplete" };
    return cover.optOut ? { proof: "opt-out" } : absent;
  }
  const at = names.at(name);
  if (at) {
    if (at.types.includes(TYPE.NXNAME)) return absent;
    return deniesType(at.types, type)
      ? { proof: "complete", name: "exists", cut: isDelegation(at.types) }
      : { proof: "incomplete" };
  }
  const encloser = closestEncloserOf(name, apex, names);
  const cover = encloser && names.covering(encloser.nextCloser);
  if (!encloser || !cover) return { proof: "incomplete" };
  // What is not signed has no record of its own, and neither have its ancestors, so more cannot be asked for (RFC 5155 §8.6).
  if (cover.optOut) return { proof: "opt-out" };
  const wildcard = childName("*", encloser.name);
  const atWildcard = names.at(wildcard);
  if (!atWildcard) return names.covering(wildcard) ? absent : { proof: "incomplete" };
  return deniesType(atWildcard.types, type)
    ? { proof: "complete", name: "exists", cut: false }
    : { proof: "incomplete" };
}

/** The deepest ancestor of a name that is shown to exist, and the name below it, which must not (RFC 5155 §8.3). */
function closestEncloserOf(
  name: string,
  apex: string,
  names: HashedNames,
): { name: string; nextCloser: string } | undefined {
  for (let nextCloser = name; nextCloser !== apex;) {
    const ancestor = parentName(nextCloser);
    if (ancestor === undefined) return undefined;
    const at = names.at(ancestor);
    if (at) return stopsBelow(at.types) ? undefined : { name: ancestor, nextCloser };
    nextCloser = ancestor;
  }
  return undefined;
}
