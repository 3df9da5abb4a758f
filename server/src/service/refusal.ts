/**
 * Every reason for which a service declines a request it understood. One row per code in `app/problem.ts` says what it
 * becomes outside: an HTTP status, an exit status.
 */
export type RefusalCode =
  | "not-found"
  | "already-exists"
  | "invalid-input"
  | "unauthorized"
  | "forbidden"
  | "claimed-elsewhere"
  | "domain-closed"
  | "not-configured"
  | "setting-pinned"
  | "zone-unservable"
  | "records-refused"
  | "changed-meanwhile"
  | "rotation-queued"
  | "move-under-way"
  | "confirmation-needed"
  | "not-ready"
  | "budget-spent"
  | "temporarily-unavailable";

/** A request that was understood and will not be carried out. Anything else that is thrown is a bug or an outage. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: RefusalCode, detail: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(detail, { cause: options.cause });
    this.name = "Refusal";
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
