import { type Custody, custodyLines } from "../../../model/provider/custody.ts";
import type { TracedChain } from "../../../model/trace.ts";

/** A chain as a drawing: the name asked, each alias below it, what stands at the end, and in whose hands all of it is. */
export function chainLines(name: string, chain: TracedChain, custody?: Custody): string[] {
  const lines = [name];
  let indent = "";
  for (const { target, ttlSeconds, server } of chain.aliases) {
    lines.push(
      `${indent}└─ CNAME → ${target}  (TTL ${ttlSeconds}${server === undefined ? "" : `, said by ${server}`})`,
    );
    indent += "   ";
  }
  if (chain.outcome === "present")
    for (const { text, ttlSeconds } of chain.texts)
      lines.push(`${indent}└─ TXT ${shortened(text)}  (TTL ${ttlSeconds})`);
  else lines.push(`${indent}└─ ${chain.outcome === "absent" ? "nothing" : "no answer"} (${chain.reason})`);
  return custody === undefined ? lines : [...lines, ...custodyLines(custody).map((line) => `  ${line}`)];
}

const shownMax = 70;
const shortened = (text: string): string => (text.length > shownMax ? `${text.slice(0, shownMax)}…` : text);
