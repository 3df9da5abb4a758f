import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { appendKeyFact } from "../../engine/database/key-facts.ts";
import { interruptDomain } from "../../engine/database/lease.ts";
import type { Transaction } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import type { KeyFinding, TrustedMs } from "../../model/key/key-fact.ts";
import type { DomainState, ManagedKey } from "../../model/rotation/rotation-state.ts";
import type { Seconds } from "../../model/seconds.ts";
import type { TimingPolicy } from "../../model/rotation/timing-policy.ts";
import { Refusal } from "../refusal.ts";
import type { Onlooker } from "./key-list.ts";
import { type LoadedDomain, loadDomain, stateOfLoaded, streamByName } from "./load-domain.ts";

/** `stream` absent: the default stream is meant. */
export type Intervener = { tenantId: string; domainId: string; actor: string; stream?: string };

/** A domain in the hands of a person: as it is at this moment, and nobody else writes until the end of the transaction. */
export type Intervention = {
  trx: Transaction;
  domain: LoadedDomain;
  /** Of the stream that is meant. */
  state: DomainState;
  /** Of another stream. */
  stateOf: (stream: string) => DomainState;
  policy: TimingPolicy;
  now: Seconds;
  trustedMs: TrustedMs;
  record: (key: ManagedKey, finding: KeyFinding) => Promise<void>;
  log: (action: string, detail: Record<string, unknown>) => Promise<void>;
};

/**
 * Lets a person decide over a domain in one transaction. Whatever a controller decided before is void; it looks again at once. Refuses a domain
 * or a stream that is not there.
 */
export async function intervene<T>(
  deps: Onlooker,
  { tenantId, domainId, actor, stream = "" }: Intervener,
  act: (intervention: Intervention) => Promise<T>,
): Promise<T> {
  const { policy, dns } = await deps.settings();
  if (dns === undefined) throw new Refusal("not-configured", "dns.zone is not set: it says where our targets live");
  const trustedMs = await deps.trustedTime.readMs();
  const wallMs = deps.nowMs();
  const now = Math.floor(wallMs / 1000);
  return transact(deps.db, async (trx) => {
    await interruptDomain(trx, domainId, now);
    const domain = await loadDomain(trx, tenantId, domainId, dns);
    if (domain === undefined) throw new Refusal("not-found", "there is no such domain");
    const { row } = domain;
    const stateOf = (name: string): DomainState => ({
      ...stateOfLoaded(domain, streamByName(domain.row, domain.streams, name)),
      rounds: new Map(),
      trustedMs,
      wallMs,
    });
    return act({
      trx,
      domain,
      state: stateOf(stream),
      stateOf,
      policy,
      now,
      trustedMs,
      record: async (key, { kind, evidence }) => {
        await appendKeyFact(trx, { keyId: key.id, kind, evidence, at: now, trustedMs });
      },
      log: (action, detail) => appendAuditLog(trx, { tenantId, at: now, actor, action, subject: row.name, detail }),
    });
  });
}
