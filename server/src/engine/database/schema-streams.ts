/** A stream of a domain. It has no row for the default stream, whose name is empty. */
export type StreamTable = {
  tenantId: string;
  domainId: string;
  name: string;
  /** The names of its series, where the method has one (JSON); null: it has none. */
  series: string | null;
  /** The parts of its rotation policy that were decided for it alone (JSON); null: none. */
  policy: string | null;
  createdAt: number;
  /** Set for good: its keys drain and go, and its name is not given again. */
  removedAt: number | null;
};
