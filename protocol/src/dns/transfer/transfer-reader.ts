import { unparsed, type Parsed } from "../../parsed.ts";
import { isAtOrBelow } from "../name/name.ts";
import { CLASS, readSoa, TYPE, typeName, type ResourceRecord } from "../record/record.ts";
import type { ZoneDelta } from "../zone/zone-delta.ts";
import { isSerialAfter } from "../record/serial.ts";

/**
 * What a transfer brought: the zone as a whole, the changes since the version asked for, or that there is none newer. The serial then is that of
 * the source, which may have gone back.
 */
export type Transferred =
  | { kind: "whole"; serial: number; records: ResourceRecord[] }
  | { kind: "changes"; serial: number; deltas: ZoneDelta[] }
  | { kind: "current"; serial: number };

type Delta = { -readonly [K in keyof ZoneDelta]: K extends "removed" | "added" ? ResourceRecord[] : ZoneDelta[K] };

/** What may come next, and what is gathered meanwhile. */
type State =
  | { at: "start" }
  /** The SOA of the new version has come, and alone in its message it may say that there is no newer one. */
  | { at: "second" }
  | { at: "whole"; records: ResourceRecord[] }
  | { at: "removed"; deltas: Delta[]; delta: Delta }
  | { at: "added"; deltas: Delta[]; delta: Delta }
  | { at: "end"; transferred: Transferred };

/**
 * Reads the answer to AXFR (RFC 5936 §2.2) or IXFR (RFC 1995 §4), message by message. It is complete only with the SOA that ends it; what
 * was gathered before that is nobody's to use. Whether messages belong to the request, and their signatures, are looked at before.
 */
export class TransferReader {
  readonly #origin: string;
  readonly #have: number | undefined;
  readonly #recordsMax: number;
  #state: State = { at: "start" };
  #soa: ResourceRecord | undefined;
  #serial = 0;
  #records = 0;

  /** `have`: the serial that IXFR was asked from; undefined for AXFR. */
  constructor(origin: string, have: number | undefined, recordsMax: number) {
    this.#origin = origin;
    this.#have = have;
    this.#recordsMax = recordsMax;
  }

  /** What was transferred, once it is complete. */
  get transferred(): Transferred | undefined {
    return this.#state.at === "end" ? this.#state.transferred : undefined;
  }

  /** Takes the answer section of the next message. The offset of a problem is the number of the record. After one, nothing more is to be taken. */
  take(answers: readonly ResourceRecord[]): Parsed<"more" | "complete"> {
    for (const record of answers) {
      const problem = this.#take(record);
      if (problem !== undefined) return unparsed(problem, this.#records);
      this.#records++;
    }
    // RFC 1995 §2: one SOA, no newer than what was asked from. A newer one alone is the beginning of a zone that comes in small messages.
    if (this.#state.at === "second" && this.#have !== undefined && !isSerialAfter(this.#serial, this.#have))
      this.#state = { at: "end", transferred: { kind: "current", serial: this.#serial } };
    return { ok: true, value: this.#state.at === "end" ? "complete" : "more" };
  }

  #take(record: ResourceRecord): string | undefined {
    if (this.#records === this.#recordsMax) return `more than ${this.#recordsMax} records`;
    if ((record.class ?? CLASS.IN) !== CLASS.IN) return `${record.name}: another class than IN`;
    if (!isAtOrBelow(record.name, this.#origin)) return `${record.name} is outside ${this.#origin}`;
    if (record.type !== TYPE.SOA) return this.#takeOther(record);
    if (record.name !== this.#origin) return `${record.name}: a SOA below the apex`;
    return this.#takeSoa(record, readSoa(record.data).serial);
  }

  #takeOther(record: ResourceRecord): string | undefined {
    const state = this.#state;
    switch (state.at) {
      case "start":
        return `begins with ${typeName(record.type)} instead of SOA`;
      case "second":
        this.#state = { at: "whole", records: [this.#soa!, record] };
        return undefined;
      case "whole":
        state.records.push(record);
        return undefined;
      case "removed":
        state.delta.removed.push(record);
        return undefined;
      case "added":
        state.delta.added.push(record);
        return undefined;
      case "end":
        return "goes on after its end";
    }
  }

  #takeSoa(soa: ResourceRecord, serial: number): string | undefined {
    const state = this.#state;
    switch (state.at) {
      case "start":
        this.#soa = soa;
        this.#serial = serial;
        this.#state = { at: "second" };
        return undefined;
      case "second":
        if (serial === this.#serial) return this.#end({ kind: "whole", serial, records: [soa] });
        if (serial !== this.#have) return `changes from serial ${serial}, which was not asked for`;
        this.#state = { at: "removed", deltas: [], delta: deltaFrom(soa, serial) };
        return undefined;
      case "whole":
        if (serial !== this.#serial) return `begins with serial ${this.#serial} and ends with ${serial}`;
        return this.#end({ kind: "whole", serial, records: state.records });
      case "removed":
        state.delta.toSerial = serial;
        state.delta.added.push(soa);
        this.#state = { ...state, at: "added" };
        return undefined;
      case "added": {
        const { deltas, delta } = state;
        if (serial !== delta.toSerial) return `changes lead to serial ${delta.toSerial} and go on from ${serial}`;
        deltas.push(delta);
        if (serial === this.#serial) return this.#end({ kind: "changes", serial, deltas });
        this.#state = { at: "removed", deltas, delta: deltaFrom(soa, serial) };
        return undefined;
      }
      case "end":
        return "goes on after its end";
    }
  }

  #end(transferred: Transferred): undefined {
    this.#state = { at: "end", transferred };
  }
}

const deltaFrom = (soa: ResourceRecord, fromSerial: number): Delta => ({
  fromSerial,
  toSerial: fromSerial,
  removed: [soa],
  added: [],
});
