import type { ChainObservation, NameObservation } from "../../server/src/model/rotation/chain-observation.ts";
import { type KeyFact, type KeyFinding, readFact } from "../../server/src/model/key/key-fact.ts";
import { phaseOf } from "../../server/src/model/key/key-phase.ts";
import { type DomainState, isKeptByCustomer, type ManagedKey } from "../../server/src/model/rotation/rotation-state.ts";
import type { Step } from "../../server/src/model/rotation/rotation-step.ts";
import { nextStep } from "../../server/src/model/rotation/rotation.ts";
import { nextStepOfStreams } from "../../server/src/model/rotation/stream.ts";
import { makingMethodOf, moveStateOf, recordedMove } from "./rotation-mover.ts";
import {
  aliasedChain,
  type Content,
  isOfStream,
  isVisible,
  keyOf,
  type Move,
  nothing,
  replaced,
  revoked,
  secondStream,
  seen,
  streamOfSigner,
  textOf,
  type World,
  type WorldRules,
} from "./rotation-world.ts";

type Decision = { steps: readonly { step: DurableStep; stream: string }[]; looksForEver: boolean };

/** Decisions by what they depend on. Many worlds differ in nothing but caches and messages, and share their keys. */
const decisions = new WeakMap<World["keys"], Map<string, Decision>>();

/** The controller looks as often as the decision asks, then does one durable thing. Nothing of what it saw survives. */
export function controllerMoves(world: World, rules: WorldRules): Move[] {
  const known = decisions.get(world.keys) ?? new Map<string, Decision>();
  decisions.set(world.keys, known);
  const { tick, servers, vanished, signers, claim, move, unproven, rotations } = world;
  const asked = [
    `${tick} ${claim} ${unproven} ${move === undefined ? "" : Object.values(move).join()}`,
    rotations.map(({ abortedTrustedMs }) => abortedTrustedMs).join(),
    `${servers.join(";")} ${vanished.join()} ${signers.map(({ key }) => key).join()}`,
  ].join("|");
  const decision = known.get(asked) ?? decide(world, rules);
  known.set(asked, decision);
  if (decision.looksForEver) return [{ name: "controller", violation: "it looks for ever" }];
  return decision.steps.map(({ step, stream }) => apply(world, rules, step, stream));
}

function decide(world: World, rules: WorldRules): Decision {
  const seers = rules.asks === "all" ? [undefined] : world.servers.map((_, index) => index);
  const steps: { step: DurableStep; stream: string }[] = [];
  for (const only of seers) {
    const rounds = new Map<string, ChainObservation[]>();
    for (let looks = 0; ; looks++) {
      if (looks > world.keys.length) return { steps, looksForEver: true };
      const { step, stream } = decided(world, rules, rounds);
      if (step.do === "observe") {
        rounds.set(step.key.id, [look(world, rules, step.key, only)]);
        continue;
      }
      if (step.do !== "wait") steps.push({ step, stream });
      break;
    }
  }
  return { steps, looksForEver: false };
}

/** The next step, and the stream that it is of. */
function decided(world: World, rules: WorldRules, rounds: DomainState["rounds"]): { step: Step; stream: string } {
  const first = stateOf(world, rules, rounds);
  if (rules.second === undefined) return { step: nextStep(first, rules.policy, rules.guards), stream: "" };
  const within = (stream: string, state: DomainState) => ({
    stream,
    policy: rules.policy,
    state: {
      ...state,
      keys: world.keys.filter((key) => isOfStream(key, stream)),
      rotations: world.rotations.filter((rotation) => isOfStream(rotation, stream)),
      signers: state.signers.filter((_, index) => streamOfSigner(rules, index) === stream),
    },
  });
  const second = { ...first, method: rules.second };
  const { step, of } = nextStepOfStreams([within("", first), within(secondStream, second)], rules.guards);
  return { step, stream: of.stream };
}

const stateOf = (world: World, rules: WorldRules, rounds: DomainState["rounds"]): DomainState => ({
  method: makingMethodOf(world, rules),
  move: moveStateOf(world, rules),
  algorithms: ["rsa-sha256"],
  released: world.claim === "released",
  suspended: world.claim === "suspended",
  keys: world.keys,
  ...(rules.names && {
    offered: rules.names.map((slot) => ({
      slot,
      role: "primary" as const,
      keyName: `s${slot}`,
      target: `t${slot}`,
      state: world.vanished[slot] === true ? ("absent" as const) : ("present" as const),
    })),
  }),
  rotations: world.rotations,
  rounds,
  disclose: rules.stale !== undefined,
  signers: rules.registered ? signersOf(world, rules) : [],
  trustedMs: world.tick * 1000,
  wallMs: world.tick * 1000,
  ...(world.tick < rules.closedUntil && { closedUntilWallMs: rules.closedUntil * 1000 }),
  unproven: world.unproven === true,
});

