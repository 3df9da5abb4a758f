import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { readKeyRecords } from "chancery/dkim";
import { splitMessage, type HeaderField } from "chancery/mail";
import type { Lookup } from "../resolver/resolution.ts";
import { lookupError } from "../resolver/resolve-txt.ts";
import { limits } from "./limits.ts";
import { budgetedResolve, type Resolve } from "./name-lookups.ts";

/** What came of the chain of a message (RFC 8617 §5.2). There is no temperror: a DNS failure fails the chain (§5.2.2). */
export type ArcValidation = {
  result: "none" | "pass" | "fail";
  /** Why the chain fails; undefined otherwise. */
  reason: ArcFailure | undefined;
  /** More of it, for people. May hold octets of the message. */
  detail: string | undefined;
  /** How many sets there are. Of a chain that is not whole: how many seals. */
  instances: number;
  /** `d=` of the seals, the first one's first. Empty where the chain is not whole. Means nothing without `pass`. */
  sealers: string[];
  /** From which instance on the message is as it was sealed, 0: from the first (RFC 8617 §5.2 step 5). Undefined unless `pass`. */
  oldestPass: number | undefined;
};

export type ArcFailure =
  /** More than 50 sets (RFC 8617 §4.2.1). */
  | "too-many-sets"
  /** A set is missing, or comes twice, or lacks one of its three fields (§5.2 step 3). */
  | "incomplete-sets"
  /** `cv=` of a seal does not say what it has to, or says `fail` (§5.2 steps 2 and 3). */
  | "chain-status"
  /** A field of a set that cannot be read, or has what it may not have (§4.1). */
  | "malformed-set"
  | "seal-mismatch"
  /** The newest ARC-Message-Signature does not hold: the message was changed behind the last seal. */
  | "message-signature"
  | "key-not-usable"
  | "dns-failure"
  /** Header, sets or keys beyond what is looked at. */
  | "too-large"
  /** CR or LF that ends no line: readers disagree about such a message, so nothing is said of it. */
  | "bare-line-end";

const setFields = new Set(["arc-seal", "arc-message-signature", "arc-authentication-results"]);
/** mailauth takes these apart too, in more than linear time. */
const parsedFields = new Set([...setFields, "from", "return-path", "content-type"]);

/**
 * Validates the ARC chain of a message with mailauth, in its strict mode. Keys are looked up through `lookup` and read as DKIM
 * reads them here; whatever message and DNS say becomes a result, and nothing makes it reject.
 * @param now epoch seconds, for `x=` of a message signature
 */
export async function validateArc(message: Uint8Array, lookup: Lookup, now: number): Promise<ArcValidation> {
  const split = splitMessage(message);
  if (!split.ok) return failure("too-large", "the header is larger than what is read of it", 0);
  const fields = split.value.header.filter(({ lowerName }) => setFields.has(lowerName));
  const instances = fields.filter(({ lowerName }) => lowerName === "arc-seal").length;
  if (fields.length === 0)
    return { result: "none", reason: undefined, detail: undefined, instances: 0, sealers: [], oldestPass: undefined };
  if (fields.length > 3 * limits.arcSetsMax)
    return failure("too-many-sets", `more than ${limits.arcSetsMax} sets`, instances);
  if (isTooLarge(split.value.header, fields))
    return failure("too-large", "header or sets are larger than what is read of them", instances);
  const lines = readLines(message, message.length - split.value.body.length);
  if (lines.bareEnd) return failure("bare-line-end", "the message holds a CR or LF that ends no line", instances);
  if (lines.longestOctets > limits.arcLineOctetsMax)
    return failure("too-large", "a line is longer than what is read of one", instances);
  try {
    return await evaluate(message, keysFrom(lookup), now, instances);
  } catch (error) {
    return failure(reasonOf(error), (error as Error).message, instances);
  }
}

const failure = (reason: ArcFailure, detail: string, instances: number, sealers: string[] = []): ArcValidation => ({
  result: "fail",
  reason,
  detail,
  instances,
  sealers,
  oldestPass: undefined,
});

async function evaluate(
  message: Uint8Array,
  resolver: Resolve,
  now: number,
  instances: number,
): Promise<ArcValidation> {
  // Loaded when it is wanted: most messages have no chain.
  const { ArcVerifier } = await import("./arc-verifier.ts");
  const { default: mailauth } = await import("mailauth/lib/arc/index.js");
  const verifier = new ArcVerifier({ resolver, strict: true, curTime: new Date(now * 1000) });
  await pipeline(Readable.from(inPieces(message)), verifier);
  const { chain, lastEntry, error } = verifier.arc;
  if (error !== undefined || !chain) return failure(reasonOf(error), error?.message ?? "no chain", instances);
  const sealers = chain.map((set) => String(set["arc-seal"].parsed["d"]?.value).toLowerCase());
  type Data = Parameters<typeof mailauth.verifyASChain>[0];
  type Options = Parameters<typeof mailauth.verifyASChain>[1];
  const options: Options & { keyCache: unknown } = { strict: true, keyCache: verifier.patientKeyCache() };
  const broken = await mailauth.verifyASChain(verifier.arc as unknown as Data, options).then(
    () => undefined,
    (cause: unknown) => cause as Error,
  );
  if (broken !== undefined) return failure(reasonOf(broken), broken.message, chain.length, sealers);
  const { result: word, comment = "no valid signature" } = lastEntry?.messageSignature?.status ?? { result: "none" };
  if (word !== "pass") return failure("message-signature", `i=${chain.length}: ${comment}`, chain.length, sealers);
  const oldestPass = verifier.oldestPass();
  return { result: "pass", reason: undefined, detail: undefined, instances: chain.length, sealers, oldestPass };
}

