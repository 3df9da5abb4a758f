import { type KeyFinding, nextZoneKeyStep } from "../../server/src/model/dnssec/next-step.ts";
import { isHidden, runningWait, tracesOf } from "../../server/src/model/dnssec/presence.ts";
import { apexOfKeys, deleteCds } from "../../server/src/model/dnssec/zone-records.ts";
import type { ZoneKeysState } from "../../server/src/model/dnssec/zone-key.ts";
import type { ZoneLook } from "../../server/src/model/dnssec/zone-look.ts";
import {
  ids,
  idsIn,
  keyOf,
  type Move,
  replaced,
  type Version,
  withFact,
  type World,
  type WorldRules,
} from "./zone-keys-world.ts";

const same = (a: Version, b: Version): boolean => JSON.stringify(a) === JSON.stringify(b);

const stateOf = (world: World, rules: WorldRules): ZoneKeysState => ({
  goal: world.goal,
  algorithm: world.algorithm,
  keys: world.keys,
  look: world.look,
  ttls: rules.ttls,
  trustedMs: world.tick * 1000,
});

/** The controller does what the decision says; what it saw stays with it until it changes the zone. */
export function controllerMoves(world: World, rules: WorldRules): Move[] {
  const step = nextZoneKeyStep(stateOf(world, rules), rules.policy, rules.guards);
  switch (step.do) {
    case "wait":
      return [];
    case "look":
      return [{ name: "look", world: { ...world, look: lookAt(world, rules), unnoticed: undefined } }];
    case "generate": {
      const key = keyOf(`${step.role[0]}${world.keys.length}`, step.role, step.algorithm);
      return [{ name: `generate ${key.id}`, world: { ...world, keys: [...world.keys, key] } }];
    }
    case "destroy": {
      const name = `destroy ${step.key.id}`;
      const age = world.tick - (step.key.facts.at(-1)?.trustedMs ?? 0) / 1000;
      if (!isHidden(step.key) || age < rules.policy.destroyAfterSeconds)
        return [{ name, violation: "destroyed early" }];
      const finding = { kind: "destroyed" as const, evidence: { reason: "age" } };
      return [{ name, world: { ...world, keys: withFact(world.keys, step.key, finding, world.tick) } }];
    }
    case "record":
      return [recordMove(world, step.findings)];
  }
}

function recordMove(world: World, findings: readonly KeyFinding[]): Move {
  let keys = world.keys;
  for (const { key, finding } of findings) keys = withFact(keys, key, finding, world.tick);
  const apex = apexOfKeys({ goal: world.goal, keys }, ({ id }) => id);
  const zone: Version = {
    dnskeys: ids(apex.dnskeys),
    signers: ids(apex.signsZone.map(({ id }) => id)),
    cds: apex.cds[0] === deleteCds ? "delete" : ids(apex.cds),
  };
  const name = findings
    .map(({ key, finding }) => `${finding.kind} ${"trace" in finding.evidence ? finding.evidence.trace : ""} ${key.id}`)
    .join(", ");
  return { name, world: { ...world, keys, zone, ...(same(zone, world.zone) ? {} : { look: undefined }) } };
}

function lookAt(world: World, rules: WorldRules): ZoneLook {
  const tagOf = (id: string): number => keyOf(id, "zsk", 13).keyTag;
  return {
    trustedMs: world.tick * 1000,
    servers: world.servers.map((version, index) => ({
      address: `server ${index}`,
      state: "answered",
      serial: 1,
      dnskeys: idsIn(version.dnskeys),
      dnskeyTtl: rules.ttls.dnskey,
      signers: idsIn(version.signers).map(tagOf),
      cds: [],
      cdnskey: [],
    })),
    parents: world.parents.map((ds, index) => ({
      address: `parent ${index}`,
      state: "answered",
      ds: idsIn(ds),
      ttl: rules.dsTtl,
    })),
    gaps: [],
  };
}

/** Everything but the controller: servers that follow, a parent that takes what it is asked for, or puts back what it had; time. */
export const adversaryMoves = (world: World, rules: WorldRules): Move[] => [
  ...serverMoves(world),
  ...parentMoves(world),
  ...(canBeNoticed(world, rules) ? spitefulMoves(world) : []),
  ...tickMoves(world, rules),
];

