import type { ChainObservation } from "./chain-observation.ts";
import { judgeRound, reasonsOf, type RoundVerdict } from "./confirm.ts";
import type { Finding } from "../finding.ts";
import { type KeyFact, latest, type TrustedMs } from "../key/key-fact.ts";
import { type KeyRole, roleOf } from "../key/key-role.ts";
import type { RecordState } from "../delegation/record-check.ts";
import { expectationOf } from "./rotation-loss.ts";
import { predecessorOf } from "./rotation-recall.ts";
import {
  activeKey,
  broughtAs,
  type DomainState,
  isKeptByCustomer,
  keysIn,
  keysOf,
  type ManagedKey,
  pendingRotation,
  phaseOfKey,
  runningWait,
} from "./rotation-state.ts";
import { minute, type Seconds, utcText } from "../seconds.ts";
import type { TimingPolicy } from "./timing-policy.ts";

/**
 * The last look at a key's names. `lacking`: the addresses that said with authority that the record of the key itself is not as it should
 * be; what is wrong on the way to it, as with the customer's alias, does not count. `bogus`: the names whose answers are refused by whoever
 * validates DNSSEC.
 */
export type KeyLook = {
  state: RecordState;
  reasons: readonly string[];
  lacking: readonly string[];
  bogus: readonly string[];
};

/** One round, as a look at the key that it was made for. */
export function lookOf(key: ManagedKey, round: ChainObservation): KeyLook {
  const expected = expectationOf(key);
  const judged = judgeRound(round, key.chain, expected);
  const agreed: RecordState = expected === "present" ? "present" : "absent";
  const state = judged.verdict === "agreed" ? agreed : judged.verdict;
  const bogus = judged.objections.flatMap((objection) => (objection.bogus ? [objection.name] : []));
  return { state, reasons: reasonsOf(judged), lacking: lackingIn(judged, key), bogus: [...new Set(bogus)] };
}

/** The addresses without the key's own record, each once. */
const lackingIn = ({ objections }: RoundVerdict, { chain }: ManagedKey): string[] => [
  ...new Set(
    objections
      .filter(({ weight, name }) => weight === "wrong" && name === chain.record.name)
      .map(({ address }) => address.replace(/ \((udp|tcp)\)$/, "")),
  ),
];

/** What an alarm of a rotation says. One row a code; docs/operate/troubleshooting.md has the same. */
export const rotationAlarmCodes = {
  ActiveKeyLost: {
    severity: "critical",
    summary: "a name server does not have the record of the key that signs, and there is no key to go back to",
  },
  ActiveKeyBogus: {
    severity: "critical",
    summary: "receivers that validate DNSSEC refuse the record of the key that signs: to them the mail fails",
  },
  NoActiveKey: { severity: "critical", summary: "no key signs: mail waits, and nothing goes out unsigned" },
  UnknownKey: {
    severity: "critical",
    summary: "our zone has shown a key under our name that nothing here knows: an incident, or a backup from before it",
  },
  RevokedKeyPublic: {
    severity: "high",
    summary: "the key is revoked and still public: whoever has its private half can sign as the domain",
  },
  RotationStuck: {
    severity: "high",
    summary: "a rotation cannot go on: a name server does not answer for the key as it should",
  },
} as const satisfies Record<string, Pick<Finding, "severity" | "summary">>;

export const isRotationAlarm = (code: string): boolean => Object.hasOwn(rotationAlarmCodes, code);

const alarm = (
  code: keyof typeof rotationAlarmCodes,
  subject: string,
  evidence: readonly string[],
  remedy: string,
): Finding => ({ code, ...rotationAlarmCodes[code], subject, evidence: [...evidence], remedy });

/** So many times what a confirmation takes at its fastest: slow secondaries and a round that failed are in it. */
const stuckFactor = 4;

/** From then on a key that is not seen everywhere is an alarm: an hour under the default policy. */
export const stuckAfterSeconds = (policy: TimingPolicy): Seconds =>
  Math.max(
    minute,
    stuckFactor * policy.confirmRounds * Math.max(policy.confirmGapSeconds, policy.observeIntervalSeconds),
  );

/**
 * What somebody has to know about the rotations of a claim in force, the worst first. `looks`: the last look at each key, by its id; a key
 * that nobody has looked at yet raises nothing that depends on a look.
 */
export function rotationAlarms(
  domain: string,
  state: DomainState,
  policy: TimingPolicy,
  looks: ReadonlyMap<string, KeyLook>,
): Finding[] {
  const left = state.keys.flatMap((key) => revokedAndPublic(state, policy, key, looks.get(key.id)));
  if (state.released || state.suspended === true || state.unproven === true) return left;
  return [
    ...state.algorithms.flatMap((algorithm) => lost(state, roleOf(algorithm), looks)),
    ...state.algorithms.flatMap((algorithm) => refused(state, roleOf(algorithm), looks)),
    ...nothingSigns(domain, state, looks),
    ...state.keys.flatMap((key) => unknownAt(state, key)),
    ...left,
    ...state.keys.flatMap((key) => stuck(state, policy, key, looks)),
  ];
}

