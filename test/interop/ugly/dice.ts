/** Numbers by chance that are the same for the same seed (xorshift32). */
export class Dice {
  #state: number;

  /** @param number which of the many dice of a seed */
  constructor(seed: number, number: number) {
    // Numbers that are near one another have to part at once, and 0 is no state.
    this.#state = (Math.imul(seed + 1, 0x85ebca6b) ^ Math.imul(number + 1, 0x9e3779b1)) >>> 0 || 1;
    for (let round = 0; round < 8; round++) this.#next();
  }

  #next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state;
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    return this.#next() % count;
  }

  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** `count` of the list or fewer, each once, in the list's order. */
  some<T>(list: readonly T[], count: number): T[] {
    const chosen = new Set(Array.from({ length: count }, () => this.below(list.length)));
    return list.filter((_, at) => chosen.has(at));
  }

  shuffle(list: unknown[]): void {
    for (let at = list.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      [list[at], list[other]] = [list[other], list[at]];
    }
  }

  /** A text made of `count` picks. */
  text(list: readonly string[], count: number): string {
    return Array.from({ length: count }, () => this.pick(list)).join("");
  }
}
