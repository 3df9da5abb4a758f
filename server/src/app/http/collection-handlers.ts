import type { AuditEntry, Delegation, Domain, Finding, TrackedFinding } from "@chancery/api";
import { listAuditLog } from "../../engine/database/audit-log.ts";
import { findDomain } from "../../engine/database/domains.ts";
import { findKey } from "../../engine/database/keys.ts";
import { MalformedCursor } from "../../engine/database/page.ts";
import { findRotation } from "../../engine/database/rotations.ts";
import { findTenant } from "../../engine/database/tenants.ts";
import { findWatchByName } from "../../engine/database/watches.ts";
import { methodOf } from "../../model/delegation/delegation-methods.ts";
import { isAtLeast, type Severity } from "../../model/finding.ts";
import { signingDomain } from "../../service/onboarding/domain-name.ts";
import { domainByName, domains } from "../../service/onboarding/domains.ts";
import { Refusal } from "../../service/refusal.ts";
import { type Caller, type Handlers, type HandlerContext, onlyAdmin, pageOf, pageRequest } from "./handler.ts";

type Named =
  | "listDelegations"
  | "showDelegation"
  | "listAllRecords"
  | "listAllKeys"
  | "listAllRotations"
  | "showKey"
  | "showRotation"
  | "listFindings"
  | "listAllStreams"
  | "listDomainFindings"
  | "listAuditLog";
/** The handlers of one domain, of which the lists over all domains are made. */
type OfOneDomain = Pick<Handlers, "showDomain" | "listKeys" | "listRotations" | "listStreams" | "listFindings">;
type Query = Record<string, unknown>;
type FindingsQuery = { domain?: string; state: string; severity: Severity; limit: number; after?: string };

/** Before a cursor among the findings of domains that are delegated and not watched: they come after those that are. */
const afterWatched = "delegated/";

/** How many domains a page looks into: most may have nothing of what is listed. */
const domainsPerPage = 200;

