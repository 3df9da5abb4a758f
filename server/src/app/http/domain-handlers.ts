import type { CustomerRecord, Domain } from "@chancery/api";
import type { DomainRow, KeyAlgorithm } from "../../engine/database/schema.ts";
import type { MethodName, Wishes } from "../../model/delegation.ts";
import { customerDs } from "../../service/dnssec/customer-ds.ts";
import { policyInForce } from "../../service/lifecycle/governed-domain.ts";
import { methodOf } from "../../model/delegation-methods.ts";
import { ownerOfSelector } from "../../model/provider/attribution.ts";
import type { Provider } from "../../model/provider/provider.ts";
import { dnsOf } from "../../service/onboarding/claim.ts";
import { type AskedUpstream, findUpstreams } from "../../service/onboarding/upstreams.ts";
import { shippedCatalogue } from "../provider-catalogue.ts";
import { trustedTimeOf } from "../../service/lifecycle/trusted-time.ts";
import { addDomain } from "../../service/onboarding/add.ts";
import type { AskedOptions } from "../../service/onboarding/claim-options.ts";
import { closeDomain, domainByName, domains, removeDomain } from "../../service/onboarding/domains.ts";
import { observeClaim } from "../../service/onboarding/observe.ts";
import { nameOtherSelectors } from "../../service/onboarding/other-selectors.ts";
import { type DomainView, domainView } from "../../service/onboarding/view.ts";
import { observerOf } from "../observer.ts";
import { claimLookOf } from "../claim-look.ts";
import { onboardingSettings, timingPolicy } from "../onboarding-settings.ts";
import { lookForOthersSelectors } from "../selector-search.ts";
import { configWithSettings } from "../settings.ts";
import { makeFirstKeys } from "./brought-key-handlers.ts";
import { type Caller, type Handlers, type HandlerContext, pageRequest } from "./handler.ts";

type Named =
  | "listDomains"
  | "addDomain"
  | "showDomain"
  | "verifyDomain"
  | "lockDomain"
  | "unlockDomain"
  | "nameSelectors"
  | "removeDomain"
  | "listRecords";

/** Domains and what their owners publish. */
export function domainHandlers(context: HandlerContext): Pick<Handlers, Named> {
  const { db, loaded, now } = context;
  const trustedTime = trustedTimeOf({
    db,
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    clockErrorSeconds: timingPolicy(loaded.config).clockErrorSeconds,
  });
  const settings = async () => onboardingSettings((await configWithSettings(db, loaded)).config);
  const view = async (caller: Caller, row: DomainRow): Promise<Domain> =>
    withDs(shown(await domainView(db, row, await settings(), now()), caller), row);
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
  /** What the tenant's policy says of new domains: what the customer publishes names for is agreed when they are added. */
  const byPolicy = async ({ tenantId }: Caller) => {
    const timing = timingPolicy((await configWithSettings(db, loaded)).config);
    const { ringSize, dualSigning } = (await policyInForce(db, tenantId, "", timing)).policy;
    const both: KeyAlgorithm[] = ["rsa-sha256", "ed25519-sha256"];
    return { policyRingSize: ringSize, ...(dualSigning === "always" && { algorithms: both }) };
  };
  const searchUpstreams = async (domain: string, asked: readonly AskedUpstream[]) => {
    const { config } = await configWithSettings(db, loaded);
    const ownerOf = (selector: string): Provider | undefined =>
      ownerOfSelector(shippedCatalogue(), selector, "txt")?.provider;
    return findUpstreams(asked, { domain, dns: dnsOf(await settings()), observe: observerOf(config), ownerOf });
  };
  return {
    listDomains: async (caller, { query }) => {
      const { rows, next } = await domains(db, caller.tenantId, pageRequest(query));
      return { items: await Promise.all(rows.map((row) => view(caller, row))), next: next ?? null };
    },
    addDomain: async (caller, { body }) => {
      const asked = body as { domain: string; method: MethodName; algorithms?: KeyAlgorithm[] } & AskedOptions & {
          batch?: number;
          upstreams?: AskedUpstream[];
        };
      const { batch, upstreams } = asked;
      const wishes: Wishes = {
        ...(batch !== undefined && { batch }),
        ...((upstreams !== undefined || methodOf(asked.method).upstreamAliases !== undefined) && {
          upstreams: await searchUpstreams(asked.domain, upstreams ?? []),
        }),
      };
      const claim = {
        ...(await byPolicy(caller)),
        ...asked,
        wishes,
        tenantId: caller.tenantId,
        byOperator: caller.admin,
      };
      const row = await addDomain(db, claim, await settings(), caller.tokenId, now());
      await lookForOthersSelectors(db, row, (await configWithSettings(db, loaded)).config, now());
      if (methodOf(asked.method).keysAhead === true) await makeFirstKeys(context, row);
      return view(caller, row);
    },
    showDomain: async (caller, { params }) => view(caller, await domainByName(db, caller.tenantId, params["domain"]!)),
    verifyDomain: async (caller, { params }) => {
      const { config } = await configWithSettings(db, loaded);
      const row = await domainByName(db, caller.tenantId, params["domain"]!);
      await observeClaim(db, row, onboardingSettings(config), claimLookOf(config, now, trustedTime));
      const seen = await domainByName(db, caller.tenantId, row.name);
      await lookForOthersSelectors(db, seen, config, now());
      return view(caller, seen);
    },
    nameSelectors: async (caller, { params, body }) => {
      const { config } = await configWithSettings(db, loaded);
      const row = await domainByName(db, caller.tenantId, params["domain"]!);
      await nameOtherSelectors(db, row, body as AskedOptions, caller.tokenId, now());
      const named = await domainByName(db, caller.tenantId, row.name);
      await lookForOthersSelectors(db, named, config, now());
      return view(caller, named);
    },
    lockDomain: async (caller, { params }) =>
      view(caller, await closeDomain(db, caller.tenantId, params["domain"]!, true, caller.tokenId, now())),
    unlockDomain: async (caller, { params }) =>
      view(caller, await closeDomain(db, caller.tenantId, params["domain"]!, false, caller.tokenId, now())),
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
  { row, claim, status, records, findings, signingDomain, notes, otherSelectors }: DomainView,
  caller: Caller,
): Domain => ({
  domain: row.name,
  tenant: caller.tenantName,
  method: row.method,
  status,
  claim,
  locked: row.lockedAt !== null,
  createdAt: row.createdAt,
  records: records.map(({ found, remedy, ...record }): CustomerRecord => ({
    ...record,
    ...(found.length > 0 && { found }),
    ...(remedy !== undefined && { remedy }),
  })),
  findings,
  signingDomain,
  notes,
  ...(otherSelectors && { otherSelectors }),
});
