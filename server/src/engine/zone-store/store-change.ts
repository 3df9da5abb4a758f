import { changeZone, type ZoneDelta, zoneFromWire, zoneToWire } from "chancery/dns";
import { OctetReader, OctetWriter } from "./octets.ts";
import { type Beneath, putBeneath, putRecords, type StoredZone, takeBeneath, takeRecords } from "./stored-zone.ts";

/** What happens to one zone. `rebased`: its records stay, and what is beneath them changes. */
export type ZoneStep =
  | { kind: "changed"; next: StoredZone; delta: ZoneDelta }
  | { kind: "replaced"; next: StoredZone }
  | { kind: "rebased"; next: StoredZone }
  | { kind: "removed"; origin: string };

/** What is served from one moment on instead of what was before, all of it at once. */
export type StoreChange = {
  /** The database's change number up to which it was followed. */
  readonly followed: number;
  readonly steps: readonly ZoneStep[];
};

/** A step as it is on disk: what it leads to is known only with the zone that it starts from. */
type WrittenStep =
  | { kind: "changed"; origin: string; beneath: Beneath; delta: ZoneDelta }
  | { kind: "replaced"; origin: string; beneath: Beneath; octets: Buffer }
  | { kind: "rebased"; origin: string; beneath: Beneath }
  | { kind: "removed"; origin: string };
export type WrittenChange = { followed: number; steps: WrittenStep[] };

const kinds = ["changed", "replaced", "rebased", "removed"] as const satisfies readonly ZoneStep["kind"][];

export const originOf = (step: ZoneStep): string => (step.kind === "removed" ? step.origin : step.next.zone.origin);

export function writeChange({ followed, steps }: StoreChange): Buffer {
  const writer = new OctetWriter().u64(followed).u32(steps.length);
  for (const step of steps) {
    writer.u8(kinds.indexOf(step.kind)).text(originOf(step));
    if (step.kind === "removed") continue;
    putBeneath(writer, step.next);
    if (step.kind === "replaced") writer.octets(Buffer.concat([...zoneToWire(step.next.zone)]));
    if (step.kind !== "changed") continue;
    writer.u32(step.delta.fromSerial).u32(step.delta.toSerial);
    putRecords(writer, step.delta.removed);
    putRecords(writer, step.delta.added);
  }
  return writer.finish();
}

/** Undefined when the octets are none of `writeChange`. The records share them. */
export function readChange(octets: Buffer): WrittenChange | undefined {
  const reader = new OctetReader(octets);
  const followed = reader.u64();
  const steps = reader.list(() => takeStep(reader));
  return reader.failed || !reader.isAtEnd ? undefined : { followed, steps };
}

function takeStep(reader: OctetReader): WrittenStep {
  const kind: ZoneStep["kind"] | undefined = kinds[reader.u8()];
  const origin = reader.text();
  if (kind === undefined) {
    reader.failed = true;
    return { kind: "removed", origin };
  }
  switch (kind) {
    case "changed": {
      const beneath = takeBeneath(reader);
      const delta = {
        fromSerial: reader.u32(),
        toSerial: reader.u32(),
        removed: takeRecords(reader),
        added: takeRecords(reader),
      };
      return { kind, origin, beneath, delta };
    }
    case "replaced":
      return { kind, origin, beneath: takeBeneath(reader), octets: reader.octets() };
    case "rebased":
      return { kind, origin, beneath: takeBeneath(reader) };
    case "removed":
      return { kind, origin };
  }
}

/** The step with what it leads to from the zone before it; a sentence where it does not fit that. */
export function stepOf(written: WrittenStep, known: StoredZone | undefined): ZoneStep | string {
  if (written.kind === "removed") return written;
  if (written.kind === "replaced") {
    const zone = zoneFromWire(written.octets);
    return zone.ok ? { kind: "replaced", next: { zone: zone.value, ...written.beneath } } : zone.problem;
  }
  if (known === undefined) return `${written.origin} is not there to be changed`;
  if (written.kind === "rebased") return { kind: "rebased", next: { zone: known.zone, ...written.beneath } };
  const zone = changeZone(known.zone, written.delta);
  if (!zone.ok) return `${written.origin}: ${zone.problem}`;
  return { kind: "changed", next: { zone: zone.value, ...written.beneath }, delta: written.delta };
}
