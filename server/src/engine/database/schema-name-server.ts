/* Tables of name servers, ours and those of others; the words at the top of `schema.ts` hold here too. */

/** What each name server last said of itself, as JSON. */
export type NameServerReportTable = { node: string; at: number; report: string };

/** How far a zone is pushed to a name server that somebody else runs. */
export type ZonePushTable = {
  target: string;
  zoneId: string;
  /** What stands there; null before the first push. */
  serial: number | null;
  pushedAt: number | null;
  /** Why the last push brought not all of it there; null when it did. */
  problem: string | null;
  failures: number;
  dueAt: number;
  leaseOwner: string | null;
  leaseUntil: number | null;
};

/** What we put there, so that nothing else is ever changed. `data` is JSON: RDATA in wire form, base64. */
export type PushedRrsetTable = {
  target: string;
  zoneId: string;
  name: string;
  type: number;
  ttl: number;
  data: string;
};
