import { isAtOrBelow, parseDomain } from "../mail/domain.ts";
import { parsed, unparsed, type Parsed } from "../parsed.ts";

/** An MTA-STS policy (RFC 8461 §3.2). */
export type MtaStsPolicy = {
  mode: "enforce" | "testing" | "none";
  /** Host names, or `*.` and a domain for the names one label below it. Empty with mode `none` only. */
  mx: string[];
  maxAgeSeconds: number;
};

/** What senders read at most (RFC 8461 §3.3 leaves it to them; 64 KB is its example). */
export const mtaStsPolicyOctetsMax = 65_536;
/** A year (RFC 8461 §3.2). */
const maxAgeSecondsMax = 31_557_600;
const exchangesMax = 1000;

/**
 * Parses a policy file (RFC 8461 §3.2): lines of `key: value`, ended by CRLF or LF. Of a key that stands twice the first counts,
 * but for `mx`; unknown keys are ignored. Not ok: senders go on as if there were no policy.
 */
export function parseMtaStsPolicy(text: string): Parsed<MtaStsPolicy> {
  if (text.length > mtaStsPolicyOctetsMax) return unparsed(`policy over ${mtaStsPolicyOctetsMax} octets`, 0);
  const values = new Map<string, string>();
  const mx: string[] = [];
  let offset = 0;
  for (const line of text.split("\n")) {
    const content = line.endsWith("\r") ? line.slice(0, -1) : line;
    const [, key, value = ""] = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):(.*)$/s.exec(content) ?? [];
    if (key === undefined && content.trim() !== "") return unparsed("a line is not key: value", offset);
    if (key === "mx") {
      const pattern = parseMxPattern(value.trim());
      if (pattern === undefined) return unparsed("mx: is neither a host name nor *. and a domain", offset);
      if (mx.push(pattern) > exchangesMax) return unparsed("too many mx lines", offset);
    } else if (key !== undefined && !values.has(key)) values.set(key, value.trim());
    offset += line.length + 1;
  }
  return judgePolicy(values, mx);
}

function judgePolicy(values: ReadonlyMap<string, string>, mx: string[]): Parsed<MtaStsPolicy> {
  if (values.get("version") !== "STSv1") return unparsed("version: STSv1 is missing", 0);
  const mode = (["enforce", "testing", "none"] as const).find((one) => one === values.get("mode"));
  if (mode === undefined) return unparsed("mode: has to be enforce, testing or none", 0);
  const maxAge = values.get("max_age") ?? "";
  if (!/^[0-9]{1,10}$/.test(maxAge) || Number(maxAge) > maxAgeSecondsMax)
    return unparsed(`max_age: has to be a number of seconds up to ${maxAgeSecondsMax}`, 0);
  if (mx.length === 0 && mode !== "none") return unparsed("there is no mx:", 0);
  return parsed({ mode, mx, maxAgeSeconds: Number(maxAge) });
}

function parseMxPattern(text: string): string | undefined {
  const isWildcard = text.startsWith("*.");
  const domain = parseDomain(isWildcard ? text.slice(2) : text);
  if (!domain.ok) return undefined;
  return isWildcard ? `*.${domain.value}` : domain.value;
}

/** Whether a policy lets mail go to an exchange (RFC 8461 §4.1). `*` stands for one label, the leftmost. */
export const mtaStsAllows = ({ mx }: Pick<MtaStsPolicy, "mx">, exchange: string): boolean =>
  mx.some((pattern) => {
    if (!pattern.startsWith("*.")) return pattern === exchange;
    const domain = pattern.slice(2);
    return (
      exchange !== domain &&
      isAtOrBelow(exchange, domain) &&
      exchange.split(".").length === domain.split(".").length + 1
    );
  });
