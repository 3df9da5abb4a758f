import { decodeUtf8 } from "../../mail/octets.ts";
import { dropFws } from "../signature/base64.ts";
import { readRsaPublicKey } from "../key/der.ts";
import { looksLikeKeyRecord, parseKeyRecord, type KeyRecord } from "../key/key-record.ts";
import { explainRecord } from "./explain-key.ts";
import { malformed, type KeyFinding, type Mistake } from "./finding.ts";
import { judgeKey, judgeTags, type IsKnownWeak, unusable, weak } from "./judge-key.ts";
import { otherText } from "./other-text.ts";
import { holdsPrivateKey, privateKeyPublished } from "./private-key.ts";
import { repairPasted } from "./repair-pasted.ts";
import { rsaExponentOctetsMax, type PublicKey } from "../key/public-key.ts";
import { parseTagList } from "../signature/tag-list.ts";
import { numberOf, rsaWeakness } from "../key/weak-key.ts";

/** What the linter makes of a record. */
export type KeyRecordLint = {
  findings: KeyFinding[];
  /** The record with its key, where verifiers can read it as it stands. */
  read?: { text: string; record: KeyRecord; publicKey: PublicKey };
  /** The record that was probably meant, where the one that stands there does not work and that can be told. */
  meant?: string;
};

export type LintOptions = {
  /** The key name it stands at, lower case, no final dot. Absent: nobody knows. The keys that standards print belong below example names. */
  keyName?: string;
  /** Whether mail is signed with the key, which makes a revoked one worse. Absent: nobody knows. */
  use?: "live";
  /** A list of broken keys. Absent: only what can be computed is found. */
  isKnownWeak?: IsKnownWeak;
};

/** A longer text is not looked into. */
const lintCharactersMax = 16384;

/**
 * Explains what is wrong with a key record (RFC 6376 §3.6.1), as a person pasted it somewhere or as it was found in DNS, its
 * strings joined. Never throws, and takes linear time. `text` may be octets as characters (DNS) or characters (a file).
 */
export function lintKeyRecord(text: string, options: LintOptions = {}): KeyRecordLint {
  if (text.length > lintCharactersMax) {
    return {
      findings: [
        malformed("too-long", "it is over 16384 characters long; no key record is", "publish the key record alone"),
      ],
    };
  }
  if (holdsPrivateKey(text)) return { findings: [privateKeyPublished] };
  const record = parseKeyRecord(text);
  if (record.ok && record.value.key.state !== "unknown-type") return lintReadable(text, record.value, options);
  const characters = charactersOf(text);
  const { text: undone, findings } = repairPasted(characters);
  if (holdsPrivateKey(undone)) return { findings: [privateKeyPublished] };
  const repaired = parseKeyRecord(undone);
  if (repaired.ok && repaired.value.key.state !== "unknown-type") {
    const later = lintReadable(undone, repaired.value, options).findings.filter(({ code }) => code !== "KeyUnusual");
    return { findings: [...findings, ...later], ...meantBy(undone) };
  }
  const broken = brokenNumbers(undone);
  if (broken !== undefined) return { findings: [...findings, broken] };
  const other = otherText(undone, meansKey(undone));
  if (other !== undefined) return { findings: [other] };
  const { finding, meant } = explainRecord(undone);
  return { findings: [...findings, finding], ...(meant !== undefined && meantBy(meant)) };
}

/**
 * The same for all TXT records at one key name. Which of several a verifier takes is undefined (RFC 6376 §3.6.2.2), so more
 * than one is a mistake of its own; the others' findings are those of the one that is most like a key record.
 */
