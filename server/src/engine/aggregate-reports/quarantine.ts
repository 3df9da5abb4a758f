/** Why nothing of a file is taken as a report. The file itself can be kept and looked at; none of its octets are in here. */
export type Quarantine = { code: QuarantineCode; detail: string };

export type QuarantineCode =
  | "too-large"
  /** A little that becomes very much: nobody compresses a report like that by accident. */
  | "compression-bomb"
  | "too-many-members"
  /** An archive within an archive. */
  | "nested-archive"
  | "broken-archive"
  | "encrypted-archive"
  | "no-report-inside"
  /** DOCTYPE: no report has one, and entities are what it is for. */
  | "document-type"
  | "too-deep"
  | "too-many-rows"
  | "not-a-report";

export const quarantine = (code: QuarantineCode, detail: string): Quarantine => ({ code, detail });
