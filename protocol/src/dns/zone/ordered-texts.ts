const pieceMax = 512;

/**
 * A set of texts that knows which of them comes last at or before another, in the order of `<`. Never changes: a new version shares with
 * the one before all pieces that it does not touch.
 */
export class OrderedTexts {
  /** Each in order and not empty, and all of one before all of the next. */
  readonly #pieces: readonly (readonly string[])[];

  private constructor(pieces: readonly (readonly string[])[]) {
    this.#pieces = pieces;
  }

  static of(texts: Iterable<string>): OrderedTexts {
    return new OrderedTexts(pieces([...new Set(texts)].sort()));
  }

  /** The last text that is not after `text`; when there is none, the last of all, as in a ring. Undefined only in an empty set. */
  atOrBefore(text: string): string | undefined {
    const piece = this.#pieces[lastIndex(this.#pieces, (each) => each[0]! <= text)];
    if (!piece) return this.#pieces.at(-1)?.at(-1);
    return piece[lastIndex(piece, (each) => each <= text)];
  }

  /** The set without some texts and with others. */
  changed(removed: Iterable<string>, added: Iterable<string>): OrderedTexts {
    const changes = new Map<number, Set<string>>();
    const pieceOf = (text: string): Set<string> => {
      const index = Math.max(
        lastIndex(this.#pieces, (each) => each[0]! <= text),
        0,
      );
      const known = changes.get(index);
      if (known) return known;
      const piece = new Set(this.#pieces[index]);
      changes.set(index, piece);
      return piece;
    };
    for (const text of removed) pieceOf(text).delete(text);
    for (const text of added) pieceOf(text).add(text);
    if (this.#pieces.length === 0) return OrderedTexts.of(changes.get(0) ?? []);
    return new OrderedTexts(
      this.#pieces.flatMap((piece, index) => {
        const changed = changes.get(index);
        return changed ? pieces([...changed].sort()) : [piece];
      }),
    );
  }
}

/** Halves of what is too long, so that a text more does not make a piece more each time. */
function pieces(texts: readonly string[]): (readonly string[])[] {
  const cut: (readonly string[])[] = [];
  for (let at = 0; at < texts.length;) {
    const left = texts.length - at;
    const size = left <= pieceMax ? left : pieceMax / 2;
    cut.push(texts.slice(at, at + size));
    at += size;
  }
  return cut;
}

/** The last index whose element satisfies `holds`, which no element does after one that does not; or -1. */
function lastIndex<T>(list: readonly T[], holds: (element: T) => boolean): number {
  let from = 0;
  let to = list.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(list[middle]!)) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}
