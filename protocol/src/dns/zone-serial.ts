/** RFC 1982 §3.2 for the 32 bits of a SOA serial: whether `serial` comes after `other`. Half the circle away neither is after. */
export const isSerialAfter = (serial: number, other: number): boolean => {
  const ahead = (serial - other) >>> 0;
  return ahead > 0 && ahead < 0x8000_0000;
};

/**
 * The serial for a change to a zone whose public serial is `current`: `wanted`, such as the time, if that is after it, else the next one.
 * So a serial never goes back, also when a clock or a restored database does (RFC 1982 §4). 0 is left out: some programs take it for none.
 */
export function nextSerial(current: number, wanted: number): number {
  if (wanted !== 0 && isSerialAfter(wanted, current)) return wanted >>> 0;
  return (current + 1) >>> 0 || 1;
}
