import { isSignedBy, signerOf } from "./checkpoint.ts";
import { beforeFirst } from "./entry.ts";
import { judgeLives } from "./life-rules.ts";
import { readExport, type RollsExport } from "./read-export.ts";

/** What is wrong with an export: where, by which rule, and in words. `line` counts from 1. */
export type RollsViolation = { line: number; code: string; about?: string; detail: string };

export type RollsVerdict =
  | {
      verdict: "sound" | "violated";
      domain: string;
      claim: string;
      entries: number;
      keys: number;
      head: string;
      /** When the checkpoint was made, and by which Chancery: SHA-256 of its public key. */
      checkpointAt: number;
      signer: string;
      violations: RollsViolation[];
      /** Kinds of entries that this version does not know; no rule looked at them. */
      unknownKinds: string[];
    }
  | { verdict: "unreadable"; problem: string };

/** What an export is held against beyond itself. */
export type RollsExpectations = {
  /** An export that was made before: this one has to continue it. */
  earlier?: Uint8Array;
  /** Which Chancery has to have signed: SHA-256 of its public key, hexadecimal. */
  signer?: string;
};

/**
 * Judges an export without asking anybody: one spelling, an unbroken chain, a signed end, lives that keep the rules, and the
 * continuation of what was exported before. Never throws, whatever the octets.
 */
export function verifyExport(octets: Uint8Array, { earlier, signer }: RollsExpectations = {}): RollsVerdict {
  const read = readExport(octets);
  if (read.read === "too-large") return { verdict: "unreadable", problem: read.problem };
  if (read.read === "broken") return violated([{ line: read.line, code: "not-as-written", detail: read.problem }]);
  const { entries, hashes, signed } = read.value;
  const { violations: ofLives, unknownKinds } = judgeLives(entries);
  const violations = [
    ...chainViolations(read.value),
    ...endViolations(read.value, signer),
    ...ofLives.map(({ seq, about, code, detail }) => ({ line: seq, code, about, detail })),
    ...disclosureViolations(read.value),
    ...(earlier === undefined ? [] : continuationViolations(read.value, earlier)),
  ];
  const { claim, domain, at } = signed.checkpoint;
  return {
    verdict: violations.length === 0 ? "sound" : "violated",
    domain,
    claim,
    entries: entries.length,
    keys: new Set(entries.flatMap(({ about }) => (about === "claim" ? [] : [about]))).size,
    head: hashes.at(-1) ?? beforeFirst,
    checkpointAt: at,
    signer: signerOf(signed),
    violations,
    unknownKinds,
  };
}

const violated = (violations: RollsViolation[]): RollsVerdict => ({
  verdict: "violated",
  domain: "",
  claim: "",
  entries: 0,
  keys: 0,
  head: beforeFirst,
  checkpointAt: 0,
  signer: "",
  violations,
  unknownKinds: [],
});

/** Each entry names the hash of the one before and has the next number; all are of one claim. */
function chainViolations({ entries, hashes, signed }: RollsExport): RollsViolation[] {
  const { claim, domain } = signed.checkpoint;
  return entries.flatMap((entry, index): RollsViolation[] => {
    const line = index + 1;
    if (entry.claim !== claim || entry.domain !== domain)
      return [{ line, code: "chain", detail: "it belongs to another claim than the checkpoint" }];
    if (entry.seq !== line)
      return [{ line, code: "chain", detail: `it has number ${entry.seq}: an entry is missing or moved` }];
    const before = hashes[index - 1] ?? beforeFirst;
    return entry.prev === before
      ? []
      : [{ line, code: "chain", detail: "the entry before it is not the one it was written after" }];
  });
}

function endViolations({ entries, hashes, signed }: RollsExport, signer: string | undefined): RollsViolation[] {
  const line = entries.length + 1;
  const { seq, head } = signed.checkpoint;
  const found: RollsViolation[] = [];
  if (seq !== entries.length || head !== (hashes.at(-1) ?? beforeFirst))
    found.push({
      line,
      code: "end",
      detail: `the checkpoint is of ${seq} entries that end otherwise: the end was cut off or changed`,
    });
  if (!isSignedBy(signed)) found.push({ line, code: "end", detail: "the signature of the checkpoint does not verify" });
  if (signer !== undefined && signer !== signerOf(signed))
    found.push({ line, code: "signer", detail: `signed by ${signerOf(signed)}, not by ${signer}` });
  return found;
}

/** A private half stands in an export exactly where an entry says that it was disclosed, and is the one that it names. */
function disclosureViolations({ entries, disclosed }: RollsExport): RollsViolation[] {
  const named = new Map(
    entries.flatMap((entry) => (entry.kind === "disclosed" ? [[entry.about, entry] as const] : [])),
  );
  const keys = new Set([...named.keys(), ...disclosed.keys()]);
  return [...keys].flatMap((about) => {
    const entry = named.get(about);
    if (entry !== undefined && entry.evidence["privateSha256"] === disclosed.get(about)) return [];
    const detail = "the private half in the export is not the one that was disclosed";
    return [{ line: entry?.seq ?? entries.length, code: "disclosed", about, detail }];
  });
}

function continuationViolations(later: RollsExport, octets: Uint8Array): RollsViolation[] {
  const read = readExport(octets);
  if (read.read !== "export")
    return [
      { line: read.read === "broken" ? read.line : 1, code: "earlier", detail: `the earlier export: ${read.problem}` },
    ];
  const earlier = read.value;
  const at = earlier.entries.length;
  const before = earlier.signed.checkpoint;
  const now = later.signed.checkpoint;
  const found: RollsViolation[] = [...chainViolations(earlier), ...endViolations(earlier, undefined)].map((one) => ({
    ...one,
    code: "earlier",
    detail: `the earlier export: ${one.detail}`,
  }));
  if (before.claim !== now.claim)
    found.push({ line: 1, code: "continues", detail: "the earlier export is of another claim" });
  else if ((later.hashes[at - 1] ?? beforeFirst) !== (earlier.hashes.at(-1) ?? beforeFirst))
    found.push({
      line: at,
      code: "continues",
      detail: `what was exported before, up to entry ${at}, is missing or rewritten`,
    });
  if (before.at > now.at)
    found.push({ line: at, code: "continues", detail: "the export called earlier is the later one" });
  if (signerOf(earlier.signed) !== signerOf(later.signed))
    found.push({ line: at, code: "signer", detail: "another key signed the earlier export" });
  return found;
}
