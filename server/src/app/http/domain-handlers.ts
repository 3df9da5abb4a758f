import { type CustomerRecord, type Domain, type MethodComparison, methods } from "@chancery/api";
import type { DomainRow, KeyAlgorithm } from "../../engine/database/schema.ts";
import type { MethodName, Wishes } from "../../model/delegation/delegation.ts";
import { customerDs } from "../../service/dnssec/customer-ds.ts";
import { policyInForce } from "../../service/lifecycle/governed-domain.ts";
import { methodOf } from "../../model/delegation/delegation-methods.ts";
import { statusWith } from "../../model/claim/domain-status.ts";
import type { Registration } from "../../model/delegation/registration.ts";
import { ownerOfSelector } from "../../model/provider/attribution.ts";
import type { Provider } from "../../model/provider/provider.ts";
import { dnsOf } from "../../service/onboarding/claim.ts";
import { type AskedUpstream, findUpstreams } from "../../service/onboarding/upstreams.ts";
import { shippedCatalogue } from "../provider-catalogue.ts";
import { askedTimeOf } from "../../service/lifecycle/trusted-time.ts";
import { addDomain } from "../../service/onboarding/add.ts";
import type { AskedOptions } from "../../service/onboarding/claim-options.ts";
import { listAlarms } from "../../service/lifecycle/alarms.ts";
import { listKeys } from "../../service/lifecycle/key-list.ts";
import { refuseUnlessMeant } from "../../service/lifecycle/move-uses.ts";
import { abortMove, requestMove } from "../../service/lifecycle/request-move.ts";
import { closeDomain, domainByName, domains, removeDomain } from "../../service/onboarding/domains.ts";
import { observeClaim } from "../../service/onboarding/observe.ts";
import { nameOtherSelectors } from "../../service/onboarding/other-selectors.ts";
import { type DomainView, domainView } from "../../service/onboarding/view.ts";
import { createIterativeResolver } from "../../engine/resolver/iterative.ts";
import type { Lookup } from "../../engine/resolver/resolution.ts";
import { createStubResolver } from "../../engine/resolver/stub.ts";
import { within } from "../../engine/resolver/within.ts";
import { beforeItStarts, compareMethods } from "../../service/advice/advise.ts";
import { authorDomains } from "../../service/advice/forecast.ts";
import { claimOf } from "../../service/onboarding/claim.ts";
import { signingDomain } from "../../service/onboarding/domain-name.ts";
import type { Config } from "../config-keys.ts";
import { resolversOf } from "../watch-deps.ts";
import { iterativeOptions, observerOf } from "../observer.ts";
import { onlookerOf } from "./onlooker.ts";
import { claimLookOf } from "../claim-look.ts";
import { onboardingSettings, timingPolicy } from "../onboarding-settings.ts";
import { lookForOthersSelectors } from "../selector-search.ts";
import { configWithSettings } from "../settings.ts";
import { makeFirstKeys } from "./brought-key-handlers.ts";
import { moveWaits } from "./move-waits.ts";
import { type Caller, type Handlers, type HandlerContext, pageRequest } from "./handler.ts";

type Named =
  | "listDomains"
  | "addDomain"
  | "compareMethods"
  | "showDomain"
  | "verifyDomain"
  | "lockDomain"
  | "unlockDomain"
  | "nameSelectors"
  | "moveDomain"
  | "removeDomain"
  | "listRecords";

