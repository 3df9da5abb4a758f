import { isAtOrBelow, parseName, rdataText, recordsAt, TYPE, txtData, typeName, typeNumber } from "chancery/dns";
import type { Command } from "commander";
import { type ReadOverride, recordsOf } from "../../../engine/zone-store/override-file.ts";
import { adoptOverride } from "../../../service/zone/served/adopt.ts";
import { overridden } from "../../../service/zone/served/overlay.ts";
import { CommandFailed, note, print } from "../exit.ts";
import { common, type CommonOptions, group } from "../options/common.ts";
import { shown, table } from "../table.ts";
import { type OwnFiles, ownFiles, storeOverrides, whenServed, withDatabase } from "./own-files.ts";

const ttlSecondsDefault = 300;

/** `chancery nameserver override`: records that this name server serves whatever the database says, for when there is none. */
export function addOverride(nameServer: Command): void {
  const override = group(
    nameServer,
    "override",
    "records served by the name server on this machine whatever the database says (break-glass)",
    "chancery nameserver override set www.example.com A 192.0.2.1",
  );
  common(
    override
      .command("set <name> <type> <rdata...>")
      .description("serve these records at a name and type; each RDATA in quotes is one record")
      .option("--ttl <seconds>", "TTL of the records", String(ttlSecondsDefault)),
    'chancery nameserver override set s1._domainkey.example.com TXT "v=DKIM1; p=MIIB..." --data /var/lib/chancery',
  ).action(async (name: string, type: string, rdata: string[], options: CommonOptions & { ttl: string }) => {
    if (!/^\d{1,7}$/.test(options.ttl)) throw new CommandFailed(`--ttl ${options.ttl}: seconds are expected`);
    await put(await ownFiles(options), name, type, rdata, Number(options.ttl));
  });
  common(
    override.command("remove <name> <type>").description("serve no records at a name and type"),
    "chancery nameserver override remove www.example.com AAAA",
  ).action(async (name: string, type: string, options: CommonOptions) =>
    put(await ownFiles(options), name, type, [], ttlSecondsDefault),
  );
  common(
    override.command("list").description("what is overridden, since when and by whom"),
    "chancery nameserver override list",
  ).action(async (options: CommonOptions) => list(await ownFiles(options), options));
  common(
    override
      .command("adopt [name] [type]")
      .description("put overrides into the database and end them; without a name, all of them"),
    "chancery nameserver override adopt",
  ).action(async (name: string | undefined, type: string | undefined, options: CommonOptions) =>
    adopt(await ownFiles(options), name, type),
  );
  common(
    override.command("drop [name] [type]").description("end overrides; without a name, all of them"),
    "chancery nameserver override drop www.example.com A",
  ).action(async (name: string | undefined, type: string | undefined, options: CommonOptions) =>
    drop(await ownFiles(options), name, type),
  );
}

async function put(files: OwnFiles, written: string, type: string, rdata: string[], ttl: number): Promise<void> {
  const { state, overrides, by, now } = files;
  const wanted = readRequest(files, written, type, rdata, ttl);
  const { zone: origin, name, typeNumber: number } = wanted;
  const stored = state.zones.get(origin)!;
  const others = overrides.filter((one) => one.name !== name || one.typeNumber !== number);
  const next = [...others, { ...wanted, at: now, by }];
  const step = overridden(stored, setsOf(next, origin), now);
  if (typeof step === "string") throw new CommandFailed(`${origin} could not be served like that: ${step}`);
  await storeOverrides(files, next, { action: rdata.length === 0 ? "remove" : "set", name, type: wanted.type, rdata });
  if (recordsAt(stored.zone, origin).some((record) => record.type === TYPE.RRSIG))
    note(
      `warning: ${origin} carries signatures, and these records have none: resolvers that validate do not believe them until the override is adopted`,
    );
  await whenServed(files, origin, step?.kind === "changed" ? stored.zone.serial + 1 : stored.zone.serial);
}

