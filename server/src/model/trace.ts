import {
  fingerprintOf,
  holdsPrivateKey,
  type KeyFindingCode,
  type KeyRecordLint,
  lintKeyRecords,
  type LintOptions,
} from "chancery/dkim";
import type { Finding } from "./finding.ts";

/** What a look-up of a key name brought: the aliases in order, and what stands at their end. */
export type TracedChain = {
  aliases: readonly { name: string; target: string; ttlSeconds: number; server?: string | undefined }[];
  finalName: string;
} & (
  | { outcome: "present"; texts: readonly { text: string; ttlSeconds: number }[] }
  | { outcome: "absent"; reason: "nxdomain" | "nodata" }
  | { outcome: "unknown"; reason: string }
);

/** The key at the end of a chain. `fingerprint`: SHA-256 of the SubjectPublicKeyInfo, hexadecimal. */
export type TracedKey = { type: string; bits: number; fingerprint: string; testing: boolean; record: string };

/** A private key that somebody published goes into no terminal, report or log. Its parts may lie in several records. */
export function withoutSecrets(chain: TracedChain): TracedChain {
  if (chain.outcome !== "present" || !chain.texts.some(({ text }) => holdsPrivateKey(text))) return chain;
  return { ...chain, texts: chain.texts.map((one) => ({ ...one, text: "[not shown: a private key]" })) };
}

/** `meant`: the record that was probably meant, where the one that stands there cannot be read and that can be told. */
export type TraceVerdict = {
  verdict: "sound" | "broken" | "unknown";
  key: TracedKey | undefined;
  findings: Finding[];
  meant?: string;
};

const aliasesAdvised = 3;
const aliasesMax = 8;

export type TraceOptions = { expected?: string | undefined; isKnownWeak?: LintOptions["isKnownWeak"] };

/**
 * Judges a chain: does it lead to exactly one sound key, and to the one with the fingerprint `expected`? Absent: any sound
 * key will do. `isKnownWeak` is a list of broken keys; absent: what can be computed is found.
 */
export function judgeTrace(keyName: string, chain: TracedChain, options: TraceOptions = {}): TraceVerdict {
  const findings = chainFindings(keyName, chain);
  const fail = (finding: Finding): TraceVerdict => ({
    verdict: "broken",
    key: undefined,
    findings: [...findings, finding],
  });
  if (chain.outcome === "unknown") {
    if (chain.reason === "alias-loop" || chain.reason === "alias-chain-too-long")
      return { verdict: "broken", key: undefined, findings };
    return {
      verdict: "unknown",
      key: undefined,
      findings: [
        ...findings,
        finding(
          "Undetermined",
          "low",
          chain.finalName,
          `DNS gave no answer that says anything (${chain.reason})`,
          [],
          "ask again, or ask another resolver",
        ),
      ],
    };
  }
  if (chain.outcome === "absent") {
    const what = chain.reason === "nxdomain" ? "the name does not exist" : "the name has no TXT record";
    return chain.aliases.length === 0
      ? fail(
          finding(
            "NoKeyRecord",
            "high",
            keyName,
            `neither a key record nor an alias is there: ${what}`,
            [],
            "publish the record, or check selector and domain for a slip",
          ),
        )
      : fail(
          finding(
            "TargetMissing",
            "high",
            chain.finalName,
            `the alias is there and nothing is behind it: ${what}`,
            [],
            "whoever runs the target has to publish the key, or the alias has to go",
          ),
        );
  }
  return judgeRecords(keyName, chain.finalName, chain.texts, findings, options);
}

function judgeRecords(
  keyName: string,
  name: string,
  records: readonly { text: string }[],
  chainFindings: Finding[],
  { expected, isKnownWeak }: TraceOptions,
): TraceVerdict {
  const texts = records.map(({ text }) => text);
  const lint = lintKeyRecords(texts, { keyName, use: "live", ...(isKnownWeak && { isKnownWeak }) });
  const isSecret = lint.findings.some(({ code }) => code === "PrivateKeyPublished");
  const evidence = isSecret ? [] : texts.map(shown);
  const findings = [
    ...chainFindings,
    ...lint.findings.map(({ code, severity, problem, remedy }) =>
      finding(code, severity, name, problem, evidence, remedy),
    ),
  ];
  const key = lint.read && tracedKey(lint.read);
  if (key !== undefined && expected !== undefined && key.fingerprint !== expected)
    findings.push(
      finding(
        "KeyMismatch",
        "high",
        name,
        "a sound key is there, and it is not the one expected",
        [`expected SHA-256 ${expected}`, `found SHA-256 ${key.fingerprint}`],
        "publish the record of the expected key, or expect the one that is published",
      ),
    );
  const isSound = key !== undefined && !findings.some(({ code, severity }) => isFatal(code, severity));
  return {
    verdict: isSound ? "sound" : "broken",
    key,
    findings,
    ...(lint.meant !== undefined && { meant: lint.meant }),
  };
}

/** Codes that leave no sound key, or leave to luck which record a verifier gets. Weakness does when it is critical. */
const fatal: ReadonlySet<string> = new Set<KeyFindingCode | "KeyMismatch" | "ConflictingRecords">([
  "NoKeyRecord",
  "KeyMalformed",
  "KeyRevoked",
  "KeyUnusable",
  "PrivateKeyPublished",
  "MultipleKeyRecords",
  "ConflictingRecords",
  "KeyMismatch",
]);
const isFatal = (code: string, severity: Finding["severity"]): boolean =>
  fatal.has(code) || (code === "KeyWeak" && severity === "critical");

function tracedKey({ text, record, publicKey }: NonNullable<KeyRecordLint["read"]>): TracedKey {
  const { keyType, bits, object } = publicKey;
  return { type: keyType, bits, fingerprint: fingerprintOf(object), testing: record.flags.includes("y"), record: text };
}

function chainFindings(keyName: string, chain: TracedChain): Finding[] {
  const path = chain.aliases.map(({ name, target }) => `${name} → ${target}`);
  if (chain.outcome === "present" && chain.aliases.some(({ name }) => name === chain.finalName))
    return [
      finding(
        "ConflictingRecords",
        "high",
        chain.finalName,
        "an alias stands beside the record; which of them a resolver takes is undefined",
        path,
        "remove the one that is not meant",
      ),
    ];
  if (chain.outcome === "unknown" && chain.reason === "alias-loop")
    return [
      finding(
        "AliasLoop",
        "high",
        keyName,
        "the alias chain returns to itself",
        path,
        "one of the aliases has to lead elsewhere",
      ),
    ];
  const length = chain.aliases.length;
  const tooLong = length > aliasesMax || (chain.outcome === "unknown" && chain.reason === "alias-chain-too-long");
  if (tooLong)
    return [
      finding(
        "AliasChainTooLong",
        "high",
        keyName,
        `${length} aliases: many resolvers give up`,
        path,
        "let the first alias lead straight to the target",
      ),
    ];
  if (length > aliasesAdvised)
    return [
      finding(
        "AliasChainTooLong",
        "low",
        keyName,
        `${length} aliases: each costs a look-up and can fail`,
        path,
        "let the first alias lead straight to the target",
      ),
    ];
  return [];
}

const finding = (
  code: string,
  severity: Finding["severity"],
  subject: string,
  summary: string,
  evidence: string[],
  remedy: string,
): Finding => ({ code, severity, subject, summary, evidence, remedy });
const shownOctetsMax = 200;
const shown = (text: string): string => (text.length > shownOctetsMax ? `${text.slice(0, shownOctetsMax)}…` : text);
