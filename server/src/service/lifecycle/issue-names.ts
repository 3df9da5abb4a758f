import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { findDomain, putDomainOptions } from "../../engine/database/domains.ts";
import { issueName } from "../../engine/database/issued-names.ts";
import { changeStream } from "../../engine/database/streams.ts";
import type { Transaction } from "../../engine/database/schema.ts";
import type { KeyRole } from "../../model/key/key-role.ts";
import { streamLabel } from "../../model/delegation/delegation.ts";
import { nextNames, usualBatch } from "../../model/delegation/name-series.ts";
import type { LoadedDomain, LoadedStream } from "./load-domain.ts";
import type { ZoneContext } from "./zone-rows.ts";

/** Gives a stream of the claim the next names of its series for one role, with targets of ours that nobody had before or gets again (I-16). */
export async function issueNextNames(
  trx: Transaction,
  { row, method, keyRows }: LoadedDomain,
  { name: stream, claim }: LoadedStream,
  { role, unused }: { role: KeyRole; unused: number },
  { dns, policy, now }: ZoneContext,
): Promise<void> {
  const { rotateAfterSeconds } = policy;
  const fresh = (await findDomain(trx, row.tenantId, row.id)) ?? row;
  const series = (stream === "" ? fresh.options.series : claim.options.series) ?? {
    batch: usualBatch(rotateAfterSeconds),
    names: [],
  };
  const taken = keyRows.map(({ selector }) => selector);
  const { selectorTemplate } = fresh.options;
  const naming = { label: streamLabel(claim), selectorTemplate, stream: claim.stream };
  const added = nextNames(series, role, { ...naming, unused, now, rotateAfterSeconds, taken });
  const longer = { ...series, names: [...series.names, ...added] };
  const options = { ...fresh.options, series: longer };
  if (stream === "") await putDomainOptions(trx, row.id, options);
  else await changeStream(trx, { domainId: row.id, name: stream }, { series: longer });
  const given = method.issuedNames({ ...claim, options }, [role], dns);
  for (const issued of given.slice(series.names.length))
    if (!(await issueName(trx, { ...issued, domainId: row.id, issuedAt: now })))
      throw new Error(`the name ${issued.name} was given to a claim before`);
  await appendAuditLog(trx, {
    tenantId: row.tenantId,
    at: now,
    actor: "controller",
    action: "domain.names",
    subject: row.name,
    detail: { selectors: added.map(({ selector }) => selector) },
  });
}
