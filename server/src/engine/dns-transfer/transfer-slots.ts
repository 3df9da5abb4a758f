/** Counts transfers under way, so that one secondary does not take the place of the others. */
export class TransferSlots {
  readonly #transfersMax: number;
  readonly #transfersPerSecondaryMax: number;
  #all = 0;
  readonly #perSecondary = new Map<string, number>();

  constructor(limits: { transfersMax: number; transfersPerSecondaryMax: number }) {
    this.#transfersMax = limits.transfersMax;
    this.#transfersPerSecondaryMax = limits.transfersPerSecondaryMax;
  }

  /** Answers how to give the place back, or undefined when there is none. */
  take(secondary: string): (() => void) | undefined {
    const own = this.#perSecondary.get(secondary) ?? 0;
    if (this.#all >= this.#transfersMax || own >= this.#transfersPerSecondaryMax) return undefined;
    this.#all++;
    this.#perSecondary.set(secondary, own + 1);
    return () => {
      this.#all--;
      this.#perSecondary.set(secondary, (this.#perSecondary.get(secondary) ?? 1) - 1);
    };
  }
}
