/**
 * Milter packets: four octets of length (big-endian, the command octet included), one command octet, a payload.
 * There is no RFC; Sendmail's libmilter and Postfix are the reference.
 */

export type Packet = { command: string; payload: Uint8Array };

/** The packets that a chunk completed, in order. With `problem` set, those before the damage; nothing can follow it. */
export type PacketBatch = { packets: Packet[]; problem?: string };

export type PacketReader = {
  /** Takes the next octets from the peer, cut anywhere. A payload may be a view on `chunk`. */
  push(chunk: Uint8Array): PacketBatch;
  /** True while a packet has begun and not ended. */
  partial(): boolean;
};

/** A 64 KiB body chunk is the usual maximum; Postfix sends a header field whole, whatever its size. */
export const packetBytesMaxDefault = 1_048_576 + 512;

const prefixBytes = 4;
const firstBufferBytes = 4096;

/** Reads packets from a stream. A length of zero or above `packetBytesMax` ends the reading for good. */
export function createPacketReader(packetBytesMax: number = packetBytesMaxDefault): PacketReader {
  const prefix = new Uint8Array(prefixBytes);
  let prefixFilled = 0;
  let expected = 0;
  let filled = 0;
  let buffer: Uint8Array = new Uint8Array(0);
  let problem: string | undefined;

  // The buffer doubles as octets arrive: a peer that only announces a megabyte does not get one.
  function store(octets: Uint8Array): void {
    const needed = filled + octets.length;
    if (needed > buffer.length) {
      const grown = new Uint8Array(Math.min(expected, Math.max(firstBufferBytes, buffer.length * 2, needed)));
      grown.set(buffer.subarray(0, filled));
      buffer = grown;
    }
    buffer.set(octets, filled);
    filled = needed;
  }

  function finishPacket(whole: Uint8Array): Packet {
    prefixFilled = 0;
    filled = 0;
    buffer = new Uint8Array(0);
    return { command: String.fromCharCode(whole[0] ?? 0), payload: whole.subarray(1) };
  }

  return {
    push(chunk) {
      const packets: Packet[] = [];
      let offset = 0;
      while (problem === undefined && offset < chunk.length) {
        if (prefixFilled < prefixBytes) {
          prefix[prefixFilled++] = chunk[offset++] ?? 0;
          if (prefixFilled < prefixBytes) continue;
          expected = readUint32(prefix, 0);
          if (expected === 0) problem = "a packet without a command";
          else if (expected > packetBytesMax) problem = `a packet of ${expected} octets, more than ${packetBytesMax}`;
          continue;
        }
        const rest = chunk.subarray(offset, offset + expected - filled);
        offset += rest.length;
        if (rest.length === expected) {
          packets.push(finishPacket(rest));
        } else {
          store(rest);
          if (filled === expected) packets.push(finishPacket(buffer));
        }
      }
      return problem === undefined ? { packets } : { packets, problem };
    },
    partial: () => prefixFilled > 0,
  };
}

/** One packet as octets. */
export function formatPacket(command: string, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const packet = new Uint8Array(prefixBytes + 1 + payload.length);
  writeUint32(packet, 0, payload.length + 1);
  packet[prefixBytes] = command.charCodeAt(0);
  packet.set(payload, prefixBytes + 1);
  return packet;
}

/** Big-endian; octets beyond the end count as zero. */
export function readUint32(octets: Uint8Array, offset: number): number {
  let value = 0;
  for (let i = 0; i < 4; i++) value = value * 256 + (octets[offset + i] ?? 0);
  return value;
}

export function writeUint32(octets: Uint8Array, offset: number, value: number): void {
  for (let i = 0; i < 4; i++) octets[offset + i] = (value >>> (24 - 8 * i)) & 0xff;
}

/** Joins byte strings. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
