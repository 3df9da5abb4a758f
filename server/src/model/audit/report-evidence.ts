/** What aggregate reports at hand show. */
export type ReportEvidence = { reports: number };
