// What mailauth and chancery/dkim say of the same signatures: for docs/compare-mailauth.md, and for the test that keeps it true.
import { createRequire } from "node:module";
import { verify, type ResolveTxt } from "chancery/dkim";
import { octets, resolver } from "../protocol/vectors/dkim/example.ts";
import { readVector, vectorFiles } from "../protocol/vectors/dkim/vector.ts";

type TheirResult = { signature?: string; status: { result: string; comment?: string } };
const require = createRequire(import.meta.url);
const { dkimVerify } = require("mailauth/lib/dkim/verify") as {
  dkimVerify: (message: Uint8Array, options: object) => Promise<{ results: TheirResult[] }>;
};

/** The words of RFC 8601 that one signature gets, ours with the reason; `none` where mailauth does not list it. */
export type Answers = { ours: string; strict: string; lenient: string };

/** Everyone's answers on one message: one entry for each signature, from the top. Times are epoch seconds. */
export async function answersOn(
  message: Uint8Array,
  resolveTxt: ResolveTxt,
  now: number | undefined,
): Promise<Answers[]> {
  const theirs = async (strict: boolean): Promise<TheirResult[]> => {
    const time = now === undefined ? {} : { curTime: new Date(now * 1000) };
    // It asks for names as they are written; the DNS compares them without case.
    const resolver = (name: string): Promise<string[][]> => resolveTxt(name.toLowerCase());
    return (await dkimVerify(message, { resolver, strict, ...time })).results;
  };
  const ours = await verify(message, { resolveTxt, ...(now !== undefined && { now }) });
  const [strict, lenient] = [await theirs(true), await theirs(false)];
  return ours.map(({ result, reason, signatureStart }, at) => {
    // The lenient mode leaves signatures out, so places do not always tell which is which.
    const word = (results: readonly TheirResult[]): string => {
      const begins = (one: TheirResult): boolean =>
        one.signature?.replaceAll(/\s/g, "").startsWith(signatureStart) === true;
      const found = results.length === ours.length ? results[at] : results.find(begins);
      return found === undefined || found.status.result === "none" ? "none" : found.status.result;
    };
    return {
      ours: reason === undefined ? result : `${result} ${reason}`,
      strict: word(strict),
      lenient: word(lenient),
    };
  });
}

export type Difference = Answers & { vector: string };

/** Every signature of the vectors that does not get the same word from all three. */
export async function differences(): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const file of vectorFiles) {
    const { message, options, records } = readVector(file);
    const { now, ...others } = options;
    if (Object.keys(others).length > 0) continue; // mailauth has no such option
    for (const answers of await answersOn(octets(message), resolver(records), now)) {
      const words = new Set([answers.ours.split(" ")[0], answers.strict, answers.lenient]);
      if (words.size > 1) found.push({ ...answers, vector: file.replace(/\.txt$/, "") });
    }
  }
  return found;
}

/** Who does not agree with us that the signature passes, or that it does not: mailauth strict, only its default; or nobody. */
export function disagreement({ ours, strict, lenient }: Answers): "strict" | "default" | "word alone" {
  const passes = (word: string): boolean => word === "pass";
  if (passes(ours) !== passes(strict)) return "strict";
  return passes(ours) === passes(lenient) ? "word alone" : "default";
}