function readRequest(files: OwnFiles, name: string, type: string, rdata: string[], ttl: number): ReadOverride {
  const number = typeNumber(type);
  if (number === undefined) throw new CommandFailed(`unknown type ${type}`);
  if (number === TYPE.SOA) throw new CommandFailed("the SOA is made by the name server; it cannot be overridden");
  const canonical = parseName(name);
  if (!canonical.ok) throw new CommandFailed(`${name}: ${canonical.problem}`);
  const origin = [...files.state.zones.keys()]
    .filter((zone) => isAtOrBelow(canonical.value, zone))
    .sort((a, b) => b.length - a.length)[0];
  if (origin === undefined) throw new CommandFailed(`${name} is in no zone that is served here`);
  const texts = rdata.map((text) =>
    number === TYPE.TXT && !text.startsWith('"') ? rdataText(number, txtData(text)) : text,
  );
  const written = {
    zone: origin,
    name: canonical.value,
    type: typeName(number),
    ttl,
    rdata: texts,
    at: files.now,
    by: files.by,
  };
  const override = recordsOf(written);
  if (typeof override === "string") throw new CommandFailed(override);
  return override;
}

function list({ overrides, state }: OwnFiles, options: CommonOptions): void {
  const rows = overrides.map(({ zone, name, type, typeNumber: number, ttl, rdata, at, by }) => {
    const isServed = state.zones.get(zone)?.overlay.some((set) => set.name === name && set.type === number) ?? false;
    return { zone, name, type, ttl, rdata, at, by, served: isServed };
  });
  if (options.json) for (const row of rows) print(JSON.stringify(row));
  else
    print(
      table(
        ["NAME", "TYPE", "TTL", "RECORDS", "SERVED", "SINCE", "BY"],
        rows.map(({ name, type, ttl, rdata, served, at, by }) => [
          name,
          type,
          String(ttl),
          rdata.join(" | ") || "none",
          served ? "yes" : "not yet",
          shown.time(at),
          by,
        ]),
      ),
    );
}

/** The override ends with the version of the database that has it, so that nothing else is served in between. */
async function adopt(files: OwnFiles, name: string | undefined, type: string | undefined): Promise<void> {
  let all = files.overrides;
  await withDatabase(files, async (db) => {
    for (const override of chosen(files, name, type)) {
      const serial = files.state.zones.get(override.zone)?.zone.serial ?? 0;
      const set = { ...override, type: override.typeNumber };
      const until = await adoptOverride(db, set, serial, { actor: `${files.by} (override)`, now: files.now });
      all = all.map((one) => (one === override ? { ...one, until } : one));
      await storeOverrides(files, all, { action: "adopt", name: override.name, type: override.type });
      note(`${override.name} ${override.type}: the database has it, with serial ${until} of ${override.zone}`);
    }
  });
}

async function drop(files: OwnFiles, name: string | undefined, type: string | undefined): Promise<void> {
  const dropped = chosen(files, name, type);
  let left = files.overrides;
  for (const override of dropped) {
    left = left.filter((one) => one !== override);
    await storeOverrides(files, left, { action: "drop", name: override.name, type: override.type });
    note(`${override.name} ${override.type}: what the database has is served again`);
  }
}

function chosen({ overrides }: OwnFiles, name: string | undefined, type: string | undefined): ReadOverride[] {
  const canonical = name === undefined ? undefined : parseName(name);
  const matching = overrides.filter(
    (one) =>
      (canonical === undefined || (canonical.ok && one.name === canonical.value)) &&
      (type === undefined || one.typeNumber === typeNumber(type)),
  );
  if (matching.length === 0)
    throw new CommandFailed(
      name === undefined
        ? "nothing is overridden here"
        : `${name} is not overridden here; "chancery nameserver override list" shows what is`,
    );
  return matching;
}

const setsOf = (overrides: readonly ReadOverride[], origin: string) =>
  overrides
    .filter(({ zone }) => zone === origin)
    .map(({ name, typeNumber: type, records }) => ({ name, type, records }));
