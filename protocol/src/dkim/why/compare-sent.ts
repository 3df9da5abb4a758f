import type { HeaderField } from "../../mail/header.ts";
import { BodyHasher, type BodyHashSpec } from "../hash/body-hash.ts";
import { canonicalizeField } from "../hash/canonicalize-header.ts";
import { headerHashInput } from "../hash/header-hash.ts";
import type { ResolveTxt } from "../key/key-lookup.ts";
import { readSignature, type Signature } from "../signature/signature.ts";
import { compareBodies, type BodyDifference } from "./compare-bodies.ts";
import { compareFields, type FieldDifference } from "./compare-fields.ts";
import { canonicalText } from "./header-alternatives.ts";
import { groupsOf } from "./header-search.ts";
import { explainedSignaturesMax } from "./explain.ts";
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
  const [before, after] = [readMessage(sent), readMessage(received)];
  const signatures: SignatureComparison[] = [];
  for (const itself of after.index.get("dkim-signature") ?? []) {
    const reading = readSignature(itself.raw);
    if (!reading.ok || signatures.length >= explainedSignaturesMax) continue;
    signatures.push(await compareSignature(before, after, itself, reading.signature, options.resolveTxt));
  }
  return { fields: compareFields(before, after), body: await compareBodies(before, after), signatures };
}

async function compareSignature(
  before: ReadMessage,
  after: ReadMessage,
  itself: HeaderField,
  signature: Signature,
  resolveTxt: ResolveTxt,
): Promise<SignatureComparison> {
  const sentItself = sameSignature(before, signature);
  const spec = { canonicalization: signature.bodyCanonicalization, octetsMax: signature.bodyLength };
  const sentHash = bodyHash(before.body, spec);
  return {
    signingDomain: signature.signingDomain,
    selector: signature.selector,
    carriedWhenSent: sentItself !== undefined,
    sentBody: sentHash.equals(signature.bodyHash) ? "fits" : "differs",
    sentHeader: await sentHeader(before, sentItself, signature, resolveTxt),
    breakingFields: breakingFields(before, sentItself, after, itself, signature),
    bodyBreaks: !bodyHash(after.body, spec).equals(sentHash),
  };
}

/** The sent message's field with the same `b=`. */
function sameSignature({ index }: ReadMessage, { signature }: Signature): HeaderField | undefined {
  return index.get("dkim-signature")?.find((field) => {
    const reading = readSignature(field.raw);
    return reading.ok && reading.signature.signature.equals(signature);
  });
}

function bodyHash(body: Uint8Array, spec: BodyHashSpec): Buffer {
  const hasher = new BodyHasher();
  const result = hasher.add(spec);
  hasher.update(body);
  hasher.finish();
  return Buffer.from(result().digest, "base64");
}

async function sentHeader(
  before: ReadMessage,
  sentItself: HeaderField | undefined,
  signature: Signature,
  resolveTxt: ResolveTxt,
): Promise<SignatureComparison["sentHeader"]> {
  const found = await trialWithPublishedKey(signature, resolveTxt);
  if (found === undefined) return "unknown";
  const { signedFields, headerCanonicalization, unsigned } = signature;
  const input = headerHashInput(before.index, signedFields, headerCanonicalization, sentItself, unsigned);
  return found.trial.fits(input) ? "fits" : "differs";
}

/** Names whose part of the hash input is another one; `dkim-signature` also when the signature itself was written anew. */
function breakingFields(
  before: ReadMessage,
  sentItself: HeaderField | undefined,
  after: ReadMessage,
  itself: HeaderField,
  signature: Signature,
): string[] {
  const { headerCanonicalization } = signature;
  const signedText = (fields: readonly HeaderField[], uses: number): string =>
    canonicalText(
      fields.map(({ raw }) => raw),
      uses,
      headerCanonicalization,
    );
  const sent = groupsOf({ index: before.index, itself: sentItself, signature });
  const received = groupsOf({ index: after.index, itself, signature });
  const names = received
    .filter(({ fields, uses }, at) => signedText(fields, uses) !== signedText(sent[at]!.fields, uses))
    .map(({ lowerName }) => lowerName);
  const sentReading = sentItself === undefined ? undefined : readSignature(sentItself.raw);
  const rewritten =
    sentReading?.ok === true &&
    canonicalizeField(sentReading.signature.unsigned, headerCanonicalization) !==
      canonicalizeField(signature.unsigned, headerCanonicalization);
  return rewritten && !names.includes("dkim-signature") ? [...names, "dkim-signature"] : names;
}
