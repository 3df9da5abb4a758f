import type { ValidatedStep } from "../../model/audit/evidence/dnssec.ts";
import type { Custody } from "../../model/provider/custody.ts";
import type { Provider } from "../../model/provider/provider.ts";
import type { TraceVerdict } from "../../model/trace.ts";
import type { TracedChain } from "../../model/traced-chain.ts";
import { chainLines } from "./audit/chain-lines.ts";
import { visible } from "./table.ts";

/** What is told beside the chain. `idle`: the provider that keeps this selector empty. `expected`: a fingerprint. */
type TraceBeside = {
  custody: Custody;
  idle: Provider | undefined;
  dnssec: readonly ValidatedStep[] | undefined;
  expected: string | undefined;
};

/** What `trace` prints for people: the chain, drawn, then the key, then what is wrong, then the verdict. */
export function traceText(
  name: string,
  chain: TracedChain,
  { verdict, key, findings, meant }: TraceVerdict,
  { custody, idle, dnssec, expected }: TraceBeside,
): string {
  const lines = chainLines(name, chain, { custody, ...(dnssec && { dnssec }) }).map(visible);
  if (key !== undefined) lines.push(`  key: ${key.type} ${key.bits} bits, SHA-256 ${key.fingerprint}`);
  if (expected !== undefined)
    lines.push(key?.fingerprint === expected ? "  that is the expected key" : `  expected: SHA-256 ${expected}`);
  for (const one of findings) lines.push(`${one.severity} ${one.code}: ${visible(one.summary)}`, `  do: ${one.remedy}`);
  if (idle !== undefined) lines.push(`nothing to mend: ${idle.name} keeps this one empty while another selector signs`);
  if (meant !== undefined) lines.push("what was probably meant:", `  ${visible(meant)}`);
  lines.push(
    {
      sound: expected === undefined ? "leads to a sound key" : "leads to the expected key",
      broken: expected === undefined ? "does not lead to a sound key" : "does not lead soundly to the expected key",
      unknown: "cannot be determined now",
    }[verdict],
  );
  return lines.join("\n");
}