function serverMoves(world: World): Move[] {
  const moves: Move[] = [];
  world.servers.forEach((server, index) => {
    if (!same(server, world.zone) && !(index === 0 && world.unnoticed === "server 0")) {
      const servers = replaced(world.servers, index, world.zone);
      const behind = replaced(world.behind, index, 0);
      moves.push({ name: `server ${index} syncs`, world: { ...world, servers, behind } });
    }
  });
  world.parents.forEach((ds, index) => {
    if (ds === world.parent) return;
    const parents = replaced(world.parents, index, world.parent);
    const parentsBehind = replaced(world.parentsBehind, index, 0);
    moves.push({ name: `parent server ${index} syncs`, world: { ...world, parents, parentsBehind } });
  });
  return moves;
}

/** The parent believes CDS records that every server has (RFC 9975), with a chain from the DS records it has (RFC 7344 §4.1). */
function parentMoves(world: World): Move[] {
  const moves: Move[] = [];
  const { cds } = world.zone;
  const agreed = world.servers.every((server) => server.cds === cds);
  const chained = world.servers.every(({ dnskeys }) =>
    world.parent === "" ? true : idsIn(world.parent).some((id) => idsIn(dnskeys).includes(id)),
  );
  const wanted = cds === "delete" ? "" : cds;
  if (agreed && chained && cds !== "" && wanted !== world.parent && world.unnoticed !== "parent 0")
    moves.push({ name: `parent takes {${wanted}}`, world: { ...world, parent: wanted } });
  return moves;
}

/** Whether a look comes between now and the next change: nothing helps against what happens after the last one. */
function canBeNoticed(world: World, { policy }: WorldRules): boolean {
  if (policy.freshnessSeconds === 0) return world.look?.trustedMs !== world.tick * 1000;
  const waits = world.keys.flatMap((key) => tracesOf(key).flatMap((trace) => runningWait(key, trace) ?? []));
  return waits.some(({ endsMs }) => endsMs >= world.tick * 1000);
}

function spitefulMoves(world: World): Move[] {
  const moves: Move[] = [];
  // As long as the old version is one that works: nothing helps against a server that goes back beyond that.
  const works = world.zone.signers === world.oldest.signers;
  const [server] = world.servers;
  if (world.regressions > 0 && works && server && same(server, world.zone) && !same(server, world.oldest)) {
    const servers = replaced(world.servers, 0, world.oldest);
    const regressions = world.regressions - 1;
    moves.push({ name: "server 0 comes back old", world: { ...world, servers, regressions, unnoticed: "server 0" } });
  }
  // By hand, and only what works at the moment: a DS record whose key is in the zone.
  const first = world.keys[0]?.id ?? "";
  if (world.putBacks > 0 && first !== "" && world.parent !== first && idsIn(world.zone.dnskeys).includes(first)) {
    const parents = replaced(world.parents, 0, first);
    const putBacks = world.putBacks - 1;
    const name = `parent puts ${first} back`;
    moves.push({ name, world: { ...world, parent: first, parents, putBacks, unnoticed: "parent 0" } });
  }
  return moves;
}

/** Time passes, unless a bound says that something has to happen first. */
function tickMoves(world: World, rules: WorldRules): Move[] {
  const lateServers = world.servers.some(
    (server, index) => !same(server, world.zone) && (world.behind[index] ?? 0) >= rules.lag,
  );
  const lateParents = world.parents.some(
    (ds, index) => ds !== world.parent && (world.parentsBehind[index] ?? 0) >= rules.lag,
  );
  if (lateServers || lateParents) return [];
  const behind = world.servers.map((server, index) => (same(server, world.zone) ? 0 : (world.behind[index] ?? 0) + 1));
  const parentsBehind = world.parents.map((ds, index) =>
    ds === world.parent ? 0 : (world.parentsBehind[index] ?? 0) + 1,
  );
  return [{ name: "tick", world: { ...world, tick: world.tick + 1, behind, parentsBehind } }];
}
