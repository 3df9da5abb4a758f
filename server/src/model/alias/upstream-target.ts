import { parseName } from "chancery/dns";
import type { Provider } from "../provider/provider.ts";

/** A target as it is stored: lower case, no final dot; undefined: no name that an alias can lead to. */
export function targetNameOf(written: string): string | undefined {
  const parsed = parseName(written.trim().replace(/\.$/, "").toLowerCase());
  return parsed.ok && parsed.value !== "." && parsed.value.includes(".") ? parsed.value : undefined;
}

/** What the customer's own zone says at a key name before it leads to us. */
export type PresentRecord =
  | { found: "alias"; target: string }
  | { found: "text" }
  | { found: "nothing" }
  | { found: "unknown"; reason: string };

/** Why no alias of ours can take the place of what stands there, and what to do; undefined: one can. */
export function upstreamFault(keyName: string, present: PresentRecord, provider?: Provider): string | undefined {
  const whose = provider === undefined ? "the provider" : provider.name;
  switch (present.found) {
    case "alias":
      return undefined;
    case "text":
      return provider?.modes.includes("cname")
        ? `${keyName} holds the key itself (TXT): an alias cannot follow a key that stands in no other place. ${whose} can also be set up with CNAME records: switch to those there, and come back`
        : `${keyName} holds the key itself (TXT): an alias cannot follow a key that stands in no other place. ${whose} would have to publish it under a name of its own`;
    case "nothing":
      return `nothing stands at ${keyName}: give the name that the provider wants the alias to lead to, with --upstream SELECTOR=TARGET`;
    case "unknown":
      return `the name servers of ${keyName} gave no answer that says anything (${present.reason}); try again later, or give --upstream SELECTOR=TARGET`;
  }
}
