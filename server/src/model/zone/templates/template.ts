import { isAtOrBelow, parseName, rdataText, readTxt, TYPE, txtData, typeName } from "chancery/dns";
import type { Catalogue } from "../../provider/catalogue.ts";
import type { ZoneChange } from "../change.ts";
import type { ZoneLookup } from "../zone-lookup.ts";
import type { TemplateParameter } from "./parameter.ts";

/** What a template works with: the zone as it stands, and the provider catalogue. */
export type TemplateContext = { zone: ZoneLookup; catalogue: Catalogue };

/** The values of a template's parameters, checked; absent ones are "". */
export type TemplateValues = (name: string) => string;

/** An RRset that a template wants to see. */
export type WantedSet = {
  name: string;
  type: number;
  ttl?: number;
  data: readonly Uint8Array[];
  /** Which of the TXT records there it takes the place of; the others stay. Absent: the whole RRset is replaced. */
  replaces?: (text: string) => boolean;
};

/** What a template comes to. `notes` say what is left to do elsewhere. */
export type MadeByTemplate = { sets: WantedSet[]; notes: string[]; allowWildcard?: boolean };

export type ZoneTemplate = {
  name: string;
  about: string;
  parameters: readonly TemplateParameter[];
  /** Values for an example that works in the zone example.com. */
  example: Readonly<Record<string, string>>;
  /** Answers a problem as text. */
  make: (value: TemplateValues, context: TemplateContext) => MadeByTemplate | string;
};

export type TemplateResult =
  | { ok: true; changes: ZoneChange[]; notes: string[]; allowWildcard: boolean }
  | { ok: false; problem: string };

/** Reads the values given for a template and says which changes of the zone they come to. */
export function applyTemplate(
  template: ZoneTemplate,
  given: Readonly<Record<string, string>>,
  context: TemplateContext,
): TemplateResult {
  const values = new Map<string, string>();
  for (const name of Object.keys(given))
    if (!template.parameters.some((one) => one.name === name))
      return {
        ok: false,
        problem: `${template.name} has no parameter ${name}; it has ${template.parameters.map((one) => one.name).join(", ")}`,
      };
  for (const { name, about, absent, problemOf } of template.parameters) {
    const value = Object.hasOwn(given, name) ? given[name]!.trim() : (absent ?? "");
    if (value === "" && absent === undefined) return { ok: false, problem: `${name} has to be given: ${about}` };
    const problem = value === "" ? undefined : problemOf(value);
    if (problem !== undefined) return { ok: false, problem: `${name}: ${problem}` };
    values.set(name, value);
  }
  const made = template.make((name) => values.get(name) ?? "", context);
  if (typeof made === "string") return { ok: false, problem: made };
  const { sets, notes, allowWildcard = false } = made;
  return { ok: true, changes: sets.map((set) => changeFor(set, context.zone)), notes, allowWildcard };
}

/** The whole RRset as it is to stand, those records that the template leaves alone first. */
function changeFor({ name, type, ttl, data, replaces }: WantedSet, zone: ZoneLookup): ZoneChange {
  const there = replaces === undefined ? [] : (zone.at(name).find((set) => set.type === type)?.data ?? []);
  const stays = there.filter((one) => replaces?.(readTxt(one).join("")) === false);
  const texts = [...stays, ...data].map((one) => rdataText(type, one));
  return { do: "put", name, type: typeName(type), ttl, data: texts };
}

/** A TXT record that replaces those of its kind at a name. */
export const textSet = (name: string, text: string, replaces?: (text: string) => boolean): WantedSet => ({
  name,
  type: TYPE.TXT,
  data: [txtData(text)],
  ...(replaces !== undefined && { replaces }),
});

/** The name in the zone that a parameter means: `@` is the origin; one of a single label or more is below it unless it is whole. */
export function placeIn(origin: string, written: string): string | undefined {
  if (written === "@") return origin;
  const name = parseName(written);
  if (!name.ok) return undefined;
  return isAtOrBelow(name.value, origin) ? name.value : undefined;
}

/** Text of the TXT records at a name. */
export const textsAt = (zone: ZoneLookup, name: string): string[] =>
  (zone.at(name).find(({ type }) => type === TYPE.TXT)?.data ?? []).map((data) => readTxt(data).join(""));
