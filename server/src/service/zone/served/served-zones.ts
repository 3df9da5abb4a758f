import { isSerialAfter, withVersions, zoneOfOrigin, zoneSet, type ZoneSet } from "chancery/dns";
import { DatabaseUnavailable } from "../../../engine/database/faults.ts";
import type { Change } from "../../../engine/database/follow-changes.ts";
import type { Database } from "../../../engine/database/schema.ts";
import type { Served } from "../../../engine/dns-server/served.ts";
import type { StoredZone } from "../../../engine/zone-store/stored-zone.ts";
import { originOf, type ZoneStep } from "../../../engine/zone-store/store-change.ts";
import { NotStored, type ZoneStore } from "../../../engine/zone-store/store.ts";
import { Floors } from "./floors.ts";
import { type Conflict, type Reading, readChanges } from "./follow.ts";
import { overridden, type Override } from "./overlay.ts";

/**
 * An override and the zone that it belongs to. `until` is the serial of the database's version that has it, once it was adopted: the override
 * ends when that is followed, and not before, or what the database had would be served in between.
 */
export type ZoneOverride = Override & { zone: string; until?: number | undefined };

export type ServedZonesOptions = {
  store: ZoneStore;
  /** This name server among those that follow the same database. */
  node: string;
  log: Record<"error" | "warn" | "info", (fields: object, message: string) => void>;
};

/**
 * What is answered from, and how it is replaced: on disk first, then in answers. What would go back in time is refused (D1, I-10), and what the
 * database never had is not taken away by it.
 */
export class ServedZones {
  now: Served;
  /** Told of the zones that are others now, or gone. */
  onChange: (origins: readonly string[]) => void = () => {};
  readonly #store: ZoneStore;
  readonly #log: ServedZonesOptions["log"];
  readonly #floors: Floors;
  readonly #notReady = new Set<string>();
  readonly #conflicts = new Map<string, Conflict>();
  #overrides: readonly ZoneOverride[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor({ store, node, log }: ServedZonesOptions) {
    this.#store = store;
    this.#log = log;
    this.#floors = new Floors(node, store.state.zones);
    this.#overrides = [...this.zones].flatMap(([zone, { overlay }]) => overlay.map((set) => ({ ...set, zone })));
    this.now = servedAt(this.#allZones(), store);
  }

  get zones(): ReadonlyMap<string, StoredZone> {
    return this.#store.state.zones;
  }

