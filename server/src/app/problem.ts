import type { Problem } from "@chancery/api";
import type { Refusal, RefusalCode } from "../service/refusal.ts";
import { type ExitStatus, exitStatus } from "./cli/exit.ts";

/** What each refusal becomes outside: an HTTP status and title, and the exit status of a command. */
const rows: Record<RefusalCode, { status: number; title: string; exit: ExitStatus }> = {
  "not-found": { status: 404, title: "There is no such thing", exit: exitStatus.refused },
  "already-exists": { status: 409, title: "It is there already", exit: exitStatus.refused },
  "invalid-input": { status: 422, title: "The request cannot be understood", exit: exitStatus.refused },
  unauthorized: { status: 401, title: "A valid token is needed", exit: exitStatus.refused },
  forbidden: { status: 403, title: "This token may not do that", exit: exitStatus.refused },
  "claimed-elsewhere": { status: 409, title: "The domain is already verified elsewhere", exit: exitStatus.refused },
  "domain-closed": { status: 409, title: "Its holder has closed the domain above", exit: exitStatus.refused },
  "not-configured": { status: 409, title: "A setting is missing", exit: exitStatus.refused },
  "setting-pinned": { status: 409, title: "The configuration file or environment sets this", exit: exitStatus.refused },
  "zone-unservable": { status: 422, title: "The zone cannot be served", exit: exitStatus.refused },
  "records-refused": { status: 422, title: "The records cannot stand so", exit: exitStatus.refused },
  "changed-meanwhile": { status: 412, title: "Somebody else changed it", exit: exitStatus.refused },
  "rotation-queued": { status: 409, title: "A rotation is already queued", exit: exitStatus.refused },
  "move-under-way": { status: 409, title: "The domain is on the move already", exit: exitStatus.refused },
  "confirmation-needed": { status: 409, title: "Say that it is meant", exit: exitStatus.refused },
  "not-ready": { status: 409, title: "Not ready yet", exit: exitStatus.refused },
  "budget-spent": { status: 429, title: "That is all for today", exit: exitStatus.undetermined },
  "temporarily-unavailable": { status: 503, title: "Cannot be determined now", exit: exitStatus.undetermined },
};

export const problemOfRefusal = (refusal: Refusal): Problem => ({
  type: `urn:chancery:problem:${refusal.code}`,
  title: rows[refusal.code].title,
  status: rows[refusal.code].status,
  code: refusal.code,
  detail: refusal.message,
  ...(refusal.retryAfterSeconds !== undefined && { retryAfterSeconds: refusal.retryAfterSeconds }),
});

/** The exit status for a problem that came over the API. */
export const exitStatusOf = (problem: Problem): ExitStatus =>
  problem.code in rows
    ? rows[problem.code as RefusalCode].exit
    : problem.status >= 500
      ? exitStatus.undetermined
      : exitStatus.refused;
