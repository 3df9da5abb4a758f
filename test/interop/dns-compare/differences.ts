import { parentName, TYPE } from "chancery/dns";
import { chainEnd, type Outcome } from "./outcome.ts";
import type { PeerName } from "./peers.ts";
import type { Pair } from "./pair.ts";

/**
 * A class of questions that a peer answers otherwise, and both may: a row of docs/dns-interop.md. `instead` makes of our answer exactly what the
 * peer's has to be then, or several of which it has to be one; nothing else is let through.
 */
export type Difference = {
  peers: readonly PeerName[];
  what: string;
  theirs: string;
  section: string;
  why: string;
  instead(ours: Outcome, pair: Pair): readonly Outcome[];
};

/** A type of which no zone has records. */
const absentType = 65_283;

export const differences: readonly Difference[] = [
  {
    peers: ["BIND"],
    what: "a query with CD",
    theirs: "CD is copied",
    section: "RFC 4035 §3.1.6",
    why: "an authoritative server clears it",
    instead: (ours, { checkingDisabled }) =>
      checkingDisabled ? [{ ...ours, flags: [...ours.flags, "cd"].sort() }] : [],
  },
  {
    peers: ["BIND"],
    what: "an alias that points at itself",
    theirs: "SERVFAIL",
    section: "RFC 1034 §3.6.2, §5.2.2",
    why: "what the zone says is said, and the resolver ends the loop",
    instead(ours, { name }) {
      const end = chainEnd(ours, name);
      const others = ours.answer.filter((record) => !isAlias(record, end));
      if (others.length === ours.answer.length) return [];
      const options = ours.flags.includes("edns") ? ["EDE 0"] : [];
      return [others, ours.answer].map((answer) => ({ ...ours, rcode: "SERVFAIL", answer, options }));
    },
  },
  {
    peers: ["NSD", "BIND"],
    what: "DS, and an alias leads to the apex of its own zone",
    theirs: "goes on in the zone above, if it is here (NSD: in the topmost)",
    section: "RFC 1034 §4.3.2, RFC 4035 §3.1.4.1",
    why: "the DS of an apex is in another zone than the alias",
    instead: (ours, pair) =>
      aliasLeads(ours, pair, "to its apex")
        ? [...goneOn(ours, pair), ...zonesAbove(pair).flatMap((zone) => goneOn(ours, pair, zone))]
        : [],
  },
  {
    peers: ["Knot"],
    what: "an alias leads into a zone below that is here as well; or DS, and it leads to the apex of its own zone",
    theirs:
      "says what the zone of the alias has there: a delegation, what lies hidden below it, or that there is no DS",
    section: "RFC 1034 §4.3.2, RFC 4035 §3.1.4.1",
    why: "the other zone knows better, and a resolver will ask for it",
    instead: (ours, pair) =>
      aliasLeads(ours, pair, "below") || aliasLeads(ours, pair, "to its apex")
        ? [pair.ask({ zone: pair.zoneOf(pair.name) ?? "" })]
        : [],
  },
  {
    peers: ["NSD"],
    what: "DS of a zone, of which the zone above and one above that are here as well",
    theirs: "answers from the topmost",
    section: "RFC 4035 §3.1.4.1",
    why: "DS belongs to the parent, which is the zone right above",
    instead(_, pair) {
      const [zone, above, topmost] = zonesAbove(pair);
      return pair.type === TYPE.DS && zone === pair.name.toLowerCase() && above && topmost
        ? [pair.ask({ zone: topmost })]
        : [];
    },
  },
  {
    peers: ["NSD"],
    what: "NSEC or RRSIG of an alias in an unsigned zone",
    theirs: "follows the alias",
    section: "RFC 4035 §2.5",
    why: "both belong to the alias itself: they may stand beside a CNAME",
    instead: (_, pair) => (pair.type === TYPE.NSEC || pair.type === TYPE.RRSIG ? [pair.ask({ type: absentType })] : []),
  },
  {
    peers: ["NSD", "BIND"],
    what: "`ANY`",
    theirs: "BIND: all RRsets; NSD: one, and not always the one that we choose",
    section: "RFC 8482 §4.1",
    why: "which one is left open; `dns.any_over_tcp` gives all",
    instead(ours, pair) {
      if (pair.type !== TYPE.ANY) return [];
      const end = chainEnd(ours, pair.name);
      const all = pair.ask({ anyOverTcp: "all" });
      const chain = all.answer.filter((record) => !record.startsWith(`${end} `));
      const sets = Map.groupBy(
        all.answer.filter((record) => record.startsWith(`${end} `)),
        (record) => record.split(" ")[2],
      );
      const { authority, additional } = all;
      return [all.answer, ...[...sets.values()].map((set) => union(chain, set))].map((answer) => {
        return { ...ours, answer, authority, additional };
      });
    },
  },
  {
    peers: ["NSD", "Knot"],
    what: "servers whose address only a wildcard gives; Knot: NS as the answer to `ANY`, too",
    theirs: "adds the address, once for several servers",
    section: "RFC 1034 §4.3.2, RFC 9471 §3, RFC 8482 §4.1",
    why: "it is never the glue that a delegation needs; it can be asked for",
    instead: (ours, pair) => withAddresses(ours, pair, / ns (.*)\.$/, [...ours.authority, ...ours.answer]),
  },
  {
    peers: ["Knot"],
    what: "DNAME, and a name is renamed to where the same DNAME stands",
    theirs: "says it twice",
    section: "RFC 2181 §5",
    why: "an RRset has no record twice",
    instead: (ours, pair) =>
      pair.type === TYPE.DNAME
        ? ours.answer
            .filter((record) => record.includes(" dname "))
            .map((record) => ({ ...ours, answer: [...ours.answer, record].sort() }))
        : [],
  },
  {
    peers: ["Knot"],
    what: "MX and SRV",
    theirs: "adds the addresses of the targets",
    section: "RFC 1035 §3.3.9, RFC 2782",
    why: "no resolver believes them; they can be asked for",
    instead: (ours, pair) => withAddresses(ours, pair, / (?:mx \d+|srv \d+ \d+ \d+) (.*)\.$/, ours.answer),
  },
  {
    peers: ["Knot"],
    what: "a DNAME makes too long a name",
    theirs: "adds what there is at the target of the DNAME, at times with NXDOMAIN",
    section: "RFC 6672 §3.2",
    why: "the RCODE is YXDOMAIN, and nobody asked for the target",
    instead(ours, pair) {
      if (ours.rcode !== "YXDOMAIN") return [];
      const zone = pair.zoneOf(pair.name) ?? "";
      return ours.answer
        .flatMap((record) => / dname (.*)\.$/.exec(record)?.[1] ?? [])
        .map((name) => pair.ask({ name, zone }))
        .flatMap(({ answer, authority, additional }) =>
          ["YXDOMAIN", "NXDOMAIN"].map((rcode) => {
            return { ...ours, rcode, answer: union(ours.answer, answer), authority, additional };
          }),
        );
    },
  },
  {
    peers: ["NSD"],
    what: "a DNAME makes too long a name",
    theirs: "adds extended error 0 (other)",
    section: "RFC 6672 §3.2, RFC 8914 §4.1",
    why: "YXDOMAIN says it all",
    instead: (ours) =>
      ours.rcode === "YXDOMAIN" && ours.flags.includes("edns") ? [{ ...ours, options: ["EDE 0"] }] : [],
  },
  {
    peers: ["BIND"],
    what: "NS of a zone, or a delegation to servers elsewhere in the zone",
    theirs: "leaves out addresses that are not below the delegation (`minimal-responses yes`)",
    section: "RFC 1034 §4.3.2, RFC 9471 §3",
    why: "each resolver that asks needs them next",
    instead(ours) {
      const cuts = ours.authority.flatMap((record) => /^(\S+) \d+ ns /.exec(record)?.[1] ?? []);
      const isGlue = (record: string): boolean =>
        cuts.some((cut) => `.${record.slice(0, record.indexOf(" "))}`.endsWith(`.${cut}`));
      return [{ ...ours, additional: ours.additional.filter(isGlue) }];
    },
  },
  {
    peers: ["BIND"],
    what: "`ANY`, and a DNAME renames the name",
    theirs: "the CNAME is the answer",
    section: "RFC 6672 §3.2",
    why: "the target is looked for whatever the type",
    instead(ours, { name, type }) {
      const made = ours.answer.find(
        (record) => record.startsWith(`${name.toLowerCase()} `) && record.includes(" cname "),
      );
      const isRenamed = (record: string): boolean =>
        record.includes(" dname ") && name.toLowerCase().endsWith(`.${record.slice(0, record.indexOf(" "))}`);
      if (type !== TYPE.ANY || made === undefined || !ours.answer.some(isRenamed)) return [];
      const answer = [made, ...ours.answer.filter(isRenamed)].sort();
      return [{ ...ours, rcode: "NOERROR", answer, authority: [], additional: [] }];
    },
  },
  {
    peers: ["BIND"],
    what: "a name that is in none of the zones",
    theirs: "REFUSED without extended error",
    section: "RFC 8914 §4.21",
    why: "20 says why",
    instead: (ours) => (ours.options.includes("EDE 20") ? [{ ...ours, options: [] }] : []),
  },
];

