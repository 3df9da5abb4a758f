import type { Severity } from "../../finding.ts";

/** What a code means wherever it appears. Several severities: by how bad the case is, the finding says which. */
export type CodeRow = {
  severity: Severity | readonly Severity[];
  /** When it fires. */
  meaning: string;
  /** What the owner sees of it in mail. */
  symptoms: string;
};