  /** Zones that should be served and cannot be. */
  get notReady(): readonly string[] {
    return [...this.#notReady];
  }

  /** Zones whose content a person has to decide about, until it is decided. */
  get conflicts(): readonly Conflict[] {
    return [...this.#conflicts.values()];
  }

  /** What is overridden on this name server. */
  get overrides(): readonly ZoneOverride[] {
    return this.#overrides.filter((one) => isActive(one, this.zones.get(one.zone)));
  }

  /** Why nothing new can be taken over until the name server is started again, or undefined. */
  get lost(): string | undefined {
    return this.#store.lost;
  }

  /**
   * Takes a change of the database over. `DatabaseUnavailable`: not now, and all of it has to be asked for again. `before` is called before any of it
   * is served, with the zones of which it is not taken.
   */
  async take(
    db: Database,
    { after, upTo }: Change,
    now: number,
    before: (held: ReadonlySet<string>) => Promise<void> = async () => {},
  ): Promise<void> {
    await this.#inTurn(async () => {
      const overridesOf = (origin: string): Override[] => this.#overrides.filter(({ zone }) => zone === origin);
      const reading = await readChanges(db, after, this.#store.state, overridesOf);
      for (const { origin, problem } of reading.unservable)
        this.#log.error({ origin, problem }, "a zone cannot be served; its last good version stays");
      this.#noteConflicts(reading, after === 0);
      await before(new Set(this.#conflicts.keys()));
      if (reading.steps.length > 0) await this.#commit(upTo, reading.steps);
      if (this.#overrides.some(({ until }) => until !== undefined)) await this.#overlay(this.#overrides, now);
      this.#noteNotReady(reading);
    });
    await this.reportFloors(db, now);
  }

  /** Serves these overrides and no others. Answers, for those that cannot be served, why; all else is as asked. */
  async override(overrides: readonly ZoneOverride[], now: number): Promise<string[]> {
    return this.#inTurn(async () => {
      const problems = await this.#overlay(overrides, now);
      this.#overrides = overrides;
      return problems;
    });
  }

  async #overlay(overrides: readonly ZoneOverride[], now: number): Promise<string[]> {
    const problems: string[] = [];
    const steps: ZoneStep[] = [];
    for (const [origin, stored] of this.zones) {
      const wanted = overrides.filter((one) => one.zone === origin && isActive(one, stored));
      if (wanted.length === 0 && stored.overlay.length === 0) continue;
      const step = overridden(stored, wanted, now);
      if (typeof step === "string") problems.push(`${origin}: ${step}`);
      else if (step !== undefined) steps.push(step);
    }
    if (steps.length > 0) await this.#commit(this.#store.state.followed, steps);
    return problems;
  }

  /** Tells the database which serials are served beyond its own, so that its next ones are above. */
  async reportFloors(db: Database, now: number): Promise<void> {
    await this.#floors.report(db, this.zones, this.#conflicts, now);
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#store.close();
  }

  async #commit(followed: number, steps: readonly ZoneStep[]): Promise<void> {
    try {
      await this.#store.commit({ followed, steps });
    } catch (error) {
      if (!(error instanceof NotStored)) throw error;
      throw new DatabaseUnavailable(`${error.message}; the zones stay as they are`, { cause: error });
    }
    this.#floors.note(steps);
    const changed = steps.flatMap((step) => (step.kind === "removed" ? [] : [step.next.zone]));
    const isSameSet = changed.length === steps.length && changed.every(({ origin }) => !this.#notReady.has(origin));
    const set = (isSameSet ? withVersions(this.now.zones, changed) : undefined) ?? this.#allZones();
    this.now = servedAt(set, this.#store);
    const { generation, zones } = this.#store.state;
    this.#log.info({ generation, zones: zones.size, changed: steps.length }, "zones");
    this.onChange([...new Set(steps.filter(({ kind }) => kind !== "rebased").map(originOf))]);
  }

  #noteNotReady({ unservable, origins }: Reading): void {
    const before = [...this.#notReady].join();
    for (const origin of origins) this.#notReady.delete(origin);
    for (const { origin } of unservable) if (!this.zones.has(origin)) this.#notReady.add(origin);
    if ([...this.#notReady].join() !== before) this.now = servedAt(this.#allZones(), this.#store);
  }

  #noteConflicts({ conflicts, origins }: Reading, isWhole: boolean): void {
    const known = new Map(this.#conflicts);
    for (const origin of isWhole ? known.keys() : origins) this.#conflicts.delete(origin);
    for (const conflict of conflicts) {
      const { origin, why, database } = conflict;
      this.#conflicts.set(origin, conflict);
      const before = known.get(origin);
      if (before?.why === why && before.database === database) continue;
      this.#log.error(
        conflict,
        `the database is older than what is served (${origin}), so what is served stays; decide with "chancery nameserver reconcile"`,
      );
    }
    for (const origin of known.keys())
      if (!this.#conflicts.has(origin)) this.#log.info({ origin }, "the database and what is served agree again");
  }

  #allZones(): ZoneSet {
    return zoneSet(
      [...this.zones.values()].map(({ zone }) => zone),
      this.#notReady,
    );
  }

  /** One after the other: what follows the database and what an operator overrides. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.catch(() => {}).then(work);
    this.#last = mine;
    return mine;
  }
}

const isActive = ({ until }: ZoneOverride, stored: StoredZone | undefined): boolean =>
  until === undefined || stored === undefined || isSerialAfter(until, stored.baseSerial);

/** A later change does not reach into it: the history ends with the version of that moment. */
const servedAt = (zones: ZoneSet, { history }: ZoneStore): Served => ({
  zones,
  history: (origin) => {
    const zone = zoneOfOrigin(zones, origin);
    const serial = typeof zone === "object" ? zone.serial : undefined;
    const deltas = history.of(origin);
    return deltas.slice(0, deltas.findLastIndex(({ toSerial }) => toSerial === serial) + 1);
  },
});
