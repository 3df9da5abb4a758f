import { type NamePattern, matchesLabels, plainTail } from "./name-pattern.ts";

/** Something filed under a name (the name itself and all below) or under the plain end of a pattern (that form alone). */
type Filed<T> = { item: T; weight: number; pattern: NamePattern | undefined };

/**
 * Finds what is known of a name by its end, label by label: one look-up in a map for each label that any filed name has,
 * however many are filed.
 */
export type NameIndex<T> = { byTail: ReadonlyMap<string, readonly Filed<T>[]>; tailLabelsMax: number };

export type IndexEntry<T> = { item: T } & ({ pattern: NamePattern } | { suffix: string });

export function buildNameIndex<T>(entries: readonly IndexEntry<T>[]): NameIndex<T> {
  const byTail = new Map<string, Filed<T>[]>();
  let tailLabelsMax = 0;
  for (const entry of entries) {
    const labels = "pattern" in entry ? plainTail(entry.pattern) : entry.suffix.split(".");
    const tail = labels.join(".");
    const filed: Filed<T> =
      "pattern" in entry
        ? { item: entry.item, weight: entry.pattern.weight, pattern: entry.pattern }
        : { item: entry.item, weight: 0, pattern: undefined };
    const here = byTail.get(tail);
    if (here === undefined) byTail.set(tail, [filed]);
    else here.push(filed);
    tailLabelsMax = Math.max(tailLabelsMax, labels.length);
  }
  for (const filed of byTail.values()) filed.sort((a, b) => b.weight - a.weight);
  return { byTail, tailLabelsMax };
}

/** What is filed for a name, the most telling first: a longer end before a shorter one, at the same end the closer pattern. */
export function findByName<T>({ byTail, tailLabelsMax }: NameIndex<T>, labels: readonly string[]): T[] {
  const found: T[] = [];
  for (let from = Math.max(0, labels.length - tailLabelsMax); from < labels.length; from++) {
    const filed = byTail.get(from === labels.length - 1 ? (labels[from] ?? "") : labels.slice(from).join("."));
    if (filed === undefined) continue;
    for (const { item, pattern } of filed)
      if (pattern === undefined || matchesLabels(pattern, labels)) found.push(item);
  }
  return found;
}