/** The zones that a name is in, the closest first. */
function zonesAbove(pair: Pair): string[] {
  const zones: string[] = [];
  for (let zone = pair.zoneOf(pair.name); zone !== undefined; zone = pair.zoneOf(parentName(zone) ?? ""))
    zones.push(zone);
  return zones;
}

const isAlias = (record: string, name: string): boolean =>
  record.startsWith(`${name} `) && record.endsWith(` cname ${name}.`);

/** Whether the last alias of an answer leads out of the zone that was asked. The DS of an apex is outside of it. */
function aliasLeads(ours: Outcome, pair: Pair, where: "below" | "to its apex"): boolean {
  const end = chainEnd(ours, pair.name);
  if (end === pair.name.toLowerCase()) return false;
  const zone = pair.zoneOf(pair.name);
  switch (where) {
    case "below":
      return pair.zoneOf(end)?.endsWith(`.${zone}`) ?? false;
    case "to its apex":
      return pair.type === TYPE.DS && end === zone;
  }
}

/** The answer with what the zone says in which its aliases end. */
function goneOn(ours: Outcome, pair: Pair, zone?: string): Outcome[] {
  const end = chainEnd(ours, pair.name);
  const { rcode, answer, authority, additional } = pair.ask({ name: end, ...(zone !== undefined && { zone }) });
  return [{ ...ours, rcode, authority, additional, answer: union(ours.answer, answer) }];
}

