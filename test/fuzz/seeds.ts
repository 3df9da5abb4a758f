import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ResolveTxt } from "chancery/dkim";
import { crlf, header, keyRecords, now, rsaRecord } from "../../protocol/vectors/dkim/example.ts";

/** Messages to mutate, and the key records that their signatures ask for. */
export type Corpus = { messages: string[]; texts: Map<string, string[]>; results: string[] };

const vectors = new URL("../../protocol/vectors/", import.meta.url);
const filesOf = (folder: URL, ending: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file) => readFileSync(new URL(file, folder), "latin1"));

/** Our own vectors, and the conformance cases of others when `CHANCERY_CORPORA` names their folder. */
export function readCorpus(corpora: string | undefined): Corpus {
  const corpus: Corpus = {
    messages: [`${header}\r\nno signature\r\n`, crlf("From: a@example.com", "", "")],
    texts: new Map(Object.entries(keyRecords).map(([name, text]) => [name, [text]])),
    results: filesOf(new URL("authres/", vectors), ".txt").flatMap((text) => text.split("\n\n")),
  };
  for (const text of filesOf(new URL("dkim/", vectors), ".txt")) {
    const end = text.indexOf("\n\n");
    for (const line of text.slice(0, end).split("\n")) {
      const [, name, record] = /^(\S+) TXT (.*)$/.exec(line) ?? [];
      if (name !== undefined && record !== undefined && !corpus.texts.has(name)) corpus.texts.set(name, [record]);
    }
    corpus.messages.push(text.slice(end + 2).replaceAll("\n", "\r\n"));
  }
  if (corpora !== undefined) addCorpora(corpus, corpora);
  return corpus;
}

type VerifyCase = { file: string; dns: Record<string, { TXT?: string[] }> };

function addCorpora(corpus: Corpus, corpora: string): void {
  const folder = path.join(corpora, "verify");
  for (const suite of readdirSync(folder).sort()) {
    const manifest = path.join(folder, suite, "manifest.json");
    if (!existsSync(manifest)) continue;
    for (const { file, dns } of JSON.parse(readFileSync(manifest, "utf8")) as VerifyCase[]) {
      const message = readFileSync(path.join(folder, suite, file), "latin1");
      if (message.length < 20_000) corpus.messages.push(message);
      for (const [name, { TXT }] of Object.entries(dns))
        if (TXT !== undefined && !corpus.texts.has(name)) corpus.texts.set(name, TXT);
    }
  }
  const cases = JSON.parse(readFileSync(path.join(corpora, "authres", "cases.json"), "utf8")) as { header: string }[];
  corpus.results.push(...cases.map((one) => Buffer.from(one.header).toString("latin1")));
}

export const keyTexts = ({ texts }: Corpus): string[] => [...new Set([rsaRecord, ...[...texts.values()].flat()])];

/** A resolver over the corpus; every seventh name fails, so that errors are met too. */
export const resolverOf =
  ({ texts }: Corpus): ResolveTxt =>
  // eslint-disable-next-line require-await -- a resolver answers with a promise
  async (name) => {
    const found = texts.get(name);
    if (found !== undefined) return found.map((text) => [text.slice(0, 255), text.slice(255)]);
    throw Object.assign(new Error("no answer"), { code: name.length % 7 === 0 ? "ESERVFAIL" : "ENOTFOUND" });
  };

export { now };
