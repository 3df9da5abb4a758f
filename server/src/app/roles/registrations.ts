import { setTimeout as pause } from "node:timers/promises";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { askDueRegistrations, type RegistrationDeps } from "../../service/registration/ask-due.ts";
import type { Log } from "../log.ts";

const idleMs = 60_000;

/** Asks registries for the domains of ours that are due, until told to stop: beside the reconcile loop, and never in its way. */
export async function runRegistrations(deps: RegistrationDeps, log: Log, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const { name, answer } of await askDueRegistrations(deps))
        if ("problem" in answer) log.warn({ name, problem: answer.problem }, "the registry did not say until when");
        else log.debug({ name, expiresAt: answer.expiresAt }, "the registry said until when");
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error; // the reconcile loop tells that it is away
    }
    await pause(idleMs, undefined, { signal }).catch(() => {});
  }
}