/** Lists over all domains of a tenant, and the audit log. */
export function collectionHandlers({ db }: HandlerContext, ofOne: OfOneDomain): Pick<Handlers, Named> {
  const naming = (domain: string) => ({ params: { domain }, query: {}, body: undefined });
  const show = (caller: Caller, name: string): Promise<Domain> => ofOne.showDomain(caller, naming(name));

  /** The items of one domain after another, by name. A cursor tells a domain, and how many of its items were told. */
  async function across<Item>(
    caller: Caller,
    query: Query,
    itemsOf: (name: string) => Promise<readonly Item[]>,
  ): Promise<{ items: Item[]; next: string | null }> {
    const { limit, after } = pageRequest(query);
    const from = after === undefined ? undefined : readCursor(after);
    const { names, more } = await namesFrom(caller, query["domain"] as string | undefined, from?.domain);
    const items: Item[] = [];
    let cursor: string | null = null;
    for (const name of names) {
      const all = await itemsOf(name).catch(noneOfWhatIsGone);
      const told = name === from?.domain ? from.told : 0;
      const room = limit - items.length;
      items.push(...all.slice(told, told + room));
      cursor = `${name}/${Math.min(all.length, told + room)}`;
      if (all.length > told + room) return { items, next: cursor };
    }
    return { items, next: more ? cursor : null };
  }

  async function namesFrom(
    caller: Caller,
    only: string | undefined,
    from: string | undefined,
  ): Promise<{ names: string[]; more: boolean }> {
    if (only !== undefined) return { names: [(await domainByName(db, caller.tenantId, only)).name], more: false };
    const { rows, next } = await domains(db, caller.tenantId, { limit: domainsPerPage, after: from });
    const names = rows.map(({ name }) => name);
    return { names: from === undefined ? names : [from, ...names], more: next !== undefined };
  }

  const nameOf = async (caller: Caller, domainId: string | undefined): Promise<string | undefined> =>
    domainId === undefined ? undefined : (await findDomain(db, caller.tenantId, domainId))?.name;
  /** A thing of a domain, by its id. */
  async function one<Item extends { id: string }>(
    what: string,
    id: string,
    domain: string | undefined,
    itemsOf: (name: string) => Promise<{ items: readonly Item[] }>,
  ): Promise<Item> {
    const items = domain === undefined ? [] : await itemsOf(domain).then((found) => found.items, noneOfWhatIsGone);
    const found = items.find((item) => item.id === id);
    if (found === undefined) throw new Refusal("not-found", `there is no ${what} ${id.slice(0, 100)}`);
    return found;
  }

  const isWatched = async ({ tenantId }: Caller, name: string): Promise<boolean> =>
    (await findWatchByName(db, tenantId, name)) !== undefined;
  async function ofDelegated(
    caller: Caller,
    { state, severity }: FindingsQuery,
    name: string,
  ): Promise<TrackedFinding[]> {
    const { domain, findings } = await show(caller, name);
    const open = state === "open" ? findings.filter((one) => isAtLeast(one.severity, severity)) : [];
    return open.map((finding) => ofDelegation(domain, finding));
  }

  return {
    listDelegations: (caller, { query }) =>
      across(caller, query, async (name) => [delegation(await show(caller, name))]),
    showDelegation: async (caller, { params }) => delegation(await show(caller, params["domain"]!)),
    listAllRecords: (caller, { query }) =>
      across(caller, query, async (name) => {
        const { domain, records } = await show(caller, name);
        return records.map((record) => ({ domain, ...record }));
      }),
    listAllKeys: (caller, { query }) =>
      across(caller, query, async (name) => (await ofOne.listKeys(caller, naming(name))).items),
    showKey: async (caller, { params: { id = "" } }) => {
      const [, ofUpstream] = /^upstream:.+?\._domainkey\.(.+)$/.exec(id) ?? [];
      const domain = ofUpstream ?? (await nameOf(caller, (await findKey(db, caller.tenantId, id))?.domainId));
      return one("key", id, domain, (name) => ofOne.listKeys(caller, naming(name)));
    },
    showRotation: async (caller, { params: { id = "" } }) => {
      const domain = await nameOf(caller, (await findRotation(db, caller.tenantId, id))?.domainId);
      return one("rotation", id, domain, (name) => ofOne.listRotations(caller, naming(name)));
    },
    listAllRotations: (caller, { query }) =>
      across(caller, query, async (name) => (await ofOne.listRotations(caller, naming(name))).items),
    listAllStreams: (caller, { query }) =>
      across(caller, query, async (name) => (await ofOne.listStreams(caller, naming(name))).items),
    listFindings: async (caller, input) => {
      const query = input.query as FindingsQuery;
      const { domain, after, limit } = query;
      if (domain !== undefined)
        return (await isWatched(caller, signingDomain(domain)))
          ? ofOne.listFindings(caller, input)
          : { items: await ofDelegated(caller, query, domain), next: null };
      const unwatched = (more: Query): Promise<{ items: TrackedFinding[]; next: string | null }> =>
        across(caller, { ...query, ...more }, async (name) =>
          (await isWatched(caller, name)) ? [] : ofDelegated(caller, query, name),
        );
      const marked = ({ items, next }: { items: TrackedFinding[]; next: string | null }) => ({
        items,
        next: next === null ? null : `${afterWatched}${next}`,
      });
      if (after?.startsWith(afterWatched) === true) {
        const rest = after.slice(afterWatched.length);
        return marked(await unwatched({ after: rest === "" ? undefined : rest }));
      }
      const watched = await ofOne.listFindings(caller, input);
      const room = limit - watched.items.length;
      if (watched.next !== null || query.state !== "open") return watched; // a delegation tells of what is wrong now alone
      if (room === 0) return { items: watched.items, next: afterWatched };
      const others = marked(await unwatched({ after: undefined, limit: room }));
      return { items: [...watched.items, ...others.items], next: others.next };
    },
    listDomainFindings: async (caller, { params }) => ({
      items: (await show(caller, params["domain"]!)).findings,
      next: null,
    }),
    listAuditLog: async (caller, { query }) => {
      const isOfAll = query["everyTenant"] === "true";
      if (isOfAll) onlyAdmin(caller);
      const found = await listAuditLog(db, isOfAll ? undefined : caller.tenantId, pageRequest(query));
      const ids = new Set(found.rows.flatMap(({ tenantId }) => tenantId ?? []));
      const names = new Map<string, string>();
      for (const id of ids) names.set(id, (await findTenant(db, id))?.name ?? id);
      return pageOf(found, ({ seq: id, tenantId, detail, ...entry }): AuditEntry => ({
        id,
        ...entry,
        tenant: tenantId === null ? null : names.get(tenantId)!,
        detail: detail as AuditEntry["detail"],
      }));
    },
  };
}

/** A finding of a delegation among those of watched domains: it is told as it was last seen, and has no history. */
const ofDelegation = (domain: string, { seenAt, ...finding }: Finding): TrackedFinding => ({
  ...finding,
  domain,
  state: "open",
  check: "delegation",
  symptoms: "",
  commands: [],
  firstSeenAt: null,
  lastSeenAt: seenAt ?? null,
  openedAt: null,
  closedAt: null,
  openings: 1,
});

function readCursor(after: string): { domain: string; told: number } {
  const slash = after.lastIndexOf("/");
  const told = Number(after.slice(slash + 1));
  if (slash < 1 || !Number.isSafeInteger(told) || told < 0) throw new MalformedCursor();
  return { domain: after.slice(0, slash), told };
}

/** A domain that was released since its page was begun. */
function noneOfWhatIsGone(error: unknown): [] {
  if (error instanceof Refusal && error.code === "not-found") return [];
  throw error;
}

const delegation = ({
  domain,
  tenant,
  method,
  status,
  claim,
  proof,
  signingDomain,
  move,
  createdAt,
}: Domain): Delegation => ({
  domain,
  tenant,
  method,
  status,
  claim,
  proof,
  signingDomain,
  keeper: methodOf(method).keeper,
  movingTo: move?.to ?? null,
  createdAt,
});