/** A signer has acknowledged the last change once it has read which key is active now. */
function signersOf(world: World, rules: WorldRules): DomainState["signers"] {
  const active = world.keys.filter((key) => phaseOf(key.facts) === "active");
  return world.signers.map(({ key }, index) => ({
    id: `signer ${index}`,
    node: "host",
    role: "relay",
    leaseSeconds: rules.lease,
    acknowledged: key === active.find((one) => isOfStream(one, streamOfSigner(rules, index)))?.id ? 1 : 0,
  }));
}

function look(world: World, rules: WorldRules, key: ManagedKey, only: number | undefined): ChainObservation {
  const observed = (name: string, holds: (server: readonly Content[]) => Content): NameObservation => ({
    name,
    type: "TXT",
    zone: "example.com",
    negativeTtlSeconds: rules.negativeTtl,
    answers: world.servers
      .filter((_, index) => only === undefined || index === only)
      .flatMap((server, index) =>
        (["udp", "tcp"] as const).map((transport) => ({
          address: `server ${index}`,
          transport,
          said: {
            kind: "answer" as const,
            authoritative: true,
            records:
              holds(server) === nothing
                ? []
                : [{ type: "TXT" as const, ttlSeconds: rules.ttl, data: textOf(holds(server)) }],
          },
        })),
      ),
  });
  const ours = (server: readonly Content[]): Content =>
    rules.alias === undefined ? seen(world, server, key.slot) : (server[key.slot] ?? nothing);
  return {
    trustedMs: world.tick * 1000,
    wallMs: world.tick * 1000,
    aliases: key.chain.aliases.map((alias) => lookAtAlias(world, rules, key, alias)),
    record: observed(key.chain.record.name, ours),
    wildcard: observed("random", () => nothing),
  };
}

/** The customer has one server, which answers at once what the customer says. */
function lookAtAlias(
  world: World,
  { alias, ttl, negativeTtl }: WorldRules,
  { slot }: ManagedKey,
  { name, target }: ManagedKey["chain"]["aliases"][number],
): NameObservation {
  const measured = alias === undefined || alias.measured === false ? { ttl, negativeTtl } : alias;
  const data = world.vanished[slot] === true ? (alias?.before ?? nothing) : target;
  const records = data === nothing ? [] : [{ type: "CNAME" as const, ttlSeconds: measured.ttl, data }];
  return {
    name,
    type: "TXT",
    zone: "customer.example",
    negativeTtlSeconds: measured.negativeTtl,
    answers: (["udp", "tcp"] as const).map((transport) => ({
      address: "customer",
      transport,
      said: { kind: "answer" as const, authoritative: true, records },
    })),
  };
}

type DurableStep = Exclude<Step, { do: "wait" | "observe" }>;

const fact = (world: World, finding: KeyFinding): KeyFact =>
  readFact({ ...finding, at: world.tick, trustedMs: world.tick * 1000 });

/** By the keys before: the same step at the same moment leads to the same keys, so that decisions about them are shared. */
const after = new WeakMap<World["keys"], Map<string, ManagedKey[]>>();

function recorded(world: World, key: ManagedKey, finding: KeyFinding, keys = world.keys): ManagedKey[] {
  const known = after.get(keys) ?? new Map<string, ManagedKey[]>();
  after.set(keys, known);
  const asked = `${world.tick} ${key.id} ${finding.kind} ${JSON.stringify(finding.evidence)}`;
  const result =
    known.get(asked) ??
    keys.map((other) => (other.id === key.id ? { ...other, facts: [...other.facts, fact(world, finding)] } : other));
  known.set(asked, result);
  return result;
}

/** The list, long enough for the slot. */
const grown = <T>(list: readonly T[], slot: number, empty: T): T[] => [
  ...list,
  ...Array<T>(Math.max(0, slot + 1 - list.length)).fill(empty),
];

