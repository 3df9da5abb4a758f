import {
  compareWithSent,
  comparisonLines,
  explainFailures,
  explanationLines,
  knownChanges,
  verify,
  type Change,
  type Explanation,
  type ResolveTxt,
  type SentComparison,
  type Verification,
} from "chancery/dkim";
import { decodeUtf8 } from "chancery/mail";
import { CommandFailed } from "../exit.ts";
import { readMessageFile } from "../message-file.ts";
import { visible } from "../table.ts";

/** What `verify` adds to a signature in JSON: the change that broke it, and all that is known of the failure. */
export type Why = { change: ShownChange | null; broken: Broken | null };
type ShownChange = Change & { what: string; who: string; cure: string };
type Broken = Omit<Explanation, "changes"> & { changes: ShownChange[]; text: string[] };

/** Looks into what failed: one entry for each signature, of nulls for one that did not break on the way. */
export async function whyBroken(
  message: Uint8Array,
  dkim: readonly Verification[],
  resolveTxt: ResolveTxt,
): Promise<Why[]> {
  const explanations = await explainFailures(message, dkim, { resolveTxt });
  return explanations.map((explanation) => {
    if (explanation === undefined) return { change: null, broken: null };
    const changes = explanation.changes.map((change) => ({ ...readableChange(change), ...knownChanges[change.kind] }));
    return { change: changes[0] ?? null, broken: { ...explanation, changes, text: explanationLines(explanation) } };
  });
}

/** The lines below a failed signature's result. */
export const whyText = (why: Why | undefined): string[] =>
  (why?.broken?.text ?? []).map((line) => `  ${visible(line)}`);

/** How a message differs from the message as it was sent, whose own signatures are verified as well. */
export type SentReport = SentComparison & { file: string; dkim: Verification[]; text: string[] };

/** `--sent` speaks of one message. */
export function onlyWithOne(sentFile: string | undefined, files: readonly string[]): void {
  if (sentFile !== undefined && files.length > 1)
    throw new CommandFailed("--sent goes with one message: name the one that was received");
}

export async function reportOnSent(
  sentFile: string | undefined,
  message: Uint8Array,
  options: { resolveTxt: ResolveTxt; now?: number },
): Promise<SentReport | undefined> {
  if (sentFile === undefined) return undefined;
  const sent = await readMessageFile(sentFile);
  const dkim = await verify(sent, options);
  const { fields, body, signatures } = await compareWithSent(sent, message, options);
  return {
    file: sentFile,
    dkim,
    signatures,
    fields: fields.map((field) => ({ ...field, sent: readable(field.sent), received: readable(field.received) })),
    body: body && {
      ...body,
      sent: readable(body.sent),
      received: readable(body.received),
      changes: body.changes.map(readableChange),
    },
    text: comparisonLines({ fields, body, signatures }),
  };
}

/** The lines below the results of a message. */
export function sentText(report: SentReport | undefined): string[] {
  if (report === undefined) return [];
  const results = report.dkim.map(
    ({ result, signingDomain, selector }) => `${result} d=${signingDomain ?? "?"} s=${selector ?? "?"}`,
  );
  const own = results.length === 0 ? "not signed" : results.join(", ");
  return [`compared with ${report.file} (${own}):`, ...report.text.map((line) => `  ${line}`)].map(visible);
}

/** Octet text as the characters it stands for. */
const readable = (octets: string | undefined): string | undefined =>
  octets === undefined ? undefined : (decodeUtf8(octets) ?? octets);
const readableChange = (change: Change): Change => ({
  ...change,
  found: readable(change.found),
  signed: readable(change.signed),
});