export function lintKeyRecords(texts: readonly string[], options: LintOptions = {}): KeyRecordLint {
  if (texts.some(holdsPrivateKey)) return { findings: [privateKeyPublished] };
  const [first, second] = texts;
  if (first === undefined || second === undefined) return lintKeyRecord(first ?? "", options);
  const several = (mistake: Mistake, problem: string, remedy: string): KeyFinding => ({
    code: "MultipleKeyRecords",
    severity: "high",
    mistake,
    problem,
    remedy,
  });
  for (const joined of texts.length === 2 ? [first + second, second + first] : []) {
    if (lintKeyRecord(first, options).read ?? lintKeyRecord(second, options).read) break;
    if (lintKeyRecord(joined, options).read === undefined) continue;
    const halves = several(
      "split-over-records",
      "the two halves of one record are published as two records",
      "publish them as one record, of two strings",
    );
    return { findings: [halves], ...meantBy(joined) };
  }
  const shown = texts.find((text) => looksLikeKeyRecord(text)) ?? first;
  const lint = lintKeyRecord(shown, options);
  const count = `${texts.length} TXT records stand at one key name; which one a verifier takes is undefined`;
  return {
    ...lint,
    findings: [several("several-records", count, "keep the one record that is meant"), ...lint.findings],
  };
}

/** What octets from DNS stand for; a text that is already of characters stays. */
const charactersOf = (text: string): string => (/[^\0-\xff]/.test(text) ? text : (decodeUtf8(text) ?? text));

/** Whether any sign of a key is in the text, named or not. */
const meansKey = (text: string): boolean => looksLikeKeyRecord(text) || /[A-Za-z0-9+/]{43}/.test(dropFws(text));

/** A record that verifiers read. */
function lintReadable(text: string, record: KeyRecord, { keyName, use, isKnownWeak }: LintOptions): KeyRecordLint {
  const tags = parseTagList(text);
  const findings = tags.ok ? judgeTags(record, tags.value) : [];
  if (record.key.state !== "usable") {
    const revoked: KeyFinding = {
      code: "KeyRevoked",
      severity: use === "live" ? "high" : "low",
      mistake: "revoked",
      problem: "the key is revoked: p= is empty",
      remedy: "sign with another selector; remove this one when no mail needs it any more",
    };
    return { findings: [revoked, ...findings] };
  }
  const { publicKey } = record.key;
  const weaknesses = judgeKey(publicKey, isKnownWeak ?? (() => undefined));
  const isExample = keyName !== undefined && exampleNames.test(keyName);
  const told = weaknesses.filter(({ mistake }) => !isExample || mistake !== "published");
  return { findings: [...told, ...findings], read: { text, record, publicKey } };
}

/** Names for documentation and tests (RFC 2606, RFC 6761). */
const exampleNames = /(?:^|\.)(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$/;

/** RSA keys whose numbers are so wrong that the engine refuses to read them. */
function brokenNumbers(text: string): KeyFinding | undefined {
  const tags = parseTagList(text);
  const numbers = tags.ok
    ? readRsaPublicKey(Buffer.from(dropFws(tags.value.get("p")?.value ?? ""), "base64"))
    : undefined;
  if (numbers === undefined) return undefined;
  const weakness = rsaWeakness({ modulus: numberOf(numbers.modulus), exponent: numberOf(numbers.exponent) });
  if (weakness !== undefined) return weak(weakness);
  if (numbers.exponent.length > rsaExponentOctetsMax)
    return unusable(
      "large-exponent",
      "its exponent has over 64 bits, which makes verifying slow; verifiers refuse it",
      "make a new key; 65537 is the usual exponent",
    );
  return undefined;
}

/** A record in the usual spelling, blanks in the key dropped; nothing where it would not work either. */
function meantBy(text: string): { meant?: string } {
  const tags = parseTagList(text);
  const record = parseKeyRecord(text);
  if (!tags.ok || !record.ok) return {};
  const others = [...tags.value].filter(([name]) => name !== "v");
  const written = others.map(([name, { value }]) => `${name}=${name === "p" ? dropFws(value) : value}`);
  return { meant: ["v=DKIM1", ...written].join("; ") };
}
