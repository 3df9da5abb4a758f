const serialMax = 2 ** 32 - 1;

/** RFC 1982 §3.2 for the 32 bits of a SOA serial: whether `serial` comes after `other`. Half the circle away neither is after. */
export const isSerialAfter = (serial: number, other: number): boolean => {
  const ahead = (serial - other) >>> 0;
  return ahead > 0 && ahead < 0x8000_0000;
};

/**
 * The serial for a change to a zone whose public serial is `current`: the furthest of those `wanted`, such as the time, that are after it, else the
 * next one. So a serial never goes back, also when a clock or a restored database does (RFC 1982 §4). 0 is left out: some programs take it for none;
 * and so is what has more than 32 bits.
 */
export function nextSerial(current: number, ...wanted: readonly number[]): number {
  let serial = (current + 1) >>> 0 || 1;
  for (const one of wanted)
    if (one > 0 && one <= serialMax && isSerialAfter(one, current) && isSerialAfter(one, serial)) serial = one;
  return serial;
}
