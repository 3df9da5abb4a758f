import type { SelectorSource } from "../audit/evidence.ts";
import { judgeTrace } from "../trace.ts";
import type { TracedChain } from "../traced-chain.ts";
import type { Look } from "./look.ts";

/** Looks for tests: each selector of example.com with what stands at it, in short. */

/** Two sound keys, made for nothing else. */
export const keyOne = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
export const keyTwo = "v=DKIM1; k=ed25519; p=PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";

/** `text`: a record at the name; `alias`: targets in order, with the record at their end; `absent`; `silent`: no answer. */
export type Standing = { text: string } | { alias: readonly string[]; text?: string | undefined } | "absent" | "silent";

const ttlSeconds = 600;

export function chainAt(keyName: string, standing: Standing): TracedChain {
  const end = { aliases: [], finalName: keyName };
  if (standing === "absent") return { ...end, outcome: "absent", reason: "nxdomain" };
  if (standing === "silent") return { ...end, outcome: "unknown", reason: "timeout" };
  const targets = "alias" in standing ? standing.alias : [];
  const names = [keyName, ...targets];
  const chain = {
    aliases: targets.map((target, index) => ({ name: names[index]!, target, ttlSeconds })),
    finalName: names.at(-1)!,
  };
  return standing.text === undefined
    ? { ...chain, outcome: "absent", reason: "nxdomain" }
    : { ...chain, outcome: "present", texts: [{ text: standing.text, ttlSeconds }] };
}

export const keyNameOf = (selector: string): string => `${selector}._domainkey.example.com`;

export type LookOptions = {
  at?: number;
  sources?: readonly SelectorSource[];
  findings?: readonly {
    code: string;
    subject: string;
    check?: string;
    severity?: Look["findings"][number]["severity"];
  }[];
  checks?: Look["checks"];
};

/** A look at example.com. Checks that are not given have passed, or failed where they found something. */
export function lookAt(number: number, standing: Record<string, Standing>, options: LookOptions = {}): Look {
  const { at = 1000 * number, sources = ["given"], findings = [] } = options;
  const selectors = Object.entries(standing).map(([selector, what]) => {
    const keyName = keyNameOf(selector);
    const chain = chainAt(keyName, what);
    const { key } = judgeTrace(keyName, chain);
    return { selector, keyName, sources, chain, ...(key && { key }) };
  });
  const reported = findings.map(
    ({ code, subject, check = "some-check", severity = "high" }): Look["findings"][number] => ({
      code: code as Look["findings"][number]["code"],
      subject,
      severity,
      check,
      summary: `${code} at ${subject}`,
      evidence: [],
      remedy: "mend it",
      symptoms: "mail fails",
      commands: [],
    }),
  );
  const failed = new Set(reported.map(({ check }) => check));
  const state = failed.has("some-check") ? "failed" : "passed";
  return {
    number,
    at,
    selectors,
    findings: reported,
    checks: options.checks ?? [{ name: "some-check", title: "All is well", state }],
    isKnown: selectors.length === 0 || Object.values(standing).some((what) => what !== "silent"),
  };
}
