import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { readWireName } from "../name/name.ts";
import { TYPE } from "../record/record.ts";
import { ZoneContent } from "./zone-content.ts";
import { recounted } from "./zone-counts.ts";
import { Directory } from "./zone-directory.ts";
import { EntryWriter, setsProblem, Templates } from "./zone-entry.ts";
import { LookupName } from "../name/lookup-name.ts";
import { depthOf, entriesOf, findPlace, type Entry, type RecordSet } from "./zone-page.ts";

/** A name that a change touches. */
type DraftNode = {
  /** Wire form without the origin and the final zero. */
  readonly name: Uint8Array;
  readonly hash: number;
  children: number;
  /** Ordered by type. */
  sets: RecordSet[];
  exists: boolean;
};

/** A new version of a zone while it is made. What is not touched it shares with the version before, so it costs what the change costs. */
export class ZoneDraft {
  readonly #content: ZoneContent;
  readonly #nodes = new Map<string, DraftNode>();

  constructor(content: ZoneContent) {
    this.#content = content;
  }

  /** Gives `change` the RRsets of a name and takes what it answers for them, or a problem. */
  edit(owner: LookupName, change: (sets: RecordSet[]) => RecordSet[] | string): string | undefined {
    if (!this.#isInside(owner)) return "name outside the zone";
    const node = this.#node(owner, 0);
    const sets = change(node.sets);
    if (typeof sets === "string") return sets;
    const problem = setsProblem(sets, node.name.length === 0);
    if (problem !== undefined) return problem;
    node.sets = sets;
    this.#settle(owner, 0, node);
    return undefined;
  }

  #isInside(owner: LookupName): boolean {
    const { origin, originLabels } = this.#content;
    if (owner.labels < originLabels) return false;
    const from = owner.labelAt(owner.labels - originLabels);
    return origin.every((octet, index) => owner.octets[from + index] === octet);
  }

  #node(owner: LookupName, label: number): DraftNode {
    const content = this.#content;
    const name = owner.octets.slice(owner.labelAt(label), owner.length - content.origin.length);
    const key = Buffer.from(name.buffer).toString("latin1");
    const known = this.#nodes.get(key);
    if (known) return known;
    const found = content.find(owner, label);
    const exists = found >= 0;
    const node: DraftNode = {
      name,
      hash: owner.hash(label),
      children: exists ? content.children(found) : 0,
      sets: exists ? content.sets(found) : [],
      exists,
    };
    this.#nodes.set(key, node);
    return node;
  }

  /** A name with records or descendants exists, any other does not (RFC 8020); its parent knows how many it has. */
  #settle(owner: LookupName, label: number, node: DraftNode): void {
    const exists = node.sets.length > 0 || node.children > 0;
    if (exists === node.exists || node.name.length === 0) return;
    node.exists = exists;
    const parent = this.#node(owner, label + 1);
    parent.children += exists ? 1 : -1;
    this.#settle(owner, label + 1, parent);
  }

  /** The new version. */
  finish(): Parsed<ZoneContent> {
    const content = this.#content;
    const apex = new LookupName();
    apex.read(content.origin, 0);
    if (!this.#node(apex, 0).sets.some(({ type }) => type === TYPE.SOA)) return unparsed("no SOA", 0);
    const { parts, templates: known, originLabels } = content;
    const templates = new Templates(known);
    const directory = new Directory(parts);
    const gone: Uint8Array[] = [];
    const come: Uint8Array[] = [];
    for (const [page, nodes] of this.#byPage(directory)) {
      const { hash, name } = nodes[0]!;
      const pages = directory.put(entriesAfter(page, nodes, templates), depthOf(page), hash, parts.counts.nodes);
      if (!pages) return unparsed(`${nameText(name, content.origin)}: too many names with the same hash`, 0);
      gone.push(page);
      come.push(...pages);
    }
    const { depth, groups } = directory;
    const counts = recounted(parts.counts, originLabels, gone, come);
    return parsed(new ZoneContent({ ...parts, counts, depth, groups, templates: templates.list }, apex));
  }

  #byPage(directory: Directory): Map<Uint8Array, DraftNode[]> {
    const byPage = new Map<Uint8Array, DraftNode[]>();
    for (const node of this.#nodes.values()) {
      const page = directory.pageOf(node.hash);
      const nodes = byPage.get(page);
      if (nodes) nodes.push(node);
      else byPage.set(page, [node]);
    }
    return byPage;
  }
}

function entriesAfter(page: Uint8Array, nodes: readonly DraftNode[], templates: Templates): Entry[] {
  const replaced = new Set(nodes.map(({ hash, name }) => findPlace(page, hash, name, 0, name.length)));
  const entries = entriesOf(page).filter((_, place) => !replaced.has(place));
  for (const { hash, name, children, sets, exists } of nodes) {
    if (!exists) continue;
    const writer = new EntryWriter(templates);
    writer.entry(name, children, sets);
    entries.push({ hash, octets: writer.octets, from: 0, end: writer.length });
  }
  return entries.sort((one, other) => one.hash - other.hash);
}

/** The name of a node as text. */
export function nameText(name: Uint8Array, origin: Uint8Array): string {
  const wire = new Uint8Array(name.length + origin.length);
  wire.set(name);
  wire.set(origin, name.length);
  const read = readWireName(wire, 0, { pointers: "refused" });
  return read.ok ? read.value.name : ".";
}
