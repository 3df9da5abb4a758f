import { fingerprintOf, lintKeyRecords } from "chancery/dkim";
import type { Finding } from "../finding.ts";

/**
 * What is wrong with a record that a customer published, by the code that it is told under. `subject`: what it is about, if not the
 * record's name; `evidence`: what was seen beside what stands at the name.
 */
export type KeptRecordProblem = Pick<Finding, "code" | "severity"> & {
  problem: string;
  remedy: string;
  subject?: string;
  evidence?: readonly string[];
};

/**
 * Judges the texts at a key name against the record that was asked for, each with its strings joined. What counts is the key that
 * verifiers read there: blanks, the order of tags and harmless tags are the customer's own. Undefined: it is as it should be.
 */
export function keptRecordProblem(expected: string, texts: readonly string[]): KeptRecordProblem | undefined {
  if (texts.length === 0)
    return { code: "NoKeyRecord", severity: "high", problem: "no key record is there", remedy: "publish the record" };
  const lint = lintKeyRecords(texts);
  const several = lint.findings.find(({ code }) => code === "MultipleKeyRecords");
  if (several !== undefined) return several;
  // A key that differs is the greater mistake: nobody wants the other record improved.
  if (lint.read !== undefined && !isSameKey(expected, lint.read.text)) return otherKey;
  const broken = lint.findings.find(
    ({ code, severity }) => severity === "critical" || severity === "high" || code === "KeyTesting",
  );
  if (broken !== undefined) return broken;
  if (lint.read !== undefined) return undefined;
  return lint.findings[0] ?? otherKey; // a revoked key: p= is empty
}

const otherKey: KeptRecordProblem = {
  code: "KeyMismatch",
  severity: "high",
  problem: "a sound key record is there, of another key",
  remedy: "replace it by the record asked for",
};

/** Whether one of the texts is a record that verifiers can read, of the expected key. */
export const holdsKey = (expected: string, texts: readonly string[]): boolean =>
  texts.some((text) => text === expected || isSameKey(expected, text));

function isSameKey(expected: string, text: string): boolean {
  const [ours, theirs] = [expected, text].map((record) => lintKeyRecords([record]).read?.publicKey.object);
  return ours !== undefined && theirs !== undefined && fingerprintOf(ours) === fingerprintOf(theirs);
}
