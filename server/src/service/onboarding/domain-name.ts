import { domainToASCII } from "node:url";
import { parse } from "tldts";
import { Refusal } from "../refusal.ts";

const octetsMax = 200; // room for a selector and ours below it (RFC 1035 §2.3.4)

/** What `domainToASCII` would read as the end of the name, as an escape, or not at all: it reads names as a URL has them. */
const notOfNames = /[^\w.\-\u0080-\u{10ffff}]/u;

/** A domain as it is stored: A-labels in lower case, no final dot. Refuses what nobody can own or delegate. */
export function signingDomain(written: string): string {
  const bare = written.trim().replace(/\.$/, "");
  const name = notOfNames.test(bare) ? "" : domainToASCII(bare).toLowerCase();
  const labels = name.split(".");
  if (
    name === "" ||
    name.length > octetsMax ||
    labels.some((label) => !/^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  )
    throw new Refusal("invalid-input", `${JSON.stringify(written.slice(0, 100))} is not a domain name`);
  if (labels.length < 2 || /^\d+$/.test(labels.at(-1)!))
    throw new Refusal("invalid-input", `${bare} is not a domain that mail can come from; example.com is one`);
  if (labels.includes("_domainkey"))
    throw new Refusal("invalid-input", `${name} is a key name; give the domain in front of which _domainkey stands`);
  const { publicSuffix, isIcann, isPrivate } = parse(name, { allowPrivateDomains: true });
  if (publicSuffix === name && (isIcann === true || isPrivate === true))
    throw new Refusal(
      "invalid-input",
      `${name} is a public suffix: others register names under it, nobody signs as it`,
    );
  return name;
}
