import type { ChangedZone, ZoneDifference } from "@chancery/api";
import { note, print } from "../exit.ts";
import { visible } from "../table.ts";

/** What a change did or would do, as lines that begin with - and +, and its warnings on stderr. */
export function printChanged(changed: ChangedZone, options: { json?: true; dryRun?: true }): void {
  for (const warning of changed.warnings) note(`warning: ${visible(warning)}`);
  if (options.json) return print(JSON.stringify(changed));
  const { origin, serial, changes } = changed;
  if (changes.length === 0) return print(`${origin}: nothing to change; serial ${serial}`);
  const lines = changes.flatMap(differenceLines);
  print([...lines, options.dryRun ? `${origin}: not done, only shown` : `${origin}: serial ${serial}`].join("\n"));
}

export const differenceLines = ({ before, after }: ZoneDifference): string[] => [
  ...setLines("-", before),
  ...setLines("+", after),
];

const setLines = (sign: string, set: ZoneDifference["before"]): string[] =>
  (set?.data ?? []).map((data) => visible(`${sign} ${set!.name}. ${set!.ttl} ${set!.type} ${data}`));
