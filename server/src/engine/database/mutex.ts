import { DatabaseUnavailable } from "./faults.ts";

/** How many may wait for the one connection before the next is turned away: memory stays bounded under any load. */
const WAITING_MAX = 1000;

type Waiter = { admit: () => void };

/** One holder at a time, first come first served, with a bounded queue and a bounded wait. */
export class Mutex {
  #held = false;
  readonly #waiting = new Set<Waiter>();

  /** Resolves when the caller holds the lock; rejects with `DatabaseUnavailable` after `waitMs`, or at once when too many wait. */
  async lock(waitMs: number): Promise<void> {
    if (!this.#held) {
      this.#held = true;
      return;
    }
    if (this.#waiting.size >= WAITING_MAX)
      throw new DatabaseUnavailable(`${WAITING_MAX} wait for the database already`);
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        admit: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        reject(new DatabaseUnavailable(`the database connection was not free within ${waitMs} ms`));
      }, waitMs);
      this.#waiting.add(waiter);
    });
  }

  unlock(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#held = false;
      return;
    }
    this.#waiting.delete(next); // the lock passes on without ever being free, so nobody overtakes
    next.admit();
  }
}