/** Domains and what their owners publish. */
export function domainHandlers(context: HandlerContext): Pick<Handlers, Named> {
  const { db, loaded, now } = context;
  const onlooker = onlookerOf(context);
  const trustedTime = askedTimeOf({
    db,
    nowMs: () => Date.now(),
    clockErrorSeconds: timingPolicy(loaded.config).clockErrorSeconds,
  });
  const settings = async () => onboardingSettings((await configWithSettings(db, loaded)).config);
  const view = async (caller: Caller, row: DomainRow): Promise<Domain> =>
    withDs(
      await withAlarms(await withWaits(shown(await domainView(db, row, await settings(), now()), caller), row), row),
      row,
    );
  /** Why a move does not go on: the controller's own view of it. */
  const withWaits = async (domain: Domain, row: DomainRow): Promise<Domain> => {
    if (domain.move === null) return domain;
    const waitsFor = moveWaits(await listKeys(onlooker, row.tenantId, row.id));
    return { ...domain, move: { ...domain.move, waitsFor } };
  };
  /** What the controller's last looks say of its rotations. Where a key is lost for good, that tells more than that our target is missing. */
  const withAlarms = async (domain: Domain, row: DomainRow): Promise<Domain> => {
    const alarms = await listAlarms(onlooker, row.tenantId, row.id);
    const told = new Set(alarms.filter(({ code }) => code === "ActiveKeyLost").map(({ subject }) => subject));
    const others = domain.findings.filter(({ code, subject }) => code !== "TargetMissing" || !told.has(subject));
    return { ...domain, status: statusWith(domain.status, alarms), findings: [...alarms, ...others] };
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
  /** What the tenant's policy says of new domains: what the customer publishes names for is agreed when they are added. */
  const byPolicy = async ({ tenantId }: Caller) => {
    const timing = timingPolicy((await configWithSettings(db, loaded)).config);
    const { ringSize, dualSigning } = (await policyInForce(db, tenantId, "", { policy: timing })).policy;
    const both: KeyAlgorithm[] = ["rsa-sha256", "ed25519-sha256"];
    return { policyRingSize: ringSize, ...(dualSigning === "always" && { algorithms: both }) };
  };
  const compare = async (domain: string | undefined, deadline: AbortSignal): Promise<MethodComparison> => {
    const { config } = await configWithSettings(db, loaded);
    const dns = dnsOf(await settings());
    const known = { label: config["delegation.label"], dns };
    const advice = await compareMethods(domain, methods, known, adviceLookup(config, deadline));
    return { domain: domain ?? null, ...advice };
  };
  const searchUpstreams = async (domain: string, asked: readonly AskedUpstream[], deadline: AbortSignal) => {
    const { config } = await configWithSettings(db, loaded);
    const ownerOf = (selector: string): Provider | undefined =>
      ownerOfSelector(shippedCatalogue(), selector, "txt")?.provider;
    return findUpstreams(asked, {
      domain,
      dns: dnsOf(await settings()),
      observe: observerOf(config, deadline),
      ownerOf,
    });
  };
  return {
    listDomains: async (caller, { query }) => {
      const { rows, next } = await domains(db, caller.tenantId, pageRequest(query));
      return { items: await Promise.all(rows.map((row) => view(caller, row))), next: next ?? null };
    },
    addDomain: async (caller, { body }) => {
      const asked = body as Asked & AskedOptions & Further;
      const { batch, upstreams, registrationExpires, from = [] } = asked;
      authorDomains(from); // what cannot be read is refused before anything is recorded
      const deadline = AbortSignal.timeout(lookingMs);
      const advice = asked.method === "auto" ? await compare(signingDomain(asked.domain), deadline) : undefined;
      const method = asked.method === "auto" ? advice!.recommended : asked.method;
      const wishes: Wishes = {
        ...(batch !== undefined && { batch }),
        ...((upstreams !== undefined || methodOf(method).upstreamAliases !== undefined) && {
          upstreams: await searchUpstreams(asked.domain, upstreams ?? [], deadline),
        }),
      };
      const own = { method, wishes, tenantId: caller.tenantId, byOperator: caller.admin };
      const registeredUntil =
        registrationExpires === undefined ? {} : { registeredUntil: Date.parse(registrationExpires) / 1000 };
      const claim = { ...(await byPolicy(caller)), ...asked, ...registeredUntil, ...own };
      const row = await addDomain(db, claim, await settings(), caller.tokenId, now());
      const { config } = await configWithSettings(db, loaded);
      const dns = dnsOf(await settings());
      const [before] = await Promise.all([
        beforeItStarts(claimOf(row), from, dns, adviceLookup(config, deadline)),
        lookForOthersSelectors(db, row, config, now(), deadline),
      ]);
      if (methodOf(method).keysAhead === true) await makeFirstKeys(context, row);
      return { ...(await view(caller, row)), ...before, ...(advice && { advice }) };
    },
    compareMethods: async (_caller, { query }) => {
      const written = query["domain"] as string | undefined;
      return compare(written === undefined ? undefined : signingDomain(written), AbortSignal.timeout(lookingMs));
    },
    showDomain: async (caller, { params }) => view(caller, await domainByName(db, caller.tenantId, params["domain"]!)),
    verifyDomain: async (caller, { params }) => {
      const { config } = await configWithSettings(db, loaded);
      const row = await domainByName(db, caller.tenantId, params["domain"]!);
      const look = { ...claimLookOf(config, now, trustedTime), actor: caller.tokenId };
      await observeClaim(db, row, onboardingSettings(config), look);
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
    moveDomain: async (caller, { params, body }) => {
      const row = await domainByName(db, caller.tenantId, params["domain"]!);
      const request = { tenantId: caller.tenantId, domainId: row.id, requestedBy: caller.tokenId };
      const asked = body as { method: MethodName; import?: true; yes?: boolean } | { abort: true };
      if ("abort" in asked) await abortMove(onlooker, request);
      else {
        if (asked.yes !== true) await refuseUnlessMeant(onlooker, request, asked.method);
        await requestMove(onlooker, request, asked.method, { takesFound: asked.import === true });
        await lookForOthersSelectors(db, row, (await configWithSettings(db, loaded)).config, now());
      }
      return view(caller, await domainByName(db, caller.tenantId, row.name));
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

type Further = { batch?: number; upstreams?: AskedUpstream[]; registrationExpires?: string };
type Asked = { domain: string; method: MethodName | "auto"; algorithms?: KeyAlgorithm[]; from?: string[] };

/** Whoever adds a domain waits no longer for DNS in all; what is not known by then is told as unknown. */
const lookingMs = 5000;

/** What stands in DNS now is what counts: the resolvers that the settings name, else the world from the root. */
function adviceLookup(config: Config, deadline: AbortSignal): Lookup {
  const servers = resolversOf(config);
  const lookup =
    servers.length === 0
      ? createIterativeResolver(iterativeOptions(config))
      : createStubResolver({ dnssecOk: true, servers });
  return within(lookup, deadline);
}

const shownRegistration = (one: Registration): Domain["registration"] => {
  const { name, expiresAt, source, knownAt, problem } = one;
  return { name, expiresAt, source, knownAt, problem };
};

const shown = (
  {
    row,
    claim,
    status,
    records,
    findings,
    move,
    signingDomain,
    customerZone,
    registration,
    notes,
    otherSelectors,
  }: DomainView,
  caller: Caller,
): Domain => ({
  domain: row.name,
  tenant: caller.tenantName,
  method: row.method,
  status,
  // Outside there are four words; what takes the place of a proof is told beside them.
  claim: claim === "vouched" ? "verified" : claim,
  proof: methodOf(row.method).proof,
  locked: row.lockedAt !== null,
  createdAt: row.createdAt,
  records: records.map(({ found, remedy, need, note, ...record }): CustomerRecord => ({
    ...record,
    ...(found.length > 0 && { found }),
    ...(remedy !== undefined && { remedy }),
    ...(note !== undefined && { need, note }),
  })),
  findings,
  move: move === undefined ? null : { ...move, waitsFor: [] },
  signingDomain,
  customerZone:
    customerZone === undefined ? null : { name: customerZone.name, nameServers: [...customerZone.nameServers] },
  registration: registration === undefined ? null : shownRegistration(registration),
  notes,
  ...(otherSelectors && { otherSelectors }),
});