/** What each step changes in one transaction, held against what must be true at that instant. */
const doing: {
  [Do in DurableStep["do"]]: (
    world: World,
    step: Extract<DurableStep, { do: Do }>,
    rules: WorldRules,
    stream: string,
  ) => Move;
} = {
  plan: (world, { reason }, _rules, stream) => {
    const rotation = { id: `r${world.rotations.length}`, reason, requestedAt: world.tick, stream };
    return { name: `plan ${reason}`, world: { ...world, rotations: [...world.rotations, rotation] } };
  },
  issue: () => ({ name: "issue", violation: "this world has names enough" }),
  generate: (world, { slot, rotationId }, rules, stream) => {
    const id = `new${world.keys.length}`;
    if (rules.names !== undefined && world.vanished[slot] === true)
      return { name: `generate ${id}`, violation: "I-20 the rotation waits for a name that nobody published" };
    if (rules.names !== undefined && world.keys.some((key) => key.slot === slot))
      return { name: `generate ${id}`, violation: "I-4 a name of a series takes a second key" };
    const generated = fact(world, { kind: "generated", evidence: { selfTested: !rules.brokenPairs } });
    const method = rules.second !== undefined && stream === secondStream ? rules.second : makingMethodOf(world, rules);
    const made = { ...keyOf(method, id, slot, rotationId, [generated]), stream };
    const key = rules.alias === undefined ? made : { ...made, chain: { ...made.chain, aliases: aliasedChain(slot) } };
    const changes: Partial<World> = {
      keys: [...world.keys, key],
      zone: grown(world.zone, slot, nothing),
      servers: world.servers.map((server) => grown(server, slot, nothing)),
      caches: grown(world.caches, slot, { holds: nothing, ttl: 0 }),
      vanished: grown(world.vanished, slot, rules.alias !== undefined),
    };
    return { name: `generate ${id} in ${slot}`, world: { ...world, ...changes } };
  },
  publish: (world, { key }, rules) => {
    if (!["generated", "silenced"].includes(phaseOf(key.facts)))
      return { name: `publish ${key.id}`, violation: "I-15 it was there before" };
    const evidence = { zone: "example.com", serial: 1, recordTtlSeconds: rules.ttl };
    const keys = recorded(world, key, { kind: "publishing", evidence });
    // The customer is asked, and acts when it likes: the adversary moves it.
    if (isKeptByCustomer(key)) return { name: `ask for ${key.id}`, world: { ...world, keys } };
    return { name: `publish ${key.id}`, world: { ...world, keys, zone: replaced(world.zone, key.slot, key.id) } };
  },
  record: (world, { key, finding }, rules) => {
    const name = `${finding.kind} ${key.id}`;
    if (finding.kind === "ready" && !isVisible(world, key)) return { name, violation: "I-11 ready, but not there" };
    const lingers =
      world.servers.some((server) => seen(world, server, key.slot) === key.id) ||
      world.caches[key.slot]?.holds === key.id;
    if (finding.kind === "withdrawn" && lingers && rules.freeMeansForgotten) {
      return { name, violation: "its name is called free, but it is still to be had" };
    }
    if (finding.kind === "revoked" && world.servers.some((server) => server[key.slot] === key.id))
      return { name, violation: "I-17 a server still has the key that is called revoked" };
    return { name, world: { ...world, keys: recorded(world, key, finding) } };
  },
  switch: (world, { to, from, findings }, rules) => {
    const name = `switch to ${to.id}`;
    if (world.tick < rules.closedUntil) return { name, violation: "a switch outside the change windows" };
    const first = recorded(world, to, findings.to);
    const keys = from === undefined ? first : recorded(world, from, findings.from, first);
    const stream = to.stream ?? "";
    const phases = keys.filter((key) => isOfStream(key, stream)).map((key) => phaseOf(key.facts));
    if (world.unproven === true) return { name, violation: "I-14 signs for a claim that is not proven" };
    if (phases.filter((phase) => phase === "active").length !== 1) return { name, violation: "I-5 not one active key" };
    const drains = phases.filter((phase) => phase === "draining" || phase === "withdrawing").length;
    const orderly = from !== undefined && phaseOf(to.facts) !== "draining";
    if (orderly && drains > (rules.method.drainingMax ?? Infinity))
      return { name, violation: "no name is left for a stand-by" };
    const signers = world.signers.map((signer, index) =>
      rules.lease === 0 && streamOfSigner(rules, index) === stream ? { key: to.id, behind: 0 } : signer,
    );
    return { name, world: { ...world, keys, signers } };
  },
  withdraw: (world, { key }, rules) => {
    const seenMs = key.facts.find((one) => one.kind === "revoked")?.trustedMs ?? -Infinity;
    const early = world.tick * 1000 - seenMs < rules.policy.revokedRecordSeconds * 1000;
    const signs = world.keys.some(({ facts }) => phaseOf(facts) === "active");
    if (early && signs) return { name: `withdraw ${key.id}`, violation: "its empty p= goes too early" };
    const keys = recorded(world, key, { kind: "withdrawing", evidence: { zone: "example.com", serial: 1 } });
    if (isKeptByCustomer(key)) return { name: `let go of ${key.id}`, world: { ...world, keys } };
    const own = [key.id, revoked(key.id)].includes(world.zone[key.slot] ?? nothing);
    const zone = own ? replaced(world.zone, key.slot, nothing) : world.zone;
    return { name: `withdraw ${key.id}`, world: { ...world, keys, zone } };
  },
  move: (world, { finding }, rules) => ({ name: `move ${finding.kind}`, world: recordedMove(world, finding, rules) }),
  disclose: (world, { key }, rules) => {
    const name = `disclose ${key.id}`;
    const served = world.servers.some((server) => server[key.slot] === key.id);
    const sinceServed = world.tick - (world.servedAt?.[key.slot] ?? 0);
    const isTwin = (other: ManagedKey): boolean =>
      other.id !== key.id && other.chain.record.text === key.chain.record.text && phaseOf(other.facts) === "ready";
    if (served || world.keys.some(isTwin) || sinceServed <= rules.ttl + (rules.stale ?? 0))
      return { name, violation: "I-19 the key is public, and its record can still be had" };
    const evidence = { privateSha256: "", waitSeconds: 0 };
    return { name, world: { ...world, keys: recorded(world, key, { kind: "disclosed", evidence }) } };
  },
  silence: (world, { key }, rules) => {
    const evidence = { zone: "example.com", serial: 1, recordTtlSeconds: rules.ttl };
    const keys = recorded(world, key, { kind: "silenced", evidence });
    const zone = replaced(world.zone, key.slot, revoked(key.id));
    return { name: `silence ${key.id}`, world: { ...world, keys, zone } };
  },
  revoke: (world, { key }) => {
    const keys = recorded(world, key, { kind: "emptied", evidence: { zone: "example.com", serial: 1 } });
    return {
      name: `empty ${key.id}`,
      world: { ...world, keys, zone: replaced(world.zone, key.slot, revoked(key.id)) },
    };
  },
  destroy: (world, { key }, rules) => {
    const name = `destroy ${key.id}`;
    const phase = phaseOf(key.facts);
    if (world.claim === "released" && phase !== "withdrawn" && phase !== "generated") {
      const keys = recorded(world, key, { kind: "discarded", evidence: { reason: "given up" } });
      return { name: `discard ${key.id}`, world: { ...world, keys } };
    }
    if (phase === "withdrawing" || phase === "draining") {
      const stoppedMs = key.facts.findLast(({ kind }) => kind === "deactivated")?.trustedMs ?? Infinity;
      if (world.tick * 1000 - stoppedMs < rules.policy.destroyAfterSeconds * 1000)
        return { name, violation: "I-18 destroyed while it might still be wanted" };
      const keys = recorded(world, key, { kind: "discarded", evidence: { reason: "age" } });
      return { name: `discard ${key.id}`, world: { ...world, keys } };
    }
    const given = { kind: "destroyed", evidence: { reason: "it was never published" } } as const;
    if (key.facts.every(({ kind }) => kind !== "publishing"))
      return { name, world: { ...world, keys: recorded(world, key, given) } };
    const freedMs = key.facts.findLast(({ kind }) => kind === "withdrawn")?.trustedMs ?? Infinity;
    const early = world.tick * 1000 - freedMs < rules.policy.destroyAfterSeconds * 1000;
    if (early) return { name, violation: "I-18 destroyed while it might still be wanted" };
    return {
      name,
      world: { ...world, keys: recorded(world, key, { kind: "destroyed", evidence: { reason: "age" } }) },
    };
  },
};

const apply = (world: World, rules: WorldRules, step: DurableStep, stream: string): Move =>
  (doing[step.do] as (world: World, step: DurableStep, rules: WorldRules, stream: string) => Move)(
    world,
    step,
    rules,
    stream,
  );
