import { parseDomain } from "chancery/mail";
import { aaaaData, aData, parseIpv4, parseIpv6, parseName, TYPE } from "chancery/dns";
import type { WantedSet } from "./template.ts";

/** What a template is told, as text. */
export type TemplateParameter = {
  name: string;
  about: string;
  /** The value where none is given; "" leaves it out. Undefined: it has to be given. */
  absent: string | undefined;
  /** What is wrong with a value, or undefined. Never asked about "". */
  problemOf: (value: string) => string | undefined;
};

type Rest = Pick<TemplateParameter, "name" | "about"> & { absent?: string };
const parameter =
  (problemOf: TemplateParameter["problemOf"]) =>
  (rest: Rest): TemplateParameter => ({
    absent: undefined,
    ...rest,
    problemOf,
  });

/** The values of a list: separated by commas, white space dropped. */
export const listOf = (value: string): string[] =>
  value
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");

const eachOf =
  (problemOf: (value: string) => string | undefined) =>
  (value: string): string | undefined =>
    listOf(value)
      .map(problemOf)
      .find((problem) => problem !== undefined);

export const isAddress = (text: string): boolean => (parseIpv4(text) ?? parseIpv6(text)) !== undefined;
const hostProblem = (text: string): string | undefined =>
  parseDomain(text).ok ? undefined : `${text} is no host name`;

/** A name of the zone: the whole name, or @. */
export const place = parameter((text) =>
  text === "@" || parseName(text).ok ? undefined : `${text} is no name; write the whole name, or @ for the zone's own`,
);
export const hosts = parameter(eachOf(hostProblem));
/** Addresses, alone or with a prefix length. */
export const networks = parameter(
  eachOf((text) => {
    const [address = "", bits, ...more] = text.split("/");
    const bitsMax = parseIpv4(address) ? 32 : parseIpv6(address) ? 128 : undefined;
    if (bitsMax === undefined || more.length > 0) return `${text} is no IP address`;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax)
      ? undefined
      : `${text}: no such prefix`;
  }),
);
/** A host name, or addresses. */
export const hostOrAddresses = parameter(eachOf((text) => (isAddress(text) ? undefined : hostProblem(text))));
export const mailboxes = parameter(
  eachOf((text) => {
    const [, mailbox = text] = /^mailto:(.*)$/i.exec(text) ?? [];
    const at = mailbox.lastIndexOf("@");
    return at > 0 && !/[\s;!]/.test(mailbox) && parseDomain(mailbox.slice(at + 1)).ok
      ? undefined
      : `${text} is no mail address`;
  }),
);
export const httpsAddress = parameter((text) =>
  /^https:\/\/[A-Za-z0-9._-]+(?::\d{1,5})?(?:[/?#][\x21-\x3a\x3c-\x7e]*)?$/.test(text)
    ? undefined
    : `${text} is no https address`,
);
export const choice = (choices: readonly string[]) =>
  parameter((text) => (choices.includes(text) ? undefined : `${text}: has to be one of ${choices.join(", ")}`));
export const matching = (pattern: RegExp, what: string) =>
  parameter((text) => (pattern.test(text) ? undefined : `${text.slice(0, 60)} is not ${what}`));

/** `mailto:` before a plain mail address. */
export const mailtoOf = (text: string): string => (/^mailto:/i.test(text) ? text : `mailto:${text}`);

/** A and AAAA sets at a name. */
export function addressSets(name: string, texts: readonly string[]): WantedSet[] {
  const ip4 = texts.filter((text) => parseIpv4(text) !== undefined);
  const ip6 = texts.filter((text) => parseIpv4(text) === undefined);
  return [
    ...(ip4.length > 0 ? [{ name, type: TYPE.A, data: ip4.map(aData) }] : []),
    ...(ip6.length > 0 ? [{ name, type: TYPE.AAAA, data: ip6.map(aaaaData) }] : []),
  ];
}
