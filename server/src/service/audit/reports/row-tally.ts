import type { ReportRow } from "chancery/dmarc";
import { isAtOrBelow } from "chancery/mail";
import type {
  ReportedAuthor,
  ReportedCounts,
  ReportedSignature,
  ReportedSource,
  ReportEvidence,
} from "../../../model/audit/evidence/reports.ts";
import type { Aligner } from "../alignment.ts";
import { SelectorTally } from "../selector-tally.ts";

/** Kinds of each that are told apart; what comes after so many counts in the totals alone. */
const kindsMax = 5000;
/** Signing domains named for one source. */
const domainsShownMax = 10;

/** `authenticated`: of the messages, those that pass DMARC. */
type Kind = Omit<ReportedSignature, "aligned"> & { authenticated: number };
type Source = ReportedSource & { signingDomains: string[] };
type Span = { begin: number | undefined; end: number | undefined };

/** Adds up the rows of reports in memory that does not grow with them. */
export class RowTally {
  readonly #aligner: Aligner;
  readonly #authors = new Map<string, ReportedAuthor>();
  readonly #signatures = new Map<string, Kind>();
  readonly #sources = new Map<string, Source>();
  readonly #selectors = new SelectorTally();
  #counted = 0;
  #others = 0;

  constructor(aligner: Aligner) {
    this.#aligner = aligner;
  }

  /** All messages, those of other domains included. */
  get messages(): number {
    return this.#counted + this.#others;
  }

  add(row: ReportRow, isAboutTheDomain: boolean): void {
    const { headerFrom, messages } = row;
    if (!isAboutTheDomain || headerFrom === undefined) {
      this.#others += messages;
      return;
    }
    this.#counted += messages;
    const counts = countsOf(row);
    addTo(this.#authors, headerFrom, { domain: headerFrom, ...counts });
    const domains = new Set<string>();
    for (const signature of signaturesOf(row)) {
      domains.add(signature.signingDomain);
      this.#addSignature(signature);
    }
    if (row.sourceIp === undefined) return;
    const source: Source = { ip: row.sourceIp, authorDomain: headerFrom, signingDomains: [], ...counts };
    name(addTo(this.#sources, `${row.sourceIp} ${headerFrom}`, source), domains);
  }

  /** Adds what one report came to, which covers a span of time. */
  addAll(report: RowTally, { begin, end }: Span): void {
    this.#counted += report.#counted;
    this.#others += report.#others;
    for (const [key, author] of report.#authors) addTo(this.#authors, key, { ...author });
    for (const [key, source] of report.#sources)
      name(addTo(this.#sources, key, { ...source, signingDomains: [] }), source.signingDomains);
    for (const signature of report.#signatures.values()) {
      this.#addSignature(signature);
      const { signingDomain, selector, result, messages, authenticated } = signature;
      const passed = result === "pass" ? messages : 0;
      if (selector !== undefined)
        this.#selectors.add(signingDomain, selector, { from: begin, to: end, messages, passed, authenticated });
    }
  }

  async evidence(): Promise<Omit<ReportEvidence, "reports" | "duplicates" | "unread" | "begin" | "end">> {
    const signatures: ReportedSignature[] = [];
    for (const { authenticated: _, ...kind } of mostFrequent(this.#signatures)) {
      const { aligned } = await this.#aligner.compare("dkim", kind.authorDomain, kind.signingDomain);
      signatures.push({ ...kind, aligned });
    }
    return {
      messages: this.#counted,
      otherMessages: this.#others,
      authorDomains: mostFrequent(this.#authors),
      signatures,
      sources: mostFrequent(this.#sources),
      selectors: this.#selectors.seen(),
    };
  }

  #addSignature(kind: Kind): void {
    const { authorDomain, signingDomain, selector, result, messages } = kind;
    const key = `${authorDomain} ${signingDomain} ${selector} ${result}`;
    const before = this.#signatures.get(key);
    if (before !== undefined) {
      before.messages += messages;
      before.authenticated += kind.authenticated;
    } else if (this.#signatures.size < kindsMax) this.#signatures.set(key, { ...kind });
  }
}

function name(source: Source | undefined, signingDomains: Iterable<string>): void {
  const named = source?.signingDomains ?? [];
  for (const domain of signingDomains)
    if (!named.includes(domain) && named.length < domainsShownMax) named.push(domain);
}

function countsOf(row: ReportRow): ReportedCounts {
  const { messages } = row;
  const byDkim = countsFor(row, row.dkim, row.dkimResults);
  const bySpfAlone = !byDkim && countsFor(row, row.spf, row.spfResults);
  return {
    messages,
    byDkim: byDkim ? messages : 0,
    bySpfAlone: bySpfAlone ? messages : 0,
    neither: byDkim || bySpfAlone ? 0 : messages,
  };
}

type Authenticated = { domain: string | undefined; result: string | undefined; scope?: string | undefined };

/** What DMARC counted, by the reporter's own word; where it gives none, by what passed for the domain or its kin. */
function countsFor(
  { headerFrom }: ReportRow,
  told: "pass" | "fail" | undefined,
  results: readonly Authenticated[],
): boolean {
  if (told !== undefined) return told === "pass";
  return results.some(
    ({ domain, result, scope }) =>
      result === "pass" &&
      scope !== "helo" &&
      domain !== undefined &&
      headerFrom !== undefined &&
      (isAtOrBelow(domain, headerFrom) || isAtOrBelow(headerFrom, domain)),
  );
}

/** Each kind of signature once: the same selector may stand twice in a row. */
function signaturesOf(row: ReportRow): Kind[] {
  const { headerFrom, messages, dkimResults } = row;
  const authenticated = messages - countsOf(row).neither;
  const kinds = new Map<string, Kind>();
  for (const { domain, selector, result } of dkimResults)
    if (domain !== undefined && result !== "none")
      kinds.set(`${domain} ${selector} ${result}`, {
        authorDomain: headerFrom!,
        signingDomain: domain,
        selector,
        result,
        messages,
        authenticated,
      });
  return [...kinds.values()];
}

function addTo<Counts extends ReportedCounts>(
  kinds: Map<string, Counts>,
  key: string,
  more: Counts,
): Counts | undefined {
  const before = kinds.get(key);
  if (before === undefined) {
    if (kinds.size >= kindsMax) return undefined;
    kinds.set(key, more);
    return more;
  }
  before.messages += more.messages;
  before.byDkim += more.byDkim;
  before.bySpfAlone += more.bySpfAlone;
  before.neither += more.neither;
  return before;
}

const mostFrequent = <Kind_ extends { messages: number }>(kinds: ReadonlyMap<string, Kind_>): Kind_[] =>
  [...kinds.values()].sort((one, other) => other.messages - one.messages);
