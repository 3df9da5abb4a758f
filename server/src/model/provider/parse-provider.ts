import { parseName, type Parsed } from "chancery/dns";
import { matchesName, type NamePattern, parseNamePattern, patternCharactersMax, plainTail } from "./name-pattern.ts";
import {
  confidences,
  keyScopes,
  type Provider,
  providerKinds,
  providerModes,
  rotations,
  standbys,
} from "./provider.ts";
import { flag, listOf, membersOf, misshapen, oneOf, orAbsent, type Read, shaped, text } from "./shape.ts";

/** An entry is a page, not a book. */
const providerOctetsMax = 32_768;
const wordsMax = 600;
const listMax = 40;
/** A pattern that ends in fewer plain labels would claim names of half the world. */
const plainTailMin = 2;

const pattern: Read<NamePattern> = (value, at) => {
  const written = text(patternCharactersMax)(value, at);
  if (!written.ok) return written;
  const read = parseNamePattern(written.value);
  return read.ok ? read : misshapen(at, `${read.problem}, at character ${read.offset + 1}`);
};

const hostPattern: Read<NamePattern> = (value, at) => {
  const read = pattern(value, at);
  if (!read.ok || plainTail(read.value).length >= plainTailMin) return read;
  return misshapen(at, "the last two labels have to be plain, so that the pattern names one owner");
};

const name: Read<string> = (value, at) => {
  const written = text(patternCharactersMax)(value, at);
  if (!written.ok) return written;
  const read = parseName(written.value);
  if (!read.ok) return misshapen(at, read.problem);
  return read.value === written.value ? read : misshapen(at, "has to be in lower case and without a final dot");
};

const host: Read<string> = (value, at) => {
  const read = name(value, at);
  return !read.ok || read.value.includes(".") ? read : misshapen(at, "a single label names no owner");
};

const matching =
  (form: RegExp, meaning: string, lengthMax: number): Read<string> =>
  (value, at) => {
    const written = text(lengthMax)(value, at);
    if (!written.ok || form.test(written.value)) return written;
    return misshapen(at, `has to be ${meaning}`);
  };
const id = matching(/^[a-z0-9][a-z0-9-]*$/, "lower-case letters, digits and dashes", 40);
const day = matching(/^\d{4}-\d\d-\d\d$/, "a day as 2026-01-31", 10);
const fingerprint = matching(/^[0-9a-f]{64}$/, "64 hexadecimal digits", 64);
const url = matching(/^https:\/\/[!-~]+$/, "an https address", 300);
const words = text(wordsMax);

const selector = membersOf({
  pattern,
  common: orAbsent(flag),
  via: orAbsent(oneOf(providerModes)),
});
const target = membersOf({ pattern: hostPattern, example: name, about: orAbsent(words) });
const mailFrom = membersOf({ label: orAbsent(pattern), type: oneOf(["CNAME", "MX"]), target: hostPattern });

const members = membersOf({
  $schema: orAbsent(words),
  id,
  name: text(80),
  kind: oneOf(providerKinds),
  modes: listOf(oneOf(providerModes), providerModes.length),
  selectors: listOf(selector, listMax),
  targets: listOf(target, listMax),
  aliasSets: listOf(listOf(name, 6), 6),
  aliasesRequired: orAbsent(oneOf(["all", "not-known"])),
  standby: orAbsent(oneOf(standbys)),
  keyHosts: listOf(host, listMax),
  nameServers: listOf(hostPattern, listMax),
  signsAs: listOf(hostPattern, listMax),
  spfIncludes: listOf(hostPattern, listMax),
  mailFrom: listOf(mailFrom, listMax),
  key: membersOf({ scope: oneOf(keyScopes), rotation: oneOf(rotations), about: orAbsent(words) }),
  sharedKeys: listOf(membersOf({ fingerprint, selector: name, seen: words }), listMax),
  runsOn: listOf(id, 6),
  customDkim: orAbsent(words),
  leaving: listOf(words, 10),
  notes: listOf(words, 10),
  docs: orAbsent(url),
  evidence: membersOf({ confidence: oneOf(confidences), checked: day, sources: listOf(words, 10) }),
});

/** One entry of the catalogue. `problem` says which member is wrong, and how. */
export function parseProvider(json: string): Parsed<Provider> {
  if (json.length > providerOctetsMax) return misshapen("", `longer than ${providerOctetsMax} characters`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return misshapen("", `not JSON: ${(error as Error).message}`);
  }
  const read = members(value, "");
  if (!read.ok) return read;
  const { $schema: _, aliasesRequired, standby, selectors, ...rest } = read.value;
  if (rest.modes.length === 0) return misshapen("modes", "at least one is needed");
  const stray = rest.targets.find((one) => !matchesName(one.pattern, one.example));
  if (stray !== undefined) return misshapen("targets", `${stray.example} is no example of ${stray.pattern.text}`);
  if (rest.evidence.confidence !== "low" && rest.evidence.sources.length === 0)
    return misshapen("evidence", "more than low confidence needs a source");
  return shaped({
    ...rest,
    selectors: selectors.map((one) => ({ ...one, common: one.common ?? false })),
    aliasesRequired: aliasesRequired ?? "not-known",
    standby: standby ?? "not-known",
  });
}
