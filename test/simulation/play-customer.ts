// The customer of a played domain: it is asked for records, and acts late, when it is reminded, by the letter of what it was asked for, or not at all for a while.
import { askedNow } from "../../server/src/model/delegation/customer-request.ts";
import type { KeyFinding } from "../../server/src/model/key/key-fact.ts";
import { isUpcoming, phaseOf } from "../../server/src/model/key/key-phase.ts";
import { broughtAs, keysIn, type ManagedKey } from "../../server/src/model/rotation/rotation-state.ts";
import { drainWaitSeconds } from "../../server/src/model/rotation/timing-policy.ts";
import { change, held, methodNamed, type Play, record } from "./play-world.ts";

/** What the customer does on its own, some time later. */
export const later = (it: Play, run: () => void): void => {
  it.errands.push({ due: it.now + it.customerTakes, run });
};

/** Asks for the record of a key, or for it to be taken away. */
export function ask(it: Play, key: ManagedKey, request: "publish" | "remove"): void {
  record(it, key, askedNow(request, it.policy));
  heed(it, key, request, 0);
}

/** The customer does what it was asked for, in its own time; a literal one also where it was asked for something else since. */
export function heed(it: Play, key: ManagedKey, request: "publish" | "remove" | "revoke", reminders: number): void {
  if (reminders < (it.heedsAfter ?? 0)) return;
  const { name, text } = key.chain.record;
  later(it, () => {
    const phase = phaseOf(it.keys.find(({ id }) => id === key.id)?.facts ?? []);
    const present = held(it, name)[0] === text;
    if (request === "publish") {
      const wanted = isUpcoming(phase) || phase === "active" || phase === "silenced";
      if (!present && (wanted || it.literal === true)) change(it, name, text);
    } else if (present && (phase === "withdrawing" || phase === "revoking" || it.literal === true))
      change(it, name, "");
  });
}

export type Bringing = { how: "shared" | "hosted"; keeper: "us" | "customer" };

/** The customer brings a key that it made, where it makes them: one successor at a time. Of a hosted one only the public half is here. */
export function bring(it: Play, { how, keeper }: Bringing): void {
  const method = methodNamed(it, it.method);
  const onItsWay = it.keys.some(({ facts, privateHalf }) => isUpcoming(phaseOf(facts)) && privateHalf === undefined);
  if (method.maker !== "customer" || it.claim !== "in force" || (how === "shared" && onItsWay)) return;
  const slot = 1 + Math.max(0, ...it.keys.map((key) => key.slot));
  const [id, rotationId] = [`k${it.events.length}`, `r${it.rotations.length}`];
  const keptBy = keeper === "customer" && how === "shared" ? { keptBy: "customer" as const } : {};
  const name = `${keptBy.keptBy === undefined ? "" : "theirs: "}brought ${slot}`;
  const reason = how === "hosted" ? "hosted" : "imported";
  it.rotations = [...it.rotations, { id: rotationId, reason, requestedAt: it.now }];
  const key: ManagedKey = {
    id,
    rotationId,
    role: "primary",
    method,
    slot,
    selector: `s${slot}`,
    facts: [],
    chain: { aliases: [], record: { name, text: `v=DKIM1; p=${id}`, ...keptBy } },
    changedIn: 1,
    uses: undefined,
    ...(how === "hosted" && { privateHalf: "gone" as const }),
  };
  it.keys = [...it.keys, key];
  record(it, key, { kind: "generated", evidence: { selfTested: how === "shared", brought: how } });
}

/** The customer says that nobody signs any more with a key it brought. */
export function declare(it: Play, pick: number): void {
  const phases = ["ready", "draining", "silenced"] as const;
  const keys = keysIn(it, "primary", ...phases).filter(
    (key) => broughtAs(key) !== undefined && key.facts.every(({ kind }) => kind !== "declared"),
  );
  const key = keys[pick % keys.length];
  if (key === undefined || it.claim !== "in force") return;
  const drainSeconds = drainWaitSeconds(it.policy) + it.policy.otherSignersSeconds;
  const evidence = { lastUseTrustedMs: it.now * 1000, drainSeconds };
  const declared: KeyFinding = { kind: "declared", evidence };
  if (isUpcoming(phaseOf(key.facts))) record(it, key, { kind: "deactivated", evidence });
  record(it, key, declared);
}
