import {
  readPublishedPolicy,
  readReportMetadata,
  readReportRow,
  type PublishedPolicy,
  type ReportElement,
  type ReportMetadata,
  type ReportRemark,
  type ReportRow,
} from "chancery/dmarc";
import { TextReader } from "./decode.ts";
import { ElementBuilder } from "./element-builder.ts";
import type { Pieces } from "./inflate.ts";
import { reportLimits, type ReportLimits } from "./limits.ts";
import { kindOf } from "./member.ts";
import { quarantine, type Quarantine } from "./quarantine.ts";

/**
 * How the reading of a report ended. `read`: its rows count, and `remarks` say how often what was not as it should be.
 * `quarantined`: it is no report or beyond a limit, and rows that came before that was seen must not count.
 */
export type ReportOutcome =
  | {
      state: "read";
      metadata: ReportMetadata;
      policy: PublishedPolicy;
      rows: number;
      remarks: ReadonlyMap<ReportRemark, number>;
    }
  | { state: "quarantined"; quarantine: Quarantine };

/**
 * Reads a report row by row, in the memory of one row and one piece (RFC 9990 §3.1). The rest of it comes at the end, because
 * its parts may stand in any order. Whatever the octets are, it does not throw.
 */
export async function* readReport(
  pieces: Pieces,
  limits: ReportLimits = reportLimits,
): AsyncGenerator<ReportRow, ReportOutcome> {
  const reading = new Reading(limits);
  let problem: Quarantine | undefined;
  let isFirst = true;
  while (problem === undefined) {
    const { done, value } = await pieces.next();
    if (done === true) {
      problem = value ?? reading.end();
      yield* reading.takeRows();
      break;
    }
    if (isFirst && (kindOf(value) === "gzip" || kindOf(value) === "zip"))
      problem = quarantine("nested-archive", "an archive within an archive");
    isFirst = false;
    problem ??= reading.write(value);
    yield* reading.takeRows();
  }
  await pieces.return(undefined);
  return problem === undefined ? reading.outcome() : { state: "quarantined", quarantine: problem };
}

class Reading {
  readonly #limits: ReportLimits;
  readonly #text: TextReader;
  readonly #elements: ElementBuilder;
  readonly #remarks = new Map<ReportRemark, number>();
  readonly #remark = (remark: ReportRemark): void => {
    this.#remarks.set(remark, (this.#remarks.get(remark) ?? 0) + 1);
  };
  readonly #heads = new Map<string, ReportElement>();
  #ready: ReportRow[] = [];
  #rows = 0;

  constructor(limits: ReportLimits) {
    this.#limits = limits;
    this.#text = new TextReader(this.#remark);
    this.#elements = new ElementBuilder(limits, (element) => this.#found(element), this.#remark);
  }

  write(piece: Uint8Array): Quarantine | undefined {
    return this.#elements.write(this.#text.read(piece)) ?? this.#overRows();
  }

  end(): Quarantine | undefined {
    return this.#elements.write(this.#text.end()) ?? this.#elements.end() ?? this.#overRows();
  }

  takeRows(): ReportRow[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  outcome(): ReportOutcome {
    const metadata = readReportMetadata(this.#heads.get("report_metadata"), this.#remark);
    const policy = readPublishedPolicy(this.#heads.get("policy_published"), this.#remark);
    if (this.#rows === 0) this.#remark("missing-element");
    return { state: "read", metadata, policy, rows: this.#rows, remarks: this.#remarks };
  }

  #found(element: ReportElement): void {
    if (element.name !== "record") {
      // One policy domain and one configuration in each report (RFC 9990 §3.1).
      if (this.#heads.has(element.name)) this.#remark("repeated-element");
      else this.#heads.set(element.name, element);
      return;
    }
    const row = readReportRow(element, this.#remark);
    if (row === undefined || this.#rows > this.#limits.rowsMax) return;
    this.#rows++;
    this.#ready.push(row);
  }

  #overRows(): Quarantine | undefined {
    return this.#rows > this.#limits.rowsMax
      ? quarantine("too-many-rows", `over ${this.#limits.rowsMax} rows`)
      : undefined;
  }
}
