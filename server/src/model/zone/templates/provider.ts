import { labelsOf, mxData, nameData, parseName, TYPE } from "chancery/dns";
import { isSpfRecord } from "chancery/policy";
import { matchesName } from "../../provider/name-pattern.ts";
import type { Provider } from "../../provider/provider.ts";
import { listOf, matching, place, choice } from "./parameter.ts";
import { placeIn, textSet, textsAt, type WantedSet, type ZoneTemplate } from "./template.ts";

const pairs = matching(/^[^\s=,]+=[^\s=,]+(?:\s*,\s*[^\s=,]+=[^\s=,]+)*$/, "a list of label=name");

export const provider: ZoneTemplate = {
  name: "provider",
  about:
    "what a provider of the catalogue asks for: aliases of its keys, its name for bounces, its verification text, its SPF include",
  parameters: [
    matching(
      /^[a-z0-9-]{1,40}$/,
      "the id of a provider",
    )({
      name: "id",
      about: "the provider's id in the catalogue; chancery provider list names them",
    }),
    place({ name: "name", about: "the domain that it signs as", absent: "@" }),
    pairs({
      name: "aliases",
      about:
        "selector=target for each alias, as the provider shows them; those of a set that follow from one another may be left out",
      absent: "",
    }),
    pairs({ name: "bounce", about: "label=target of its name for bounces", absent: "" }),
    matching(
      /^[\x20-\x7e]{1,255}$/,
      "a text of one line",
    )({
      name: "verification",
      about: "the text that proves to it whose the domain is",
      absent: "",
    }),
    place({ name: "verification-name", about: "where that text stands", absent: "@" }),
    choice(["yes", "no"])({ name: "spf", about: "whether its include is added to the SPF record", absent: "no" }),
  ],
  example: {
    id: "sendgrid",
    aliases: "s1=s1.domainkey.u1234567.wl123.sendgrid.net",
    bounce: "em1234=u1234567.wl123.sendgrid.net",
    spf: "yes",
  },
  make: (value, { zone, catalogue }) => {
    const one = catalogue.providers.get(value("id"));
    if (one === undefined) return `id: the catalogue has no provider ${value("id")}; chancery provider list names them`;
    const name = placeIn(zone.origin, value("name"));
    const proofName = placeIn(zone.origin, value("verification-name"));
    if (name === undefined || proofName === undefined) return `a name is outside the zone ${zone.origin}`;
    const aliases = aliasSets(one, name, pairsOf(value("aliases")));
    const bounce = bounceSets(one, name, pairsOf(value("bounce")));
    const included = value("spf") === "yes" ? withInclude(one, textsAt(zone, name).find(isSpfRecord)) : undefined;
    for (const part of [aliases, bounce]) if (typeof part === "string") return part;
    if (included?.ok === false) return included.problem;
    const proof = value("verification");
    const sets = [
      ...(aliases as WantedSet[]),
      ...(bounce as WantedSet[]),
      ...(proof === "" ? [] : [textSet(proofName, proof, (text) => text === proof)]),
      ...(included === undefined ? [] : [textSet(name, included.text, isSpfRecord)]),
    ];
    if (sets.length === 0) return "nothing to put: give aliases, bounce, verification or spf=yes";
    return {
      sets: joined(sets),
      notes: one.customDkim === undefined ? [] : [`then switch it on at ${one.name}: ${one.customDkim}`],
    };
  },
};

const pairsOf = (value: string): [string, string][] =>
  listOf(value).map((pair) => [
    pair.slice(0, pair.indexOf("=")).toLowerCase(),
    pair
      .slice(pair.indexOf("=") + 1)
      .toLowerCase()
      .replace(/\.$/, ""),
  ]);

/** The proof and the SPF record may stand at one name: two parts of the same RRset. */
function joined(sets: WantedSet[]): WantedSet[] {
  const byPlace = Map.groupBy(sets, ({ name, type }) => `${type} ${name}`);
  return [...byPlace.values()].map((parts) => {
    const replaces = parts.flatMap((part) => part.replaces ?? []);
    const one = { ...parts[0]!, data: parts.flatMap(({ data }) => data) };
    return replaces.length === 0 ? one : { ...one, replaces: (text) => replaces.some((replaced) => replaced(text)) };
  });
}

function aliasSets(one: Provider, name: string, given: readonly [string, string][]): WantedSet[] | string {
  const targets = new Map(given);
  for (const [selector, target] of given) {
    if (!parseName(target).ok || !one.targets.some(({ pattern }) => matchesName(pattern, target)))
      return `aliases: ${target} is no name of ${one.name}; its targets look like ${one.targets.map(({ example }) => example).join(", ") || "nothing that is known"}`;
    const set = one.aliasSets.find((selectors) => selectors.includes(selector));
    for (const other of set ?? [])
      if (!targets.has(other)) {
        const derived = derivedTarget(target, selector, other);
        if (derived === undefined)
          return `aliases: ${selector} goes with ${other}, whose target does not follow; give it too`;
        targets.set(other, derived);
      }
  }
  return [...targets].map(([selector, target]) => ({
    name: `${selector}._domainkey.${name}`,
    type: TYPE.CNAME,
    data: [nameData(target)],
  }));
}

/** The target of another selector of the set: where the selector is a label of the target, once, the other takes its place. */
function derivedTarget(target: string, selector: string, other: string): string | undefined {
  const labels = labelsOf(target);
  const at = labels.indexOf(selector);
  if (at < 0 || labels.indexOf(selector, at + 1) >= 0) return undefined;
  return labels.with(at, other).join(".");
}

function bounceSets(one: Provider, name: string, given: readonly [string, string][]): WantedSet[] | string {
  const sets: WantedSet[] = [];
  for (const [label, target] of given) {
    const rule = one.mailFrom.find((from) => parseName(target).ok && matchesName(from.target, target));
    if (rule === undefined)
      return `bounce: ${target} is no name of ${one.name} for bounces${one.mailFrom.length === 0 ? "; none is known" : ""}`;
    const data = rule.type === "MX" ? mxData(10, target) : nameData(target);
    sets.push({ name: `${label}.${name}`, type: TYPE[rule.type], data: [data] });
  }
  return sets;
}

/** The SPF record with the provider's include in front of what decides about the rest. */
function withInclude(
  one: Provider,
  record: string | undefined,
): { ok: true; text: string } | { ok: false; problem: string } {
  const domain = one.spfIncludes.map(({ text }) => text).find((text) => /^[a-z0-9_.-]+$/.test(text));
  if (domain === undefined) return { ok: false, problem: `spf: no include of ${one.name} is known` };
  const term = `include:${domain}`;
  const terms = (record ?? "v=spf1 ~all").split(" ").filter((text) => text !== "");
  if (terms.some((text) => text.toLowerCase() === term)) return { ok: true, text: terms.join(" ") };
  const last = terms.findIndex((text) => /^(?:[-+~?]?all|redirect=.*)$/i.test(text));
  return { ok: true, text: terms.toSpliced(last < 0 ? terms.length : last, 0, term).join(" ") };
}
