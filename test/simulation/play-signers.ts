// The processes that sign for a played domain: each goes on with what it last read until it reads again or its lease ends.
import { phaseOf } from "../../server/src/model/key/key-phase.ts";
import type { Signer } from "../../server/src/model/key/signer.ts";
import type { Seconds } from "../../server/src/model/seconds.ts";
import type { Play } from "./play-world.ts";

export type PlaySigner = {
  lease: Seconds;
  /** The change up to which it knows the keys, and what it signs with. */
  acknowledged: number;
  holds: readonly string[];
  /** When it reads again; Infinity: there is nothing new. */
  readsAt: Seconds;
  /** When it stops to sign, while it is cut off. */
  leaseEnds: Seconds;
};

export const signerWith = (lease: Seconds): PlaySigner => ({
  lease,
  acknowledged: 0,
  holds: [],
  readsAt: Infinity,
  leaseEnds: Infinity,
});

/** How soon a signer hears of a change. */
const hearsAfter = 30;

/** Something changed: whoever has nothing to read yet, and is not cut off, reads soon. */
export function tell(it: Play): void {
  for (const signer of it.signers) signer.readsAt = Math.min(signer.readsAt, it.now + hearsAfter);
}

/** One of them does not hear anything for so long. It read just now. */
export function cutOff(it: Play, seconds: Seconds): void {
  const [signer] = it.signers;
  if (signer === undefined || signer.leaseEnds !== Infinity) return;
  read(it, signer);
  signer.leaseEnds = it.now + signer.lease;
  it.cutOffUntil = it.now + seconds;
}

/** The signers read, or stop, when their time has come. */
export function signersAct(it: Play): void {
  for (const signer of it.signers) {
    const isCutOff = signer.leaseEnds !== Infinity && it.now < it.cutOffUntil;
    if (isCutOff && it.now >= signer.leaseEnds) holdOnly(it, signer, []);
    if (isCutOff || (it.now < signer.readsAt && signer.leaseEnds === Infinity)) continue;
    read(it, signer);
  }
}

function read(it: Play, signer: PlaySigner): void {
  const active = it.keys.filter(({ facts }) => phaseOf(facts) === "active").map(({ id }) => id);
  holdOnly(it, signer, it.claim === "in force" ? active : []);
  Object.assign(signer, { acknowledged: it.changes, readsAt: Infinity, leaseEnds: Infinity });
}

/** The database is restored, and everybody reads it; what was signed with in between is forgotten. */
export function readAnew(it: Play, lastUse: ReadonlyMap<string, Seconds>): void {
  for (const signer of it.signers) read(it, signer);
  it.lastUse = new Map(lastUse);
}

function holdOnly(it: Play, signer: PlaySigner, ids: readonly string[]): void {
  for (const id of signer.holds) if (!ids.includes(id)) it.lastUse.set(id, it.now);
  signer.holds = ids;
}

/** When a signer next reads or stops. */
export const signersDue = (it: Play): Seconds =>
  Math.min(
    Infinity,
    ...it.signers.map(({ readsAt, leaseEnds, holds }) =>
      leaseEnds === Infinity ? readsAt : holds.length > 0 && leaseEnds > it.now ? leaseEnds : it.cutOffUntil,
    ),
  );

export const signersOf = ({ signers }: Play): Signer[] =>
  signers.map(({ lease, acknowledged }, index) => ({
    id: `signer ${index}`,
    node: "host",
    role: "relay",
    leaseSeconds: lease,
    acknowledged,
  }));
