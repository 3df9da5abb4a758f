import { readZone, zoneToWire, zoneWireOctets } from "chancery/dns";
import { createHash } from "node:crypto";
import type { Disk, DiskSource } from "./disk.ts";
import { OctetReader, OctetWriter } from "./octets.ts";
import { putBeneath, type StoredZone, takeBeneath } from "./stored-zone.ts";
import { StoreState } from "./store-state.ts";

/** Changed when the form changes; files of another form are not read. */
const magic = Buffer.from("chancery zones 3\n");
const digestOctets = 32;
const pieceOctets = 1 << 20;

/**
 * Writes everything into a new file and syncs it; `path` is its name only when the caller gives it one. It takes a turn of the event loop
 * for each piece, so answers go on meanwhile. Answers how many octets it has.
 *
 * The form: magic; generation and the database's change number (8 octets each); number of zones (4), each as what is beneath, its length (8)
 * and `zoneToWire`; number of serials of zones that are gone (4), each with its origin; at the end SHA-256 of all before.
 */
export async function writeSnapshot(disk: Disk, path: string, state: StoreState): Promise<number> {
  const file = await disk.open(path, "empty");
  try {
    const hash = createHash("sha256");
    let at = 0;
    const write = async (octets: Uint8Array): Promise<void> => {
      hash.update(octets);
      await file.write(octets, at);
      at += octets.length;
    };
    await write(new OctetWriter().raw(magic).u64(state.generation).u64(state.followed).u32(state.zones.size).finish());
    for (const { zone, ...beneath } of state.zones.values()) {
      const head = new OctetWriter();
      putBeneath(head, beneath);
      await write(head.u64(zoneWireOctets(zone)).finish());
      for (const chunk of zoneToWire(zone)) await write(chunk);
    }
    const gone = new OctetWriter().u32(state.lastSerials.size);
    for (const [origin, serial] of state.lastSerials) gone.text(origin).u32(serial);
    await write(gone.finish());
    await file.write(hash.digest(), at);
    await file.sync();
    return at + digestOctets;
  } finally {
    await file.close();
  }
}

/**
 * What `writeSnapshot` wrote, or a sentence that says what is wrong. Each piece is read into the memory where it stays; nothing is believed before
 * the checksum at the end is right.
 */
export function readSnapshot(source: DiskSource): StoreState | string {
  const length = source.length - digestOctets;
  if (length < magic.length) return "too short for a snapshot";
  const hash = createHash("sha256");
  const hashed = (octets: number): Uint8Array | undefined => {
    const piece = source.next(octets);
    if (piece) hash.update(piece);
    return piece;
  };
  const reader = new OctetReader({ length, next: hashed });
  if (!reader.raw(magic.length).equals(magic)) return "not a snapshot of this version";
  const state = readState(reader);
  while (!reader.isAtEnd && reader.next(Math.min(pieceOctets, length - reader.at))); // else no checksum can be told
  const digest = source.next(digestOctets);
  return digest && hash.digest().equals(digest) ? state : "checksum does not match";
}

function readState(reader: OctetReader): StoreState | string {
  const generation = reader.u64();
  const followed = reader.u64();
  let problem: string | undefined;
  const zones = reader.list(() => {
    const beneath = takeBeneath(reader);
    const end = reader.u64() + reader.at;
    const zone = readZone((octets) => (octets > end - reader.at ? undefined : reader.next(octets)));
    if (zone.ok && reader.at === end)
      return [zone.value.origin, { zone: zone.value, ...beneath } satisfies StoredZone] as const;
    problem ??= zone.ok ? "octets after the zone" : zone.problem;
    reader.failed = true;
    return undefined;
  });
  const gone = reader.list(() => [reader.text(), reader.u32()] as const);
  if (problem !== undefined) return `zone ${zones.length}: ${problem}`;
  if (reader.failed || !reader.isAtEnd) return "not as long as it says";
  return new StoreState(
    generation,
    followed,
    zones.filter((entry) => entry !== undefined),
    gone,
  );
}
