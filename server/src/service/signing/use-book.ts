/** What was signed with a key since it was last told. Epoch seconds. */
export type Uses = { signatures: number; firstAt: number; lastAt: number };

/** Counts what this process signs, key by key, until it is told to the database: no message waits for a write. */
export class UseBook {
  #uses = new Map<string, Uses>();

  note(keyIds: readonly string[], at: number): void {
    for (const id of keyIds) this.#add(id, { signatures: 1, firstAt: at, lastAt: at });
  }

  /** Everything that was not told yet; whoever takes it tells it, or gives it back. */
  take(): Map<string, Uses> {
    const taken = this.#uses;
    this.#uses = new Map();
    return taken;
  }

  giveBack(taken: ReadonlyMap<string, Uses>): void {
    for (const [id, uses] of taken) this.#add(id, uses);
  }

  #add(id: string, { signatures, firstAt, lastAt }: Uses): void {
    const known = this.#uses.get(id);
    if (known === undefined) this.#uses.set(id, { signatures, firstAt, lastAt });
    else
      this.#uses.set(id, {
        signatures: known.signatures + signatures,
        firstAt: Math.min(known.firstAt, firstAt),
        lastAt: Math.max(known.lastAt, lastAt),
      });
  }
}