/** The name that verifiers ask for. */
const nameOf = ({ chain }: ManagedKey): string => chain.aliases[0]?.name ?? chain.record.name;

/**
 * The regress of a server that was confirmed before: an old zone came back (S3, F-24). A key that drains is called back, unless it was looked
 * at and is not there either.
 */
function lost(state: DomainState, role: KeyRole, looks: ReadonlyMap<string, KeyLook>): Finding[] {
  const key = activeKey(state, role);
  const look = key && looks.get(key.id);
  if (key === undefined || look?.state !== "wrong" || look.lacking.length === 0) return [];
  const before = predecessorOf(state, role);
  const isBackPossible = before !== undefined && (looks.get(before.id)?.state ?? "present") === "present";
  if (isKeptByCustomer(key) || isBackPossible) return [];
  const at = look.lacking.join(", ");
  const remedy = `repair ${at}, or take it out of the NS records and the glue of the zone: whoever asks it finds no key, and mail fails there`;
  return [alarm("ActiveKeyLost", nameOf(key), look.reasons, remedy)];
}

/** The signatures on the way do not hold: no other key of ours would be seen behind them either (S23). */
function refused(state: DomainState, role: KeyRole, looks: ReadonlyMap<string, KeyLook>): Finding[] {
  const key = activeKey(state, role);
  const look = key && looks.get(key.id);
  if (key === undefined || look === undefined || look.bogus.length === 0) return [];
  const names = look.bogus.join(", ");
  const remedy = `see which zone fails (delv ${nameOf(key)} TXT): have whoever runs the zone of ${names} sign it anew, or have its parent replace or remove the DS records`;
  return [alarm("ActiveKeyBogus", nameOf(key), look.reasons, remedy)];
}

/**
 * A domain in force whose mail waits, or a stream of it whose mail is signed under the default stream meanwhile. Where no key ever signed, the
 * first one is on its way, which is no fault.
 */
function nothingSigns(domain: string, state: DomainState, looks: ReadonlyMap<string, KeyLook>): Finding[] {
  const [role] = state.algorithms.map(roleOf).toSorted(); // without its primary key a domain does not sign
  if (state.method.keeper === "upstream" || role === undefined || activeKey(state, role) !== undefined) return [];
  if (keysOf(state, role).some((key) => broughtAs(key) === "hosted")) return []; // its customer signs
  const signed = keysOf(state, role).filter(({ facts }) => latest(facts, "activated") !== undefined);
  if (signed.length === 0) return [];
  const why = signed
    .flatMap((key) => endOf(key) ?? [])
    .toSorted((a, b) => a.atMs - b.atMs)
    .at(-1);
  const coming = keysIn(state, role, "ready", "published", "publishing", "generated");
  const next = coming.map((key) => `${key.selector} is ${phaseOfKey(key)}${untilText(state, key, looks)}`);
  const remedy =
    state.method.maker === "customer"
      ? `bring a key: chancery key import ${domain} --selector NEW --key FILE`
      : coming.length === 0
        ? `nothing yet: a key is about to be made; chancery key list ${domain} says what it waits for`
        : `nothing while the next key is on its way; chancery key list ${domain} says what it waits for`;
  const { stream } = state;
  const meanwhile = stream === undefined ? "mail is deferred with 451" : "its mail is signed under the default stream";
  const evidence = [...(why === undefined ? [] : [why.text]), ...next, meanwhile];
  if (stream === undefined) return [alarm("NoActiveKey", domain, evidence, remedy)];
  const found = alarm("NoActiveKey", `${domain} (stream ${stream})`, evidence, remedy);
  return [{ ...found, severity: "medium", summary: "no key of the stream signs" }];
}

/** Why and when a key stopped for good without a successor. */
function endOf({ selector, facts }: ManagedKey): { text: string; atMs: TrustedMs } | undefined {
  const revoking = latest(facts, "revoking");
  if (revoking !== undefined)
    return { text: `${selector} is revoked: ${revoking.evidence.reason}`, atMs: revoking.trustedMs };
  const stopped = latest(facts, "deactivated");
  const missing = stopped?.evidence.missing;
  if (stopped !== undefined && missing !== undefined)
    return {
      text: `no name server had the record of ${selector} any more: ${missing.join("; ")}`,
      atMs: stopped.trustedMs,
    };
  const silenced = latest(facts, "silenced");
  return silenced && { text: `${selector} comes back after a suspension`, atMs: silenced.trustedMs };
}

/** When a key on its way can sign at the earliest, or what its last look found. */
function untilText(state: DomainState, key: ManagedKey, looks: ReadonlyMap<string, KeyLook>): string {
  const wait = runningWait(key);
  if (wait !== undefined && wait.endsMs > state.trustedMs) {
    const at = Math.ceil((state.wallMs + wait.endsMs - state.trustedMs) / 1000);
    return `, and may sign from ${utcText(at)} on`;
  }
  const look = looks.get(key.id);
  return look === undefined || look.state === "present" ? "" : `: ${look.reasons.join("; ")}`;
}

