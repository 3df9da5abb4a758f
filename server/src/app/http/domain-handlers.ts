import type { CustomerRecord, Domain, DomainMove } from "@chancery/api";
import type { DomainRow, KeyAlgorithm } from "../../engine/database/schema.ts";
import type { MethodName, Wishes } from "../../model/delegation.ts";
import { customerDs } from "../../service/dnssec/customer-ds.ts";
import { addDomain } from "../../service/onboarding/add.ts";
import type { AskedOptions } from "../../service/onboarding/claim-options.ts";
import { listKeys } from "../../service/lifecycle/key-list.ts";
import { abortMove, requestMove } from "../../service/lifecycle/request-move.ts";
import { domainByName, domains, removeDomain } from "../../service/onboarding/domains.ts";
import { observeClaim } from "../../service/onboarding/observe.ts";
import { type DomainView, domainView } from "../../service/onboarding/view.ts";
import { observerOf } from "../observer.ts";
import { onlookerOf } from "./onlooker.ts";
import { onboardingSettings } from "../onboarding-settings.ts";
import { configWithSettings } from "../settings.ts";
import { type Caller, type Handlers, type HandlerContext, pageRequest } from "./handler.ts";

type Named =
  | "listDomains"
  | "addDomain"
  | "showDomain"
  | "verifyDomain"
  | "moveDomain"
  | "removeDomain"
  | "listRecords";

/** Domains and what their owners publish. */
export function domainHandlers(context: HandlerContext): Pick<Handlers, Named> {
  const { db, loaded, now } = context;
  const onlooker = onlookerOf(context);
  const settings = async () => onboardingSettings((await configWithSettings(db, loaded)).config);
  const view = async (caller: Caller, row: DomainRow): Promise<Domain> =>
    withDs(await withWaits(shown(await domainView(db, row, await settings(), now()), caller), row), row);
  /** Why a move does not go on: the controller's own view of it. */
  const withWaits = async (domain: Domain, row: DomainRow): Promise<Domain> => {
    if (domain.move === null) return domain;
    const { waits } = await listKeys(onlooker, row.tenantId, row.id);
    const waitsFor = waits.filter((wait) => wait.for === "move").map(({ reason }) => reason);
    return { ...domain, move: { ...domain.move, waitsFor } };
  };
  const withDs = async (domain: Domain, row: DomainRow): Promise<Domain> => {
    const { records, findings } = await customerDs(db, row.tenantId, row, now());
    const { recordTtlSeconds: ttl } = await settings();
    const ds = records.map(({ remedy, ...record }): CustomerRecord => ({
      ...record,
      type: "DS",
      ttl,
      purpose: "DNSSEC (optional)",
      ...(remedy !== undefined && { remedy }),
    }));
    return { ...domain, records: [...domain.records, ...ds], findings: [...domain.findings, ...findings] };
  };
  return {
    listDomains: async (caller, { query }) => {
      const { rows, next } = await domains(db, caller.tenantId, pageRequest(query));
      return { items: await Promise.all(rows.map((row) => view(caller, row))), next: next ?? null };
    },
    addDomain: async (caller, { body }) => {
      const asked = body as { domain: string; method: MethodName; algorithms?: KeyAlgorithm[] } & AskedOptions & Wishes;
      const { batch } = asked;
      const wishes = { ...(batch !== undefined && { batch }) };
      const claim = { ...asked, wishes, tenantId: caller.tenantId, byOperator: caller.admin };
      return view(caller, await addDomain(db, claim, await settings(), caller.tokenId, now()));
    },
    showDomain: async (caller, { params }) => view(caller, await domainByName(db, caller.tenantId, params["domain"]!)),
    verifyDomain: async (caller, { params }) => {
      const { config } = await configWithSettings(db, loaded);
      const row = await domainByName(db, caller.tenantId, params["domain"]!);
      await observeClaim(db, row, onboardingSettings(config), observerOf(config), now);
      return view(caller, await domainByName(db, caller.tenantId, row.name));
    },
    moveDomain: async (caller, { params, body }) => {
      const row = await domainByName(db, caller.tenantId, params["domain"]!);
      const request = { tenantId: caller.tenantId, domainId: row.id, requestedBy: caller.tokenId };
      const asked = body as { method: MethodName } | { abort: true };
      if ("abort" in asked) await abortMove(onlooker, request);
      else await requestMove(onlooker, request, asked.method);
      return view(caller, await domainByName(db, caller.tenantId, row.name));
    },
    removeDomain: async (caller, { params }) =>
      view(caller, await removeDomain(db, caller.tenantId, params["domain"]!, caller.tokenId, now())),
    listRecords: async (caller, { params }) => {
      const { domain, method, status, records } = await view(
        caller,
        await domainByName(db, caller.tenantId, params["domain"]!),
      );
      return { domain, method, status, records };
    },
  };
}

const shown = (
  { row, claim, status, records, findings, move, signingDomain, notes }: DomainView,
  caller: Caller,
): Domain => ({
  domain: row.name,
  tenant: caller.tenantName,
  method: row.method as Domain["method"],
  status,
  claim,
  createdAt: row.createdAt,
  records: records.map(({ found, remedy, need, note, ...record }): CustomerRecord => ({
    ...record,
    ...(found.length > 0 && { found }),
    ...(remedy !== undefined && { remedy }),
    ...(note !== undefined && { need, note }),
  })),
  findings,
  move: move === undefined ? null : ({ ...move, waitsFor: [] } as DomainMove),
  signingDomain,
  notes,
});
