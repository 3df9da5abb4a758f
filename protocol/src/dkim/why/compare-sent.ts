import type { HeaderField } from "../../mail/header.ts";
import { BodyHasher, type BodyHashSpec } from "../hash/body-hash.ts";
import { canonicalizeField } from "../hash/canonicalize-header.ts";
import type { ResolveTxt } from "../key/key-lookup.ts";
import { readSignature, type Signature } from "../signature/signature.ts";
import { canonicalFields } from "./canonical-fields.ts";
import { compareBodies, type BodyDifference } from "./compare-bodies.ts";
import { compareFields, type FieldDifference } from "./compare-fields.ts";
import { groupsOf, HashInput } from "./header-search.ts";
import { explainedSignaturesMax } from "./explain.ts";
import { Pace, parsingFactor, pieceOctets } from "./pace.ts";
import { readMessage, type ReadMessage } from "./read-message.ts";
import { trialWithPublishedKey } from "./trial.ts";

export type { BodyDifference, FieldDifference };

/** What became of one signature between sender and receiver. */
export type SignatureComparison = {
  signingDomain: string;
  selector: string;
  /** Whether the message as it was sent carries this very signature; if not, it was made after that. */
  carriedWhenSent: boolean;
  /** Whether `bh=` is of the sent body, and `b=` of the sent fields: if not, the file is not what was signed. */
  sentBody: "fits" | "differs";
  sentHeader: "fits" | "differs" | "unknown";
  /** Lower-case names of the fields that differ in what is signed of them: each of them alone breaks the signature. */
  breakingFields: string[];
  /** Whether the body differs in what is signed of it. */
  bodyBreaks: boolean;
};

/** How a message differs from what was sent, and what that means for its signatures. */
export type SentComparison = {
  /** All fields that are not the same octets, harmless ones included. */
  fields: FieldDifference[];
  /** Undefined when the bodies are the same octets. */
  body: BodyDifference | undefined;
  /** One for each readable DKIM-Signature field of the received message, from the top, at most `explainedSignaturesMax`. */
  signatures: SignatureComparison[];
};

/** Compares a message as it was received with the message as it was sent. Neither is changed; nothing is thrown. */
export async function compareWithSent(
  sent: Uint8Array,
  received: Uint8Array,
  options: { resolveTxt: ResolveTxt },
): Promise<SentComparison> {
  const pace = new Pace();
  const [before, after] = [await readMessage(sent), await readMessage(received)];
  const signatures: SignatureComparison[] = [];
  const ofSent = await readSignatures(before, Number.POSITIVE_INFINITY, pace);
  for (const signature of await readSignatures(after, explainedSignaturesMax, pace))
    signatures.push(await compareSignature({ before, after, ofSent, resolveTxt: options.resolveTxt, pace }, signature));
  const fields = await compareFields(before, after, pace);
  return { fields, body: await compareBodies(before, after, pace), signatures };
}

/** A DKIM-Signature field that can be read. */
type InHeader = { itself: HeaderField; signature: Signature };

/** The readable signatures from the top, up to a number. */
async function readSignatures({ index }: ReadMessage, max: number, pace: Pace): Promise<InHeader[]> {
  const signatures: InHeader[] = [];
  for (const itself of index.get("dkim-signature") ?? []) {
    if (signatures.length >= max) break;
    const reading = readSignature(itself.raw);
    if (reading.ok) signatures.push({ itself, signature: reading.signature });
    await pace.worked(parsingFactor * (itself.raw.length + fieldOctets));
  }
  return signatures;
}
const fieldOctets = 64;

type Compared = {
  before: ReadMessage;
  after: ReadMessage;
  ofSent: readonly InHeader[];
  resolveTxt: ResolveTxt;
  pace: Pace;
};

async function compareSignature(messages: Compared, received: InHeader): Promise<SignatureComparison> {
  const { before, after, ofSent, resolveTxt, pace } = messages;
  const { signature } = received;
  const sent = ofSent.find((each) => each.signature.signature.equals(signature.signature));
  const spec = { canonicalization: signature.bodyCanonicalization, octetsMax: signature.bodyLength };
  const sentHash = await bodyHash(before.body, spec, pace);
  return {
    signingDomain: signature.signingDomain,
    selector: signature.selector,
    carriedWhenSent: sent !== undefined,
    sentBody: sentHash.equals(signature.bodyHash) ? "fits" : "differs",
    sentHeader: await sentHeader(before, sent?.itself, signature, resolveTxt, pace),
    breakingFields: await breakingFields(messages, sent, received),
    bodyBreaks: !(await bodyHash(after.body, spec, pace)).equals(sentHash),
  };
}

async function bodyHash(body: Uint8Array, spec: BodyHashSpec, pace: Pace): Promise<Buffer> {
  const hasher = new BodyHasher();
  const result = hasher.add(spec);
  for (let at = 0; at < body.length; at += pieceOctets) {
    hasher.update(body.subarray(at, at + pieceOctets));
    await pace.worked(pieceOctets);
  }
  hasher.finish();
  return Buffer.from(result().digest, "base64");
}

async function sentHeader(
  before: ReadMessage,
  sentItself: HeaderField | undefined,
  signature: Signature,
  resolveTxt: ResolveTxt,
  pace: Pace,
): Promise<SignatureComparison["sentHeader"]> {
  const found = await trialWithPublishedKey(signature, resolveTxt);
  if (found === undefined) return "unknown";
  const groups = groupsOf({ index: before.index, itself: sentItself, signature });
  const input = await HashInput.of(signature, groups, signature.headerCanonicalization, pace);
  return found.trial.fits(input.text([])) ? "fits" : "differs";
}

/** Names whose part of the hash input is another one; `dkim-signature` also when the signature itself was written anew. */
async function breakingFields(
  { before, after, pace }: Compared,
  sentOne: InHeader | undefined,
  { itself, signature }: InHeader,
): Promise<string[]> {
  const { headerCanonicalization } = signature;
  const signedText = async (fields: readonly HeaderField[], uses: number): Promise<string> =>
    (await canonicalFields(fields.slice(0, uses), headerCanonicalization, pace)).join("");
  const sent = groupsOf({ index: before.index, itself: sentOne?.itself, signature });
  const names: string[] = [];
  for (const [at, { lowerName, fields, uses }] of groupsOf({ index: after.index, itself, signature }).entries()) {
    await pace.worked(fieldOctets);
    if ((await signedText(fields, uses)) !== (await signedText(sent[at]!.fields, uses))) names.push(lowerName);
  }
  const rewritten =
    sentOne !== undefined &&
    canonicalizeField(sentOne.signature.unsigned, headerCanonicalization) !==
      canonicalizeField(signature.unsigned, headerCanonicalization);
  return rewritten && !names.includes("dkim-signature") ? [...names, "dkim-signature"] : names;
}
