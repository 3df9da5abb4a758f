import type { ZoneDnssec } from "@chancery/api";
import { table, visible } from "../table.ts";

const states: Record<ZoneDnssec["state"], string> = {
  unsigned: "not signed",
  signed: "signed",
  "giving-up": "signed, and giving it up",
};

const acts: Record<ZoneDnssec["ds"]["act"], string> = {
  wait: "nothing to do at the parent yet",
  publish: "publish this DS record in the parent zone",
  replace: "replace the DS records in the parent zone by this one",
  remove: "remove this DS record, and any other, from the parent zone",
  done: "nothing to do: the parent has its DS record",
  none: "nothing to do at the parent",
};

const time = (at: number): string => new Date(at * 1000).toISOString().replace(".000Z", "Z");

/** A signed zone for people: its keys, the DS record in every form that registrars ask for, and what is waited for. */
export function zoneDnssecText({
  origin,
  state,
  mode,
  algorithm,
  keys,
  ds,
  waits,
  alarms,
  lookedAt,
}: ZoneDnssec): string {
  const how = mode === null ? "" : `  ${mode}  algorithm ${algorithm}`;
  const blocks = [`${origin}  ${states[state]}${how}`];
  if (keys.length > 0)
    blocks.push(
      table(
        ["KEY", "TAG", "ALGORITHM", "PHASE", "SINCE"],
        keys.map((key) => [
          key.role.toUpperCase(),
          String(key.keyTag),
          String(key.algorithm),
          key.phase,
          time(key.since),
        ]),
      ),
    );
  blocks.push(`DS: ${acts[ds.act]}\n    ${visible(ds.reason)}`);
  if (ds.record !== null && ["publish", "replace", "remove", "done"].includes(ds.act))
    blocks.push(dsText(origin, ds.record));
  for (const alarm of alarms) blocks.push(`ALARM: ${visible(alarm)}`);
  if (waits.length > 0)
    blocks.push(
      [
        "Waits for:",
        ...waits.map((wait) => `  ${wait.keyTag ?? ""}${wait.keyTag === null ? "" : ": "}${waitText(wait)}`),
      ].join("\n"),
    );
  if (lookedAt !== null) blocks.push(`All servers were asked last at ${time(lookedAt)}.`);
  return blocks.join("\n\n");
}

const waitText = ({ reason, until }: ZoneDnssec["waits"][number]): string =>
  `${visible(reason)}${until === null ? "" : ` (not before ${time(until)})`}`;

/** Registrars ask for the line, for its four fields, or for the key itself. */
const dsText = (origin: string, record: NonNullable<ZoneDnssec["ds"]["record"]>): string =>
  [
    `  ${origin}. IN DS ${record.text}`,
    "",
    `  key tag      ${record.keyTag}`,
    `  algorithm    ${record.algorithm} (${record.algorithmName})`,
    `  digest type  ${record.digestType} (SHA-256)`,
    `  digest       ${record.digest}`,
    "",
    `  as a key     flags ${record.flags}, protocol 3, algorithm ${record.algorithm}, public key`,
    `               ${record.publicKey}`,
  ].join("\n");
