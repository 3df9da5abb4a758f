import {
  type Change,
  type Explanation,
  explainFailures,
  explanationLines,
  knownChanges,
  type Verification,
  type verify,
} from "chancery/dkim";
import { visible } from "./table.ts";

type ResolveTxt = Parameters<typeof verify>[1]["resolveTxt"];

/** What `verify` adds to a signature's line in JSON: the change that broke it, and all that is known of the failure. */
export type Why = { change: ShownChange | null; broken: Broken | null };
type ShownChange = Change & { what: string; who: string; cure: string };
type Broken = Omit<Explanation, "changes"> & { changes: ShownChange[]; text: string[] };

/** Looks into what failed, one entry for each signature. A signature that did not break gives nulls. */
export async function whyBroken(
  message: Uint8Array,
  dkim: readonly Verification[],
  resolveTxt: ResolveTxt,
): Promise<Why[]> {
  const explanations = await explainFailures(message, dkim, { resolveTxt });
  return explanations.map((explanation) => {
    if (explanation === undefined) return { change: null, broken: null };
    const changes = explanation.changes.map((change) => ({ ...change, ...knownChanges[change.kind] }));
    return { change: changes[0] ?? null, broken: { ...explanation, changes, text: explanationLines(explanation) } };
  });
}

/** The lines below a failed signature's result. */
export const whyText = ({ broken }: Why): string[] => (broken?.text ?? []).map((line) => `  ${visible(line)}`);
