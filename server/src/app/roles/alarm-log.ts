import type { Finding } from "../../model/finding.ts";
import type { RoleContext } from "../role-context.ts";

/** Tells the log of every alarm twice: when it begins, and when it is over. A controller that starts tells what it finds. */
export class AlarmLog {
  readonly #log: RoleContext["log"];
  /** The alarms that are on, by domain; those of a domain by what they are about. */
  readonly #on = new Map<string, ReadonlySet<string>>();

  constructor(log: RoleContext["log"]) {
    this.#log = log;
  }

  tell(domain: { id: string; name: string }, alarms: readonly Finding[]): void {
    const before = this.#on.get(domain.id) ?? new Set();
    const now = new Map(alarms.map((alarm) => [`${alarm.code} ${alarm.subject}`, alarm]));
    for (const [identity, { code, subject, evidence, remedy, summary }] of now)
      if (!before.has(identity)) this.#log.error({ domain: domain.name, code, subject, evidence, remedy }, summary);
    for (const identity of before)
      if (!now.has(identity)) this.#log.info({ domain: domain.name, alarm: identity }, "an alarm is over");
    if (now.size === 0) this.#on.delete(domain.id);
    else this.#on.set(domain.id, new Set(now.keys()));
  }
}
