import type { ResourceRecord, ZoneDelta } from "chancery/dns";
import type { ZoneStep } from "./store-change.ts";

/** What is kept of one zone; a secondary that is further behind takes the whole zone. */
const versionsMax = 1000;
const octetsMax = 1 << 20;
/** Type, class, TTL and length, and the name once more in memory. */
const recordOverhead = 40;

type Kept = { deltas: ZoneDelta[]; octets: number };

/** The changes that led to what is served, of each zone those of late. */
export class ZoneHistory {
  readonly #kept = new Map<string, Kept>();

  /** Oldest first, each from where the one before ended. */
  of(origin: string): readonly ZoneDelta[] {
    return this.#kept.get(origin)?.deltas ?? [];
  }

  /** What a step means for a later transfer: a zone that was replaced has to be taken whole. */
  take(
    origin: string,
    step:
      | Pick<Extract<ZoneStep, { kind: "changed" }>, "kind" | "delta">
      | { kind: Exclude<ZoneStep["kind"], "changed"> },
  ): void {
    if (step.kind === "changed") this.#add(origin, step.delta);
    else if (step.kind !== "rebased") this.#kept.delete(origin);
  }

  #add(origin: string, delta: ZoneDelta): void {
    const before = this.#kept.get(origin);
    const { deltas: earlier, octets: used } =
      before?.deltas.at(-1)?.toSerial === delta.fromSerial ? before : { deltas: [], octets: 0 };
    const deltas = [...earlier, delta];
    let octets = used + octetsOf(delta);
    let drop = Math.max(0, deltas.length - versionsMax);
    for (let index = 0; index < drop; index++) octets -= octetsOf(deltas[index]!);
    while (octets > octetsMax && drop < deltas.length) octets -= octetsOf(deltas[drop++]!);
    this.#kept.set(origin, { deltas: deltas.slice(drop), octets });
  }
}

const octetsOf = ({ removed, added }: ZoneDelta): number => sizeOf(removed) + sizeOf(added);
const sizeOf = (records: readonly ResourceRecord[]): number =>
  records.reduce((sum, { name, data }) => sum + name.length + data.length + recordOverhead, 0);
