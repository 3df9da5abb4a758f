import {
  authservIdCharactersMax,
  fieldCharactersMax,
  propertiesMax,
  quoted,
  resultsMax,
  type AuthenticationResults,
  type MethodResult,
  type Property,
} from "./authentication-results.ts";
import { Scanner } from "./scanner.ts";

/**
 * Reads an Authentication-Results field (RFC 8601 §2.2), with or without its name, folded or not. Undefined when it does not
 * follow the grammar, is of another version than 1 (§2.6), or is over a limit; never throws. Results of methods in another
 * version than 1 are left out. One thing is wider than the grammar because real mail carries it: a property value without
 * quotes may hold `/`. One thing it cannot do: say whether the field is to be believed; see `stripForged` and `registered`.
 */
export function parse(field: string): AuthenticationResults | undefined {
  if (typeof field !== "string" || field.length > fieldCharactersMax) return undefined;
  const scanner = new Scanner(field.replace(/^authentication-results[ \t]*:/i, ""));
  scanner.cfws();
  const authservId = scanner.value();
  if (authservId === undefined || authservId.length > authservIdCharactersMax) return undefined;
  const version = scanner.cfws() ? (scanner.digits() ?? null) : null;
  if (!isKnownVersion(version)) return undefined;
  scanner.cfws();
  const results = scanner.attempt(() => readNone(scanner)) ?? readResults(scanner);
  return results && { authservId, version, results };
}

const isKnownVersion = (version: string | null): boolean => version === null || version === "1";

/** `no-result`: `; none` and nothing else. */
function readNone(scanner: Scanner): MethodResult[] | undefined {
  if (!scanner.take(";")) return undefined;
  scanner.cfws();
  if (scanner.keyword() !== "none") return undefined;
  scanner.cfws();
  return scanner.atEnd() ? [] : undefined;
}

/** `1*resinfo`, to the end of the field. */
function readResults(scanner: Scanner): MethodResult[] | undefined {
  const results: MethodResult[] = [];
  for (let count = 0; count < resultsMax; count++) {
    const result = readResult(scanner);
    if (result === undefined) return undefined;
    if (isKnownVersion(result.version)) results.push(result);
    if (scanner.atEnd()) return results;
  }
  return undefined;
}

/** `resinfo`: ";" methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ], and the white space behind it. */
function readResult(scanner: Scanner): MethodResult | undefined {
  if (!scanner.take(";")) return undefined;
  scanner.cfws();
  const method = scanner.keyword();
  scanner.cfws();
  const version = scanner.take("/") ? readVersion(scanner) : null;
  if (method === undefined || version === undefined || !scanner.take("=")) return undefined;
  scanner.cfws();
  const result = scanner.keyword();
  if (result === undefined) return undefined;
  let spaced = scanner.cfws();
  const hasReason = scanner.attempt(() => readReasonName(scanner)) !== undefined;
  const reason = hasReason ? scanner.value() : null;
  if (reason === undefined) return undefined;
  if (hasReason) spaced = scanner.cfws();
  const properties: Property[] = [];
  while (!scanner.atEnd() && scanner.next() !== ";") {
    const property = spaced ? readProperty(scanner) : undefined;
    if (property === undefined || properties.length === propertiesMax) return undefined;
    properties.push(property);
  }
  return { method, version, result, reason, properties };
}

function readVersion(scanner: Scanner): string | undefined {
  scanner.cfws();
  const version = scanner.digits();
  scanner.cfws();
  return version;
}

/** `reason =`; without the `=` the word is the ptype of a property. */
function readReasonName(scanner: Scanner): true | undefined {
  if (scanner.keyword() !== "reason") return undefined;
  scanner.cfws();
  if (!scanner.take("=")) return undefined;
  scanner.cfws();
  return true;
}

/** `propspec`: ptype "." property "=" pvalue, with white space between any two, and the white space behind it. */
function readProperty(scanner: Scanner): Property | undefined {
  const ptype = scanner.keyword();
  scanner.cfws();
  if (ptype === undefined || !scanner.take(".")) return undefined;
  scanner.cfws();
  const property = scanner.keyword();
  scanner.cfws();
  if (property === undefined || !scanner.take("=")) return undefined;
  scanner.cfws();
  const value = scanner.next() === '"' ? readQuotedValue(scanner) : readBareValue(scanner);
  scanner.cfws();
  return value === undefined ? undefined : { ptype, property, value };
}

/** A quoted string, or an address whose local part is one. */
function readQuotedValue(scanner: Scanner): string | undefined {
  const content = scanner.quotedString();
  if (content === undefined || !scanner.take("@")) return content;
  const domain = scanner.addressCharacters();
  return domain !== undefined && isDomainName(domain) ? `${quoted(content)}@${domain}` : undefined;
}

/** A token in which `/` may stand, or an address, its local part present or not. In a local part `=`, `?` and `/` are letters. */
function readBareValue(scanner: Scanner): string | undefined {
  const value = scanner.addressCharacters();
  const at = value?.indexOf("@") ?? -1;
  const sound = value !== undefined && (at < 0 ? !/[=?]/.test(value) : isDomainName(value.slice(at + 1)));
  return sound ? value : undefined;
}

/** Labels of letters, digits, hyphens, underscores and what is beyond ASCII (RFC 6376 §3.5, RFC 6531 §3.3). */
const isDomainName = (text: string): boolean =>
  text.split(".").every((label) => /^[A-Za-z0-9_\x80-\uffff-]+$/.test(label));
