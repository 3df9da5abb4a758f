import type { Policy } from "@chancery/api";
import { durationText } from "./options/duration.ts";
import { table } from "./table.ts";

const waitNames: Record<Policy["waits"][number]["wait"], string> = {
  W: "before a new key may sign",
  D: "before an old key may go",
};

/** A policy as people read it: what holds and by whom, then each wait with what it was computed from. */
export function policyText({ domain, stream, policy, from, waits, names, shortestIntervalSeconds }: Policy): string {
  const rows = [
    ["interval", durationText(policy.intervalSeconds), from["intervalSeconds"]],
    ["key type", policy.keyType, from["keyType"]],
    ["dual signing (Ed25519)", policy.dualSigning, from["dualSigning"]],
    ["ring size", String(policy.ringSize), from["ringSize"]],
    ["standby key", policy.standby ? "yes" : "no", from["standby"]],
    ["change windows", policy.changeWindows.join("; ") || "at any time", from["changeWindows"]],
    ["old keys made public", policy.disclose ? "yes" : "no", from["disclose"]],
  ].map((row) => row.map((cell) => cell ?? ""));
  const head = [
    domain === null ? "POLICY OF THE TENANT" : `POLICY OF ${domain}${stream === null ? "" : ` ${stream}`}`,
    "VALUE",
    "FROM",
  ];
  return [
    table(head, rows),
    ...(waits.length > 0 ? ["", waitsText({ waits, names, shortestIntervalSeconds })] : []),
  ].join("\n");
}

/** Each wait with its reason, and the shortest interval that they allow. */
export function waitsText({
  waits,
  names,
  shortestIntervalSeconds,
}: Pick<Policy, "waits" | "names" | "shortestIntervalSeconds">): string {
  const lines = waits.flatMap(({ wait, seconds, formula, inputs }) => [
    `${wait}  ${durationText(seconds)} ${waitNames[wait]}: ${formula}`,
    ...inputs.map(({ symbol, seconds: each, from }) => `   ${symbol} = ${durationText(each)}  ${from}`),
  ]);
  const limit =
    shortestIntervalSeconds === null
      ? "any: every key has a new name"
      : `${durationText(shortestIntervalSeconds)}: (W + D) / (${names} names - 1)`;
  return [...lines, `shortest interval these waits allow: ${limit}`].join("\n");
}
