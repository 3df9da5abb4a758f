import { CommandFailed } from "../exit.ts";

const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `90d`, `12h`, `30m`, `45s`, `2w`, or seconds without a unit. */
export function secondsOf(text: string): number {
  const match = /^(\d{1,9})([smhdw]?)$/.exec(text);
  if (match === null) throw new CommandFailed(`"${text}" is not a duration; write 90d, 12h, 30m or 45s`);
  return Number(match[1]) * units[match[2] || "s"]!;
}

/** In the largest unit of which it is not less than two, with one decimal where it needs one. */
export function durationText(seconds: number): string {
  const [unit, size] = (["d", "h", "m"] as const)
    .map((name) => [name, units[name]!] as const)
    .find(([, length]) => seconds >= 2 * length) ?? ["s", 1];
  const value = seconds / size;
  return `${Number.isInteger(value) ? value : value.toFixed(1)}${unit}`;
}
