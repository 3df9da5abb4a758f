import { phaseOf } from "../key/key-phase.ts";
import type { KeyRole } from "../key/key-role.ts";
import type { ManagedKey, Rotation } from "./rotation-state.ts";

// A decision asks the same of a claim's keys many times over, and after years a claim has many. It is gathered once for a list
// of keys: such a list, like the list of a key's facts, is never changed, only replaced by another.

/** The keys of one role. */
export type RoleKeys = {
  all: readonly ManagedKey[];
  /** Those that may still ask for something: most keys of an old claim are destroyed. */
  standing: readonly ManagedKey[];
  /** The rotations that a switch to one of the keys answered. */
  served: ReadonlySet<string>;
};

type Gathered = { standing: readonly ManagedKey[]; roles: Map<KeyRole, RoleKeys> };
const known = new WeakMap<readonly ManagedKey[], Gathered>();

const stands = ({ facts }: ManagedKey): boolean => phaseOf(facts) !== "destroyed";

function gathered(keys: readonly ManagedKey[]): Gathered {
  let result = known.get(keys);
  if (result === undefined) known.set(keys, (result = { standing: keys.filter(stands), roles: new Map() }));
  return result;
}

/** The keys that are not destroyed, of every role. */
export const standingKeys = (keys: readonly ManagedKey[]): readonly ManagedKey[] => gathered(keys).standing;

export function roleKeys(keys: readonly ManagedKey[], role: KeyRole): RoleKeys {
  const { standing, roles } = gathered(keys);
  let result = roles.get(role);
  if (result === undefined) {
    const all = keys.filter((key) => key.role === role);
    result = {
      all,
      standing: standing.filter((key) => key.role === role),
      served: servedBy(all),
    };
    roles.set(role, result);
  }
  return result;
}

function servedBy(keys: readonly ManagedKey[]): ReadonlySet<string> {
  const served = new Set<string>();
  for (const { facts } of keys)
    for (const fact of facts) {
      if (fact.kind !== "activated") continue;
      served.add(fact.evidence.serves);
      for (const id of fact.evidence.alsoServes ?? []) served.add(id);
    }
  return served;
}

/** What was found in a list of rotations beside a list of keys, for as long as neither is replaced. */
export function remembering<T>(
  find: (keys: readonly ManagedKey[], rotations: readonly Rotation[], role: KeyRole) => T,
): (keys: readonly ManagedKey[], rotations: readonly Rotation[], role: KeyRole) => T {
  const found = new WeakMap<readonly ManagedKey[], Map<KeyRole, { rotations: readonly Rotation[]; value: T }>>();
  return (keys, rotations, role) => {
    let roles = found.get(keys);
    if (roles === undefined) found.set(keys, (roles = new Map()));
    let last = roles.get(role);
    if (last?.rotations !== rotations) roles.set(role, (last = { rotations, value: find(keys, rotations, role) }));
    return last.value;
  };
}