/** What stood where a key was to go: told for as long as the name is let alone for it (S9, S10, I-22). */
function unknownAt(state: DomainState, key: ManagedKey): Finding[] {
  const occupied = latest(key.facts, "occupied");
  if (occupied === undefined || state.trustedMs >= occupied.trustedMs + occupied.evidence.waitSeconds * 1000) return [];
  const seen = [`seen on ${utcText(occupied.at)}`, ...occupied.evidence.found.map((text) => `found ${shown(text)}`)];
  const remedy =
    "find out who made it: after the restore of a backup it is a key that the backup has forgotten, and it goes by itself; else somebody writes to the zone, and can sign as the domain";
  return [alarm("UnknownKey", key.chain.record.name, seen, remedy)];
}

const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** Kept by the customer: from the revocation on. Of a record of ours a server may be late for a while. */
function revokedAndPublic(
  state: DomainState,
  policy: TimingPolicy,
  key: ManagedKey,
  look: KeyLook | undefined,
): Finding[] {
  const revoking = latest(key.facts, "revoking");
  if (phaseOfKey(key) !== "revoking" || revoking === undefined || latest(key.facts, "publishing") === undefined)
    return [];
  const since = `revoked on ${utcText(revoking.at)}: ${revoking.evidence.reason}`;
  if (isKeptByCustomer(key)) {
    const name = key.chain.record.name;
    return [alarm("RevokedKeyPublic", name, [since], `remove the TXT record at ${name}, and leave the others`)];
  }
  if (look === undefined || look.state === "present" || look.state === "absent") return [];
  if (state.trustedMs < revoking.trustedMs + stuckAfterSeconds(policy) * 1000) return [];
  return [alarm("RevokedKeyPublic", key.chain.record.name, [since, ...look.reasons], repairOf(look))];
}

/**
 * A key that should have been seen everywhere by now, or seen gone, or whose successor should have been (S2, F-23). What the customer keeps is
 * told as something to do.
 */
function stuck(
  state: DomainState,
  policy: TimingPolicy,
  key: ManagedKey,
  looks: ReadonlyMap<string, KeyLook>,
): Finding[] {
  const phase = phaseOfKey(key);
  const waitsFor = phase === "draining" ? activeKey(state, key.role) : key;
  const look = waitsFor && looks.get(waitsFor.id);
  if (waitsFor === undefined || look === undefined || isKeptByCustomer(waitsFor)) return [];
  const expected: RecordState = phase === "withdrawing" ? "absent" : "present";
  const sinceMs = dueSince(state, key);
  if (look.state === expected || sinceMs === undefined) return [];
  if (state.trustedMs < sinceMs + stuckAfterSeconds(policy) * 1000) return [];
  const since = utcText(Math.floor((state.wallMs - (state.trustedMs - sinceMs)) / 1000));
  const seen = `${key.selector} is ${phase}, and has waited for this since ${since}`;
  const found = alarm("RotationStuck", nameOf(key), [seen, ...look.reasons], repairOf(look));
  return [phase === "withdrawing" || phase === "draining" ? { ...found, severity: "medium" } : found];
}

const repairOf = ({ lacking }: KeyLook): string =>
  lacking.length === 0
    ? "see that every address above answers, or take it out of the NS records and the glue of its zone; chancery doctor asks ours"
    : `bring ${lacking.join(", ")} up to date, or take it out of the NS records and the glue of the zone`;

/** Since when only a look is missing; undefined: something else is waited for, or nothing. */
function dueSince(state: DomainState, key: ManagedKey): TrustedMs | undefined {
  const phase = phaseOfKey(key);
  if (phase === "publishing") return key.facts.findLast(({ kind }) => begins.has(kind))?.trustedMs;
  if (phase === "published") return runningWait(key)?.endsMs;
  // What the customer brought drains until it says so.
  if (phase === "draining") return broughtAs(key) === undefined ? runningWait(key)?.endsMs : undefined;
  if (phase === "withdrawing" && latest(key.facts, "absent") === undefined)
    return latest(key.facts, "withdrawing")?.trustedMs;
  const pending = phase === "ready" ? pendingRotation(state, key.role) : undefined;
  const readyMs = latest(key.facts, "ready")?.trustedMs;
  if (pending === undefined || readyMs === undefined) return undefined;
  // It was asked for by the wall clock: so long ago, and no longer ago than it was ready.
  return Math.max(readyMs, state.trustedMs - Math.max(0, state.wallMs - pending.requestedAt * 1000));
}

/** What makes a key wait to be seen. */
const begins: ReadonlySet<KeyFact["kind"]> = new Set(["publishing", "unconfirmed"]);
