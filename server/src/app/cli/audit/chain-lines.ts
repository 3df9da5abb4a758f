import type { ValidatedStep } from "../../../model/audit/evidence/dnssec.ts";
import { dnssecWords } from "../../../model/dnssec-words.ts";
import { type Custody, custodyLines } from "../../../model/provider/custody.ts";
import type { TracedChain } from "../../../model/traced-chain.ts";

/** What is told of a chain beside it; absent: it is not known. */
type Beside = { custody?: Custody; dnssec?: readonly ValidatedStep[] };

/** A chain as a drawing: the name asked, each alias below it, what stands at the end, in whose hands it is, and what is signed. */
export function chainLines(name: string, chain: TracedChain, { custody, dnssec = [] }: Beside): string[] {
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
  return [
    ...lines,
    ...(custody === undefined ? [] : custodyLines(custody)).map((line) => `  ${line}`),
    ...dnssec.map((step) => `  DNSSEC of ${step.name}: ${dnssecWords(step.dnssec)}`),
  ];
}

const shownMax = 70;
const shortened = (text: string): string => (text.length > shownMax ? `${text.slice(0, shownMax)}…` : text);
