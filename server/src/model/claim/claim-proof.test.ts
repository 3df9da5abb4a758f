import { expect, test } from "vitest";
import type { ServerAnswer } from "../rotation/chain-observation.ts";
import { proofSight, type ProofSight } from "./claim-proof.ts";

type Said = "token" | "other" | "nothing" | "silent" | "truncated";

const answer = (said: Said, index: number): ServerAnswer => {
  const at = { address: `192.0.2.${index + 1}`, transport: "udp" } as const;
  if (said === "silent") return { ...at, said: { kind: "unknown", reason: "servfail" } };
  if (said === "truncated") return { ...at, said: { kind: "truncated" } };
  const texts = said === "nothing" ? [] : [said === "token" ? '"token"' : "v=spf1 -all"];
  const records = texts.map((data) => ({ type: "TXT" as const, ttlSeconds: 60, data }));
  return { ...at, said: { kind: "answer", authoritative: true, records } };
};

test.each<[string, Said[], Said[], ProofSight["sight"]]>([
  ["every address has it", ["token", "token"], [], "everywhere"],
  ["what was cut short is asked again over TCP", ["truncated", "token"], [], "everywhere"],
  ["most have it and one is silent", ["token", "token", "silent"], [], "present"],
  ["half have it, the rest is silent", ["token", "silent"], [], "unknown"],
  ["F-31 one has it and one denies it", ["token", "token", "nothing"], [], "unknown"],
  ["none has it", ["nothing", "other"], [], "absent"],
  ["most deny it and one is silent", ["nothing", "nothing", "silent"], [], "absent"],
  ["I-12 one denies it and one is silent", ["nothing", "silent"], [], "unknown"],
  ["I-12 all are silent", ["silent", "silent"], [], "unknown"],
  ["nobody can be asked", [], [], "unknown"],
  ["R-36 a place elsewhere agrees, another is silent", ["token"], ["token", "silent"], "everywhere"],
  ["R-36 a place elsewhere lies", ["token"], ["token", "other"], "unknown"],
  ["R-36 no place elsewhere can tell", ["token"], ["silent"], "unknown"],
  ["R-36 gone here and there elsewhere", ["nothing"], ["token"], "unknown"],
  ["R-36 gone here and elsewhere", ["nothing"], ["nothing", "silent"], "absent"],
])("%s", (_, here, elsewhere, sight) => {
  const observed = { name: "n", type: "TXT", zone: "z", negativeTtlSeconds: 60, answers: here.map(answer) } as const;
  expect(proofSight(observed, "token", elsewhere.map(answer)).sight).toBe(sight);
});