/** In pieces, with a turn of the event loop between them. */
async function* inPieces(message: Uint8Array): AsyncGenerator<Uint8Array> {
  const pieceOctets = 64 * 1024;
  for (let at = 0; at < message.length; at += pieceOctets) {
    yield message.subarray(at, at + pieceOctets);
    await setImmediate();
  }
}

/** The keys of a chain, read by the rules of DKIM here: one record that is sound and not too large, or none at all. */
function keysFrom(lookup: Lookup): Resolve {
  const signal = AbortSignal.timeout(limits.arcSeconds * 1000);
  const textOctetsMax = limits.arcFieldOctetsMax;
  const { resolve } = budgetedResolve(lookup, { queriesMax: 2 * limits.arcSetsMax, textOctetsMax, signal });
  return async (name, type) => {
    const texts = ((await resolve(name, type)) as string[][]).map((strings) => strings.join(""));
    // mailauth takes the first text, whatever it is; `readKeyRecords` takes the one that is a key.
    const usable = texts.filter((text) => {
      const read = readKeyRecords([text]);
      if (!read.ok || read.record.key.state !== "usable") return false;
      return read.record.key.publicKey.bits <= limits.arcKeyBitsMax;
    });
    if (!readKeyRecords(texts).ok || usable.length === 0) throw lookupError("ENODATA", name);
    return usable.map((text) => [text]);
  };
}

function isTooLarge(header: readonly HeaderField[], fields: readonly HeaderField[]): boolean {
  const octetsOf = (some: readonly HeaderField[]): number => some.reduce((sum, { raw }) => sum + raw.length, 0);
  const lines = header.reduce((sum, { raw }) => sum + raw.split("\n").length - 1, 0);
  return (
    octetsOf(header) > limits.arcHeaderOctetsMax ||
    lines > limits.arcHeaderLinesMax ||
    octetsOf(fields) > limits.arcOctetsMax ||
    header.some(({ lowerName, raw }) => parsedFields.has(lowerName) && raw.length > limits.arcFieldOctetsMax)
  );
}

/** How long the longest line is, and whether there is LF without its CR anywhere, or CR without its LF in the header. */
function readLines(message: Uint8Array, headerOctets: number): { longestOctets: number; bareEnd: boolean } {
  const [cr, lf] = [0x0d, 0x0a];
  let longestOctets = 0;
  let start = 0;
  for (let at = message.indexOf(lf); at >= 0; at = message.indexOf(lf, start)) {
    if (message[at - 1] !== cr) return { longestOctets, bareEnd: true };
    longestOctets = Math.max(longestOctets, at - start);
    start = at + 1;
  }
  longestOctets = Math.max(longestOctets, message.length - start);
  const header = message.subarray(0, headerOctets);
  for (let at = header.indexOf(cr); at >= 0; at = header.indexOf(cr, at + 1))
    if (header[at + 1] !== lf) return { longestOctets, bareEnd: true };
  return { longestOctets, bareEnd: false };
}

/** mailauth's codes. */
const reasons: Readonly<Record<string, ArcFailure>> = {
  invalid_arc_count: "too-many-sets",
  invalid_arc_instance: "incomplete-sets",
  missing_arc_header: "incomplete-sets",
  multiple_arc_keys: "incomplete-sets",
  invalid_cv_value: "chain-status",
  failing_arc_seal: "seal-mismatch",
  ENOTFOUND: "key-not-usable",
  ENODATA: "key-not-usable",
  EINVALIDVER: "key-not-usable",
  EINVALIDTYPE: "key-not-usable",
  EINVALIDVAL: "key-not-usable",
  EINVALIDHASH: "key-not-usable",
  EINVALIDSERVICE: "key-not-usable",
  EINVALIDKEYALGO: "key-not-usable",
  ESHORTKEY: "key-not-usable",
  ETIMEOUT: "dns-failure",
  ESERVFAIL: "dns-failure",
};

const reasonOf = (error: unknown): ArcFailure =>
  reasons[String((error as { code?: unknown } | undefined)?.code)] ?? "malformed-set";
