// The same for DMARC: what mailauth and chancery/dmarc make of our vectors.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { evaluate } from "chancery/dmarc";
import { folder, readVector, resolver, type Vector } from "../protocol/vectors/dmarc/example.ts";
import type { Difference } from "./mailauth-answers.ts";

const require = createRequire(import.meta.url);
const { dkimVerify } = require("mailauth/lib/dkim/verify") as {
  dkimVerify: (message: Uint8Array, options: object) => Promise<{ headerFrom: string[]; fromFields: number }>;
};
const { evaluateDmarc } = require("mailauth/lib/dmarc") as {
  evaluateDmarc: (options: object) => Promise<{ response: { status: { result: string } } | false }>;
};

/** Every vector that does not get the same word from all three; `no verdict` where mailauth gives none. */
export async function dmarcDifferences(): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".txt"))) {
    const vector = readVector(file);
    // mailauth is told of one SPF identity, so what an additional HELO identity comes to cannot be asked.
    if (vector.spf?.identity === "helo") continue;
    const { names, author, dkim, spf, options } = vector;
    const { resolveTxt } = resolver(names);
    const { result: ours } = await evaluate({ author, dkim, ...(spf && { spf }), resolveTxt, ...options });
    const [strict, lenient] = [await theirs(file, vector, true), await theirs(file, vector, false)];
    if (ours !== strict || ours !== lenient) found.push({ vector: file.replace(/\.txt$/, ""), ours, strict, lenient });
  }
  return found;
}

/** As `authenticate` of mailauth does it, from results that are given. */
async function theirs(file: string, { names, dkim, spf }: Vector, strict: boolean): Promise<string> {
  const from = readFileSync(new URL(file, folder), "utf8").matchAll(/^header (.*)$/gm);
  const header = [...from].map(([, field]) => `${field}\r\n`).join("");
  const { headerFrom, fromFields } = await dkimVerify(Buffer.from(`${header}\r\n`), { strict });
  const { response } = await evaluateDmarc({
    headerFrom,
    fromFields,
    spfDomains: spf?.result === "pass" ? [spf.domain] : [],
    dkimDomains: dkim.filter(({ result }) => result === "pass").map(({ signingDomain }) => ({ domain: signingDomain })),
    resolver: resolver(names).resolveTxt,
    strict,
  });
  return response === false ? "no verdict" : response.status.result;
}
