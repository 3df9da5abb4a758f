import { readName, TYPE, typeName } from "chancery/dns";
import { problemsAt } from "./rules.ts";
import type { RuleContext, ZoneProblem } from "./rule.ts";
import { type Rrset, isSameRrset } from "./rrset.ts";
import { ownerIn, readRrset, typeIn, type WrittenRrset } from "./written-rrset.ts";
import { changedLookup, type ZoneLookup } from "./zone-lookup.ts";

/** One thing to do in a zone. A put takes the place of the whole RRset. */
export type ZoneChange =
  | ({ do: "put" } & WrittenRrset)
  /** What is not there already is removed already. */
  | { do: "remove"; name: string; type: string };

/** How one RRset differs: at least one of the two is there. */
export type RrsetDifference = { name: string; type: number; before?: Rrset; after?: Rrset };

/** What changes come to. `problems` are those that they bring; with an error among them nothing is done. */
export type ChangePlan =
  | { ok: true; differences: RrsetDifference[]; problems: ZoneProblem[] }
  /** A change that cannot be understood. */
  | { ok: false; problem: string };

/** What changes make of a zone, and what is wrong with it then that was not wrong before. */
export function planChanges(zone: ZoneLookup, changes: readonly ZoneChange[], context: RuleContext): ChangePlan {
  const after = new Map<string, readonly Rrset[]>();
  const touched = new Map<string, { name: string; type: number }>();
  for (const change of changes) {
    const read = readChange(change, zone, after);
    if (!read.ok) return read;
    const { name, type, set } = read;
    if (touched.has(`${type} ${name}`))
      return {
        ok: false,
        problem: `${name} ${typeName(type)} stands twice in one request; write the set as it is to be`,
      };
    touched.set(`${type} ${name}`, { name, type });
    const others = (after.get(name) ?? zone.at(name)).filter((there) => there.type !== type);
    after.set(name, set === undefined ? others : [...others, set]);
  }
  const differences: RrsetDifference[] = [];
  for (const { name, type } of touched.values()) {
    const [was, is] = [zone.at(name), after.get(name)!].map((sets) => sets.find((set) => set.type === type));
    if (was === undefined ? is === undefined : is !== undefined && isSameRrset(was, is)) continue;
    differences.push({ name, type, ...(was && { before: was }), ...(is && { after: is }) });
  }
  return { ok: true, differences, problems: broughtProblems(zone, after, differences, context) };
}

function readChange(
  change: ZoneChange,
  zone: ZoneLookup,
  after: ReadonlyMap<string, readonly Rrset[]>,
): { ok: true; name: string; type: number; set?: Rrset } | { ok: false; problem: string } {
  const name = ownerIn(zone.origin, change.name);
  if (!name.ok) return name;
  const type = typeIn(change.type);
  if (!type.ok) return type;
  if (change.do === "remove") return { ok: true, name: name.value, type: type.value };
  const there = (after.get(name.value) ?? zone.at(name.value)).find((set) => set.type === type.value);
  const set = readRrset(zone.origin, change, there?.ttl);
  return set.ok ? { ok: true, name: name.value, type: type.value, set: set.value } : set;
}

function broughtProblems(
  zone: ZoneLookup,
  after: ReadonlyMap<string, readonly Rrset[]>,
  differences: readonly RrsetDifference[],
  context: RuleContext,
): ZoneProblem[] {
  if (differences.length === 0) return [];
  const then = changedLookup(zone, after);
  const names = new Set(differences.map(({ name }) => name));
  if (differences.some(losesAddress))
    for (const { name, data } of then.delegations())
      if (data.some((server) => names.has(readName(server)))) names.add(name);
  const idOf = ({ rule, name, problem }: ZoneProblem): string => `${rule} ${name} ${problem}`;
  const known = new Set(problemsAt(names, zone, context).map(idOf));
  return problemsAt(names, then, context).filter((problem) => !known.has(idOf(problem)));
}

const losesAddress = ({ type, after }: RrsetDifference): boolean =>
  (type === TYPE.A || type === TYPE.AAAA || type === TYPE.CNAME) && (after === undefined || type === TYPE.CNAME);
