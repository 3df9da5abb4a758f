import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ResolveTxt } from "chancery/dkim";
import { crlf, header, keyRecords, now, rsaRecord } from "../../protocol/vectors/dkim/example.ts";

/** Messages to mutate, some with ARC sets, the texts that their signatures ask for, and Authentication-Results fields. */
export type Corpus = { messages: string[]; chains: string[]; texts: Map<string, string[]>; results: string[] };

const vectors = new URL("../../protocol/vectors/", import.meta.url);
const filesOf = (folder: URL, ending: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file) => readFileSync(new URL(file, folder), "latin1"));

/** Our own vectors, and the conformance cases of others when `CHANCERY_CORPORA` names their folder. */
export function readCorpus(corpora: string | undefined): Corpus {
  const corpus: Corpus = {
    chains: [chain],
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

/** A chain that is whole and does not hold. */
const chain =
  crlf(
    "ARC-Seal: i=1; a=ed25519-sha256; t=1700000000; cv=none; d=example.com; s=e; b=AAAA",
    "ARC-Message-Signature: i=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=e;",
    " h=from:to:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA",
    "ARC-Authentication-Results: i=1; example.com; dkim=pass",
  ) + `${header}\r\n`;

type VerifyCase = { file: string; dns: Record<string, { TXT?: string[] }> };

function addCorpora(corpus: Corpus, corpora: string): void {
  const folder = path.join(corpora, "verify");
  for (const suite of readdirSync(folder).sort()) {
    const manifest = path.join(folder, suite, "manifest.json");
    if (!existsSync(manifest)) continue;
    addCases(corpus, corpus.messages, path.join(folder, suite), manifest);
  }
  addCases(corpus, corpus.chains, path.join(corpora, "arc"), path.join(corpora, "arc", "validation.json"));
  const cases = JSON.parse(readFileSync(path.join(corpora, "authres", "cases.json"), "utf8")) as { header: string }[];
  corpus.results.push(...cases.map((one) => Buffer.from(one.header).toString("latin1")));
}

function addCases({ texts }: Corpus, messages: string[], folder: string, manifest: string): void {
  for (const { file, dns } of JSON.parse(readFileSync(manifest, "utf8")) as VerifyCase[]) {
    const message = readFileSync(path.join(folder, file), "latin1").replaceAll(/\r?\n/g, "\r\n");
    if (message.length < 20_000) messages.push(message);
    for (const [name, { TXT }] of Object.entries(dns)) if (TXT !== undefined && !texts.has(name)) texts.set(name, TXT);
  }
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
