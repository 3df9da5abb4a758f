import { typeNumber } from "chancery/dns";
import type { Page, PageRequest } from "../../engine/database/page.ts";
import { listRrsets } from "../../engine/database/rrsets.ts";
import type { Database } from "../../engine/database/schema.ts";
import { rrsetsOf, type RrsetText, textOf } from "../../model/zone/rrset.ts";
import { isEditable, isImported } from "../../model/zone/record-source.ts";
import { ownerIn } from "../../model/zone/written-rrset.ts";
import { Refusal } from "../refusal.ts";
import { type Editor, zoneToRead } from "./editor.ts";
import { withSerial } from "./served/follow.ts";

/** An RRset with who put it there: `user` (an operator or a tenant), `import` (a zone file), `chancery`. */
export type ListedRrset = RrsetText & { source: "user" | "import" | "chancery" };

/** Which RRsets; each absent member means any. */
export type RrsetFilter = { name?: string | undefined; type?: string | undefined };

/** The RRsets of a zone by name and type, with the zone's serial as it was before they were read. */
export async function recordsOfZoneByPage(
  db: Database,
  editor: Editor,
  written: string,
  filter: RrsetFilter,
  page: PageRequest,
): Promise<Page<ListedRrset> & { serial: number }> {
  const zone = await zoneToRead(db, editor, written);
  const name = filter.name === undefined ? undefined : ownerIn(zone.origin, filter.name);
  if (name?.ok === false) throw new Refusal("invalid-input", name.problem);
  const type = filter.type === undefined ? undefined : typeNumber(filter.type);
  if (filter.type !== undefined && type === undefined)
    throw new Refusal(
      "invalid-input",
      `${filter.type} is no record type known here; any can be written as TYPE<number>`,
    );
  const { rows, next } = await listRrsets(db, zone.id, { name: name?.value, type }, page);
  return {
    rows: rows.map((records) => ({
      ...textOf(rrsetsOf(records.map((record) => withSerial(record, zone.serial)))[0]!),
      source: shownSource(records[0].source),
    })),
    next,
    serial: zone.serial,
  };
}

const shownSource = (source: string): ListedRrset["source"] =>
  isImported(source) ? "import" : isEditable(source) ? "user" : "chancery";
