import { parseIpv4, parseIpv6 } from "../dns/record/record-address.ts";
import { parsed, unparsed, type Parsed } from "../parsed.ts";
import { parseDomainSpec, parseMacroString, type DomainSpec } from "./domain-spec.ts";

/** What a mechanism that matches comes to (RFC 7208 §4.6.2). */
export type SpfQualifier = "pass" | "fail" | "softfail" | "neutral";

/** One mechanism (RFC 7208 §5). Absent `domain`: the domain whose record it is. Prefix lengths in bits. */
export type SpfMechanism =
  | { kind: "all" }
  | { kind: "include" | "exists"; domain: DomainSpec }
  | { kind: "a" | "mx"; domain: DomainSpec | undefined; ip4Bits: number; ip6Bits: number }
  | { kind: "ptr"; domain: DomainSpec | undefined }
  | { kind: "ip4" | "ip6"; address: string; bits: number };

/** A mechanism with its qualifier, and as it is written. */
export type SpfDirective = { qualifier: SpfQualifier; mechanism: SpfMechanism; text: string };

export type SpfRecord = {
  directives: SpfDirective[];
  /** `redirect=`: whose record decides where no mechanism matches. */
  redirect: DomainSpec | undefined;
  /** `exp=`: where the explanation of a fail is. */
  explanation: DomainSpec | undefined;
  /** Modifiers that the standard does not know, by name in lower case; ignored. */
  unknownModifiers: string[];
};

/** A longer text is not read. Real records stay below 512 octets, so that they fit in a datagram (§3.4). */
export const spfRecordOctetsMax = 8192;

/** Whether a text is an SPF record, sound or not (§4.5): `v=spf1` and then a space or nothing. */
export const isSpfRecord = (text: string): boolean => /^v=spf1(?: |$)/i.test(text);

/**
 * Parses an SPF record (RFC 7208 §4.6, §12), its character-strings joined. Not ok: the record is a permerror, wherever in it
 * the fault is (§4.6).
 */
export function parseSpfRecord(text: string): Parsed<SpfRecord> {
  if (text.length > spfRecordOctetsMax)
    return unparsed(`SPF record over ${spfRecordOctetsMax} octets`, spfRecordOctetsMax);
  if (!isSpfRecord(text)) return unparsed("does not begin with v=spf1 and a space", 0);
  const record: SpfRecord = { directives: [], redirect: undefined, explanation: undefined, unknownModifiers: [] };
  let offset = "v=spf1".length;
  for (const term of text.slice(offset).split(" ")) {
    const problem = term === "" ? undefined : readTerm(term, record);
    if (problem !== undefined) return unparsed(`${shown(term)}: ${problem}`, offset);
    offset += term.length + 1;
  }
  return parsed(record);
}

/** Adds a term to the record, or says what is wrong with it. */
function readTerm(term: string, record: SpfRecord): string | undefined {
  const modifier = /^([a-z][a-z0-9_.-]*)=/i.exec(term);
  if (modifier !== null) return readModifier(modifier[1]!.toLowerCase(), term.slice(modifier[0].length), record);
  const { qualifier, rest } = splitQualifier(term);
  const mechanism = parseMechanism(rest);
  if (!mechanism.ok) return mechanism.problem;
  record.directives.push({ qualifier, mechanism: mechanism.value, text: term });
  return undefined;
}

function readModifier(name: string, value: string, record: SpfRecord): string | undefined {
  if (name !== "redirect" && name !== "exp") {
    record.unknownModifiers.push(name);
    const string = parseMacroString(value);
    return string.ok ? undefined : string.problem;
  }
  const member = name === "exp" ? "explanation" : "redirect";
  if (record[member] !== undefined) return `${name}= stands twice`;
  const domain = parseDomainSpec(value);
  if (!domain.ok) return domain.problem;
  record[member] = domain.value;
  return undefined;
}

const qualifiers: Record<string, SpfQualifier> = { "+": "pass", "-": "fail", "~": "softfail", "?": "neutral" };

function splitQualifier(term: string): { qualifier: SpfQualifier; rest: string } {
  const qualifier = qualifiers[term[0]!];
  return qualifier === undefined ? { qualifier: "pass", rest: term } : { qualifier, rest: term.slice(1) };
}

function parseMechanism(text: string): Parsed<SpfMechanism> {
  const [, written = "", argument = ""] = /^([a-z0-9_.-]*)(.*)$/is.exec(text) ?? [];
  const kind = written.toLowerCase();
  switch (kind) {
    case "all":
      return argument === "" ? parsed({ kind }) : unparsed("all takes no argument", 0);
    case "include":
    case "exists": {
      const domain = domainArgument(argument);
      if (!domain.ok) return domain;
      return domain.value === undefined ? unparsed("needs a domain", 0) : parsed({ kind, domain: domain.value });
    }
    case "ptr": {
      const domain = domainArgument(argument);
      return domain.ok ? parsed({ kind, domain: domain.value }) : domain;
    }
    case "a":
    case "mx":
      return parseHostMechanism(kind, argument);
    case "ip4":
    case "ip6":
      return parseNetwork(kind, argument);
    default:
      return unparsed("no mechanism has this name", 0);
  }
}

function domainArgument(argument: string): Parsed<DomainSpec | undefined> {
  if (argument === "") return parsed(undefined);
  if (!argument.startsWith(":")) return unparsed("a colon is expected behind the mechanism's name", 0);
  return parseDomainSpec(argument.slice(1));
}

/** `a` and `mx`: an optional domain, then `/` bits of IPv4, then `//` bits of IPv6 (§12, `dual-cidr-length`). */
function parseHostMechanism(kind: "a" | "mx", argument: string): Parsed<SpfMechanism> {
  const lengths = /(?:\/([0-9]{1,3}))?(?:\/\/([0-9]{1,3}))?$/.exec(argument)!;
  const ip4Bits = prefixLength(lengths[1], 32);
  const ip6Bits = prefixLength(lengths[2], 128);
  if (ip4Bits === undefined || ip6Bits === undefined) return unparsed("no such prefix length", 0);
  const domain = domainArgument(argument.slice(0, lengths.index));
  return domain.ok ? parsed({ kind, domain: domain.value, ip4Bits, ip6Bits }) : domain;
}

function parseNetwork(kind: "ip4" | "ip6", argument: string): Parsed<SpfMechanism> {
  const [, address, length] = /^:([0-9a-f:.]+)(?:\/([0-9]{1,3}))?$/i.exec(argument) ?? [];
  if (address === undefined) return unparsed("an address is expected, with / and a prefix length or without", 0);
  const bits = prefixLength(length, kind === "ip4" ? 32 : 128);
  if (bits === undefined) return unparsed("no such prefix length", 0);
  const octets = kind === "ip4" ? parseIpv4(address) : parseIpv6(address);
  if (octets === undefined) return unparsed(`not an ${kind === "ip4" ? "IPv4" : "IPv6"} address`, 0);
  return parsed({ kind, address: address.toLowerCase(), bits });
}

/** Undefined: out of range or with a leading zero. Without one the whole address counts. */
function prefixLength(text: string | undefined, bitsMax: number): number | undefined {
  if (text === undefined) return bitsMax;
  return /^(?:0|[1-9][0-9]*)$/.test(text) && Number(text) <= bitsMax ? Number(text) : undefined;
}

const shownCharactersMax = 80;
const shown = (term: string): string =>
  term.length > shownCharactersMax ? `${term.slice(0, shownCharactersMax)}…` : term;