/** The answer with addresses of the servers, or targets, that these records name: of all those that have none in it, or of some. */
function withAddresses(ours: Outcome, pair: Pair, pattern: RegExp, records: readonly string[]): Outcome[] {
  const named = new Set(records.flatMap((record) => pattern.exec(record)?.[1] ?? []));
  const addresses = [...named]
    .filter((name) => pair.zoneOf(name) === pair.zoneOf(pair.name))
    .filter((name) => !ours.additional.some((record) => record.startsWith(`${name} `)))
    .map((name) => pair.addressesOf(name))
    .filter((found) => found.length > 0);
  return subsets(addresses).map((some) => ({ ...ours, additional: union(ours.additional, some.flat()) }));
}

/** All but the empty one. */
const subsets = <T>(list: readonly T[]): T[][] =>
  list.reduce<T[][]>((some, one) => [...some, ...some.map((subset) => [...subset, one])], [[]]).slice(1);

const union = (one: readonly string[], other: readonly string[]): string[] => [...new Set([...one, ...other])].sort();

/** The rows by which `theirs` follows from `ours`; undefined when it does not. None: they are equal. */
export function explain(ours: Outcome, theirs: Outcome, pair: Pair, peer: PeerName): readonly Difference[] | undefined {
  const expected = JSON.stringify(theirs);
  if (JSON.stringify(ours) === expected) return [];
  let candidates: { outcome: Outcome; rows: readonly Difference[] }[] = [{ outcome: ours, rows: [] }];
  for (const row of differences) {
    if (!row.peers.includes(peer)) continue;
    const more = candidates.flatMap(({ outcome, rows }) =>
      row.instead(outcome, pair).map((changed) => ({ outcome: changed, rows: [...rows, row] })),
    );
    const found = more.find(({ outcome }) => JSON.stringify(outcome) === expected);
    if (found) return found.rows;
    candidates = [...candidates, ...more];
  }
  return undefined;
}

/** The rows about one peer as they stand in docs/dns-interop.md. */
export function formatTable(peer: PeerName): string {
  const rows = differences.filter(({ peers }) => peers.includes(peer));
  const head = ["asked", peer, "section", "why we do not"];
  const lines = [head, ...rows.map(({ what, theirs, section, why }) => [what, theirs, section, why])];
  const [first, ...others] = lines.map((cells) => `| ${cells.join(" | ")} |`);
  return [first, `|${"---|".repeat(head.length)}`, ...others].join("\n");
}
