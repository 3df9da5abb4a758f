/** Numbers that follow from a seed: the same seed gives the same inputs on every machine (xorshift128, Marsaglia 2003). */
export class Random {
  readonly #state: Uint32Array;

  constructor(...seed: readonly (number | string)[]) {
    // FNV-1a over the parts, four times with another start, so that near seeds are far apart.
    this.#state = Uint32Array.from([1, 2, 3, 4], (start) => {
      let hash = 0x811c9dc5 ^ start;
      for (const character of seed.join("\n")) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
      return hash | 1;
    });
    for (let round = 0; round < 8; round++) this.#next();
  }

  /** A whole number from 0 to `limit` - 1; 0 where there is none. */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.#next() % limit;
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  #next(): number {
    const state = this.#state;
    let mixed = state[3]!;
    mixed ^= mixed << 11;
    mixed ^= mixed >>> 8;
    state.copyWithin(1, 0, 3);
    mixed ^= state[1]! ^ (state[1]! >>> 19);
    state[0] = mixed;
    return state[0];
  }
}
