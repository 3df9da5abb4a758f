import type { HeaderField } from "../../mail/header.ts";
import { indexFields, type FieldIndex } from "../hash/header-hash.ts";
import type { ResolveTxt } from "../key/key-lookup.ts";
import type { PublicKey } from "../key/public-key.ts";
import { readSignature, type Signature } from "../signature/signature.ts";
import type { Verification } from "../verify/verification.ts";
import { bodyBudgetOf, findBodyChanges, type BodyBudget, type BodyFinding } from "./body-search.ts";
import { copiedFields } from "./copied-fields.ts";
import { canonicalFields } from "./canonical-fields.ts";
import { findHeaderChanges, type HeaderFinding } from "./header-search.ts";
import { change, type Change } from "./known-changes.ts";
import { firstPartFields } from "./mime.ts";
import { Pace, parsingFactor } from "./pace.ts";
import { readMessage, type ReadMessage } from "./read-message.ts";
import { trialWithPublishedKey } from "./trial.ts";

/** Why a signature broke, as far as it can be proven. */
export type Explanation = {
  /** Whether the body is what `bh=` was made from; shortened when `l=` says more octets than there are. */
  body: "intact" | "changed" | "shortened";
  /** Whether the signed fields are what `b=` was made from; unknown where that cannot be told from another key's signature. */
  header: "intact" | "changed" | "unknown";
  /** Whether `b=` was made by the published key. RSA can tell also when the header was changed, Ed25519 cannot. */
  madeByKey: "yes" | "no" | "unknown";
  /** The known changes that, undone together, make it verify: those of the body, then those of the header. */
  changes: Change[];
  /**
   * Whether every known change was tried by itself; several at once are tried for as long as the budget lasts. `partly`: a budget
   * ended the search; `no`: there was none.
   */
  searched: "all" | "partly" | "no";
  /** Names of signed fields that do not say what their copies in `z=` say. A hint: `z=` proves nothing by itself. */
  copiesDiffer: string[];
};

/** Signatures past this number are not searched. */
export const explainedSignaturesMax = 10;

/**
 * Says why signatures of a message broke: tries the known changes (`knownChanges`) and names those that make the signature
 * verify when they are undone. One explanation for each verification, in their order; undefined for those that did not fail by
 * a changed body or header.
 *
 * Meant for people who look into a failure, not for every message on its way: some milliseconds for most, seconds at worst.
 * Others have their turn every few milliseconds, however large the message is.
 * @param verifications what `verify` said of the very same message
 */
export async function explainFailures(
  message: Uint8Array,
  verifications: readonly Verification[],
  options: { resolveTxt: ResolveTxt },
): Promise<(Explanation | undefined)[]> {
  const pace = new Pace();
  const read = await readMessage(message);
  const searched: Searched = {
    ...read,
    pace,
    partFields: read.text === undefined ? [] : await firstPartFields(read.text, read.fields, pace),
    budget: bodyBudgetOf(read.body.length),
    bodyFindings: new Map(),
  };
  const fields = read.index.get("dkim-signature") ?? [];
  let examined = 0;
  const explanations: (Explanation | undefined)[] = [];
  for (const [at, { reason }] of verifications.entries()) {
    const itself = fields[at];
    const broken = reason === "body-hash-mismatch" || reason === "body-too-short" || reason === "signature-mismatch";
    const reading = broken && itself !== undefined ? readSignature(itself.raw) : undefined;
    if (reading !== undefined) await pace.worked(parsingFactor * itself!.raw.length);
    if (itself === undefined || reading?.ok !== true) {
      explanations.push(undefined);
      continue;
    }
    const body = reason === "signature-mismatch" ? "intact" : reason === "body-too-short" ? "shortened" : "changed";
    explanations.push(
      examined++ < explainedSignaturesMax
        ? await explainOne(searched, itself, reading.signature, body, options.resolveTxt)
        : { body, header: "unknown", madeByKey: "unknown", changes: [], searched: "no", copiesDiffer: [] },
    );
  }
  return explanations;
}

