import { createHash } from "node:crypto";
import { type KeyRecord, looksLikeKeyRecord, parseKeyRecord } from "chancery/dkim";
import type { Finding } from "./record-finding.ts";

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

export type TraceVerdict = { verdict: "sound" | "broken" | "unknown"; key: TracedKey | undefined; findings: Finding[] };

const rsaBitsMin = 1024;
const rsaBitsAdvised = 2048;
const aliasesAdvised = 3;
const aliasesMax = 8;

/** Judges a chain: does it lead to exactly one sound key? */
export function judgeTrace(keyName: string, chain: TracedChain): TraceVerdict {
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
  const [only, another] = chain.texts.filter(({ text }) => looksLikeKeyRecord(text));
  if (only === undefined)
    return fail(
      finding(
        "NoKeyRecord",
        "high",
        chain.finalName,
        "the TXT records there are no key records",
        chain.texts.map(({ text }) => shown(text)),
        "publish the key record",
      ),
    );
  if (another !== undefined || chain.texts.length > 1)
    findings.push(
      finding(
        "MultipleKeyRecords",
        "high",
        chain.finalName,
        `${chain.texts.length} TXT records stand at one key name; which one a verifier takes is undefined`,
        chain.texts.map(({ text }) => shown(text)),
        "keep the one record that is meant",
      ),
    );
  return judgeRecord(chain.finalName, only.text, findings);
}

function judgeRecord(name: string, text: string, findings: Finding[]): TraceVerdict {
  const parsed = parseKeyRecord(text);
  if (!parsed.ok) {
    findings.push(
      finding(
        "KeyMalformed",
        "high",
        name,
        `the key record cannot be read: ${parsed.problem}`,
        [shown(text)],
        "publish the record again exactly as it was given, without quotes or line breaks of its own",
      ),
    );
    return { verdict: "broken", key: undefined, findings };
  }
  const record = parsed.value;
  if (record.key.state === "revoked") {
    findings.push(
      finding(
        "KeyRevoked",
        "high",
        name,
        "the key is revoked: p= is empty",
        [shown(text)],
        "sign with another selector; remove this one when no mail needs it any more",
      ),
    );
    return { verdict: "broken", key: undefined, findings };
  }
  if (record.key.state === "unknown-type") {
    findings.push(
      finding(
        "KeyMalformed",
        "high",
        name,
        `k=${record.keyType.slice(0, 20)} is no key type that verifiers know`,
        [shown(text)],
        "publish an RSA or Ed25519 key",
      ),
    );
    return { verdict: "broken", key: undefined, findings };
  }
  const key = tracedKey(record, record.key.publicKey, text);
  if (key.testing)
    findings.push(
      finding(
        "KeyTesting",
        "medium",
        name,
        "t=y: verifiers are asked to treat signed mail like unsigned mail",
        [shown(text)],
        "remove t=y once signing works",
      ),
    );
  const weak = key.type === "rsa" && key.bits < rsaBitsAdvised;
  const broken = key.type === "rsa" && key.bits < rsaBitsMin;
  if (weak)
    findings.push(
      finding(
        "KeyWeak",
        broken ? "critical" : "low",
        name,
        `RSA with ${key.bits} bits`,
        [],
        "rotate to a key of 2048 bits",
      ),
    );
  return {
    verdict: broken || findings.some(({ code }) => undefinedChoice.has(code)) ? "broken" : "sound",
    key,
    findings,
  };
}

/** Which record a verifier gets is a matter of luck. */
const undefinedChoice: ReadonlySet<string> = new Set(["MultipleKeyRecords", "ConflictingRecords"]);

function tracedKey(
  record: KeyRecord,
  {
    keyType,
    bits,
    object,
  }: { keyType: string; bits: number; object: { export(options: { type: "spki"; format: "der" }): Uint8Array } },
  text: string,
): TracedKey {
  const fingerprint = createHash("sha256")
    .update(object.export({ type: "spki", format: "der" }))
    .digest("hex");
  return { type: keyType, bits, fingerprint, testing: record.flags.includes("y"), record: text };
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
