import { parseDomain } from "../mail/domain.ts";
import type { DomainSpec } from "./domain-spec.ts";
import { isSpfRecord, parseSpfRecord, type SpfRecord } from "./record.ts";

/** What the DNS says to one question. An unknown answer is not an absent one. */
export type SpfAnswer =
  | { state: "present"; values: string[] }
  | { state: "absent"; cause: "no-such-name" | "no-record" }
  | { state: "unknown" };

/** Asks the DNS. TXT: each record's strings joined; MX: the exchanges; A and AAAA: addresses. Never rejects. */
export type SpfAsk = (name: string, type: "TXT" | "A" | "AAAA" | "MX") => Promise<SpfAnswer>;

/** The SPF record of a domain and, below it, of all that it includes or redirects to. */
export type SpfTree = { domain: string } & (
  | { state: "present"; text: string; record: SpfRecord; terms: SpfTerm[] }
  /** Several records, or one that cannot be parsed: a permerror (RFC 7208 §4.5, §4.6). */
  | { state: "several"; texts: string[] }
  | { state: "malformed"; text: string; problem: string }
  | { state: "absent"; cause: "no-such-name" | "no-record" }
  | { state: "unknown" }
  /** It is already on the way here, so that evaluation would never end. */
  | { state: "loop" }
  /** The tree is larger than is looked at: far beyond what a receiver evaluates. */
  | { state: "not-followed" }
);

/** A term that asks the DNS (§4.6.4). `name` is undefined where macros make it another for each message. */
export type SpfTerm = {
  text: string;
  kind: "include" | "redirect" | "a" | "mx" | "ptr" | "exists";
  name: string | undefined;
  /** Of include and redirect. */
  tree?: SpfTree;
  /** Of `a` and `mx`: whether what they ask for is there. */
  found?: "something" | "nothing" | "unknown";
  /** Of `mx`: how many names it leads to. */
  exchanges?: number;
};

/** Four times what a receiver evaluates: enough to say how far beyond it a tree is. */
const recordsMax = 40;

/** Reads the tree. Terms behind `all` are never evaluated, and `redirect=` beside it is ignored (§5.1, §6.1): both are left out. */
export async function readSpfTree(domain: string, ask: SpfAsk): Promise<SpfTree> {
  const reader = new TreeReader(ask);
  return reader.read(domain, []);
}

class TreeReader {
  readonly #ask: SpfAsk;
  readonly #answers = new Map<string, Promise<SpfAnswer>>();
  #records = 0;

  constructor(ask: SpfAsk) {
    this.#ask = ask;
  }

  async read(domain: string, above: readonly string[]): Promise<SpfTree> {
    if (above.includes(domain)) return { domain, state: "loop" };
    if (++this.#records > recordsMax) return { domain, state: "not-followed" };
    const answer = await this.#answer(domain, "TXT");
    if (answer.state === "unknown") return { domain, state: "unknown" };
    if (answer.state === "absent") return { domain, state: "absent", cause: answer.cause };
    const texts = answer.values.filter(isSpfRecord);
    const [text] = texts;
    if (text === undefined) return { domain, state: "absent", cause: "no-record" };
    if (texts.length > 1) return { domain, state: "several", texts };
    const record = parseSpfRecord(text);
    if (!record.ok) return { domain, state: "malformed", text, problem: record.problem };
    const terms: SpfTerm[] = [];
    // One after the other: which part of too large a tree is looked at does not depend on who answers first.
    for (const term of askingTerms(record.value)) terms.push(await this.#readTerm(term, domain, [...above, domain]));
    return { domain, state: "present", text, record: record.value, terms };
  }

  async #readTerm({ text, kind, spec }: AskingTerm, domain: string, above: readonly string[]): Promise<SpfTerm> {
    const name = spec === undefined ? domain : nameOf(spec);
    const term = { text, kind, name };
    if (name === undefined) return term;
    switch (kind) {
      case "include":
      case "redirect":
        return { ...term, tree: await this.read(name, above) };
      case "a":
        return { ...term, found: await this.#addressAt(name) };
      case "mx": {
        const answer = await this.#answer(name, "MX");
        if (answer.state === "present") return { ...term, found: "something", exchanges: answer.values.length };
        return { ...term, found: answer.state === "absent" ? "nothing" : "unknown" };
      }
      case "ptr":
      case "exists":
        return term;
    }
  }

  /** Receivers ask for the one type that fits the client's address; nothing is there only where both are missing. */
  async #addressAt(name: string): Promise<"something" | "nothing" | "unknown"> {
    const answers = [await this.#answer(name, "A"), await this.#answer(name, "AAAA")];
    if (answers.some(({ state }) => state === "present")) return "something";
    return answers.some(({ state }) => state === "unknown") ? "unknown" : "nothing";
  }

  #answer(name: string, type: "TXT" | "A" | "AAAA" | "MX"): Promise<SpfAnswer> {
    const key = `${type} ${name}`;
    const answer = this.#answers.get(key) ?? this.#ask(name, type);
    this.#answers.set(key, answer);
    return answer;
  }
}

type AskingTerm = { text: string; kind: SpfTerm["kind"]; spec: DomainSpec | undefined };

/** The terms that ask the DNS, in the order in which they are evaluated. */
function askingTerms({ directives, redirect }: SpfRecord): AskingTerm[] {
  const terms: AskingTerm[] = [];
  for (const { mechanism, text } of directives) {
    if (mechanism.kind === "all") return terms;
    if ("domain" in mechanism) terms.push({ text, kind: mechanism.kind, spec: mechanism.domain });
  }
  if (redirect !== undefined) terms.push({ text: `redirect=${redirect.text}`, kind: "redirect", spec: redirect });
  return terms;
}

/** The name that a domain-spec stands for whatever the message; undefined with macros. */
function nameOf({ text, macros }: DomainSpec): string | undefined {
  if (macros.length > 0) return undefined;
  const name = parseDomain(text.endsWith(".") ? text.slice(0, -1) : text);
  return name.ok ? name.value : undefined;
}