/** What all signatures of a message share. */
type Searched = ReadMessage & {
  pace: Pace;
  partFields: readonly (readonly HeaderField[])[];
  budget: BodyBudget;
  /** Findings by canonicalization, `l=` and `bh=`: signatures of one signer share them. */
  bodyFindings: Map<string, BodyFinding>;
};

async function explainOne(
  message: Searched,
  itself: HeaderField,
  signature: Signature,
  body: Explanation["body"],
  resolveTxt: ResolveTxt,
): Promise<Explanation> {
  const ofBody = body === "intact" ? undefined : await explainBody(message, signature);
  const { key, trial } = (await trialWithPublishedKey(signature, resolveTxt)) ?? {};
  const { fields, index, partFields, pace } = message;
  const signed = { fields, index, itself, signature, partFields };
  const ofHeader: HeaderFinding | undefined =
    trial === undefined || trial.left === 0 ? undefined : await findHeaderChanges(signed, trial, pace);
  const headerChanges = ofHeader?.state === "changed" ? ofHeader.changes : [];
  if (trial?.madeByKey === "no") headerChanges.push(change("other-key", lengthsOf(signature, key)));
  if (trial?.madeByKey === "yes" && ofHeader === undefined)
    headerChanges.push(change("signer-mistake", { field: itself.name, found: "a hash that is not SHA-256" }));
  return {
    body,
    header: headerState(ofHeader, trial?.madeByKey),
    madeByKey:
      ofHeader?.state === "intact" || headerChanges.some(({ kind }) => kind !== "other-key")
        ? "yes"
        : (trial?.madeByKey ?? "unknown"),
    changes: [...(ofBody?.changes ?? []), ...headerChanges],
    searched: searchedOf([ofBody?.searched ?? "all", ofHeader?.state === "changed" ? ofHeader.searched : "all"]),
    copiesDiffer: await copiesThatDiffer(index, itself, pace),
  };
}

/** An RSA signature is as long as its key: where they differ, that is proof for the eye too. */
function lengthsOf({ signature }: Signature, key: PublicKey | undefined): { found?: string } {
  if (key === undefined || Math.ceil(key.bits / 8) === signature.length) return {};
  return { found: `a signature of ${signature.length * 8} bits, a key of ${key.bits}` };
}

function headerState(
  finding: HeaderFinding | undefined,
  madeByKey: Explanation["madeByKey"] | undefined,
): Explanation["header"] {
  if (finding === undefined) return "unknown";
  if (finding.state === "intact") return "intact";
  return finding.changes.length > 0 || madeByKey === "yes" ? "changed" : "unknown";
}

const searchedOf = (searched: readonly Explanation["searched"][]): Explanation["searched"] =>
  (["no", "partly"] as const).find((word) => searched.includes(word)) ?? "all";

async function explainBody(
  message: Searched,
  signature: Signature,
): Promise<{ changes: Change[]; searched: Explanation["searched"] }> {
  const { text, fields, pace } = message;
  if (text === undefined) return { changes: [], searched: "no" };
  const { bodyCanonicalization: canonicalization, bodyLength: octetsMax, bodyHash: digest } = signature;
  const id = `${canonicalization} ${octetsMax ?? ""} ${digest.toString("hex")}`;
  let finding = message.bodyFindings.get(id);
  if (finding === undefined) {
    finding = await findBodyChanges({ text, fields }, { canonicalization, octetsMax, digest }, message.budget, pace);
    message.bodyFindings.set(id, finding);
  }
  return finding;
}

/** Compared as relaxed sees them: `z=` has lost the folds. */
async function copiesThatDiffer(index: FieldIndex, itself: HeaderField, pace: Pace): Promise<string[]> {
  const copies = indexFields(copiedFields(itself.raw));
  const textOf = async (fields: readonly HeaderField[] | undefined): Promise<string> =>
    (await canonicalFields(fields ?? [], "relaxed", pace)).sort().join("");
  const names: string[] = [];
  for (const name of copies.keys())
    if ((await textOf(copies.get(name))) !== (await textOf(index.get(name)))) names.push(name);
  return names;
}
