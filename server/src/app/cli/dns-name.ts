import { domainToASCII } from "node:url";
import { parseName } from "chancery/dns";
import { CommandFailed } from "./exit.ts";

/** A DNS name as people write it: U-labels or A-labels, any case, a final dot or none. Gives lower case, A-labels, no dot. */
export function nameOf(written: string): string {
  const bare = written.replace(/\.$/, "");
  // domainToASCII reads names as a URL has them: it would end this one at a backslash. Only U-labels need it.
  const ascii = /^[\x00-\x7f]*$/.test(bare) ? bare : domainToASCII(bare) || bare;
  const parsed = parseName(ascii.toLowerCase());
  if (bare === "" || !parsed.ok) throw new CommandFailed(`${written} is not a DNS name`);
  return parsed.value;
}

/** A domain that mail can come from. */
export function domainNameOf(written: string): string {
  const name = nameOf(written);
  if (!/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/.test(name))
    throw new CommandFailed(`${written} is not a domain that mail can come from; example.com is one`);
  return name;
}
