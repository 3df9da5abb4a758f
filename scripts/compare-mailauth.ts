// Prints what chancery/dkim and mailauth say differently: of our vectors, and of the corpora in CHANCERY_CORPORA when it is set.
// Run it as: scripts/with-node node scripts/compare-mailauth.ts. docs/compare-mailauth.md explains each line.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ResolveTxt } from "chancery/dkim";
import { answersOn, differences, disagreement, type Answers } from "./mailauth-answers.ts";
import { dmarcDifferences } from "./mailauth-dmarc.ts";

const row = (...cells: readonly (string | number)[]): void => console.log(`| ${cells.join(" | ")} |`);

console.log("The vectors\n");
row("vector", "chancery", "mailauth strict", "mailauth", "who disagrees on pass");
row("---", "---", "---", "---", "---");
for (const one of await differences()) {
  row(one.vector, one.ours, one.strict, one.lenient, disagreement(one));
}

console.log("\nThe vectors of DMARC\n");
row("vector", "chancery", "mailauth strict", "mailauth");
row("---", "---", "---", "---");
for (const { vector, ours, strict, lenient } of await dmarcDifferences()) row(vector, ours, strict, lenient);

type Case = {
  id: string;
  file: string;
  dns: Record<string, { TXT: string[] } | { error: "SERVFAIL" | "TIMEOUT" }>;
  now: number | null;
  expect: { kind: string; result: string; accept: string[] }[];
};

const resolverOf =
  (dns: Case["dns"]): ResolveTxt =>
  (name) => {
    const entry = dns[name];
    if (entry !== undefined && "TXT" in entry) return Promise.resolve(entry.TXT.map((text) => [text]));
    const code = entry === undefined ? "ENOTFOUND" : `E${entry.error}`;
    return Promise.reject(Object.assign(new Error("no answer"), { code }));
  };

/** How many signatures of a suite get a word that it takes, by who answers; and those whose passing is in dispute. */
async function compareSuite(folder: string, suite: string): Promise<string[]> {
  const cases = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8")) as Case[];
  const right = { ours: 0, strict: 0, lenient: 0 };
  const disputed: string[] = [];
  let signatures = 0;
  for (const { id, file, dns, now, expect } of cases) {
    const answers = await answersOn(readFileSync(path.join(folder, file)), resolverOf(dns), now ?? undefined);
    const wanted = expect.filter(({ kind }) => kind === "dkim");
    for (const [at, { accept, result }] of wanted.entries()) {
      const given: Answers = answers[at] ?? { ours: "none", strict: "none", lenient: "none" };
      signatures++;
      for (const who of ["ours", "strict", "lenient"] as const)
        right[who] += accept.includes(given[who].split(" ")[0]!) ? 1 : 0;
      if (disagreement(given) !== "word alone")
        disputed.push(`${suite} ${id}: ${JSON.stringify(given)}, and the suite says ${result}`);
    }
  }
  row(suite, signatures, right.ours, right.strict, right.lenient);
  return disputed;
}

const corpora = process.env["CHANCERY_CORPORA"];
if (corpora === undefined) console.log("\nCHANCERY_CORPORA is not set: no cases of other projects.");
else {
  console.log("\nThe corpora: signatures that get a word which the suite takes\n");
  row("suite", "signatures", "chancery", "mailauth strict", "mailauth");
  row("---", "--:", "--:", "--:", "--:");
  const disputed: string[] = [];
  for (const suite of readdirSync(path.join(corpora, "verify"))) {
    const folder = path.join(corpora, "verify", suite);
    if (existsSync(path.join(folder, "manifest.json"))) disputed.push(...(await compareSuite(folder, suite)));
  }
  console.log(`\nOnly some pass:\n${disputed.map((line) => `- ${line}\n`).join("")}`);
}
