import { parse } from "tldts";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { lockDomain, putDomainOptions } from "../../engine/database/domains.ts";
import { issueName, listIssuedNames } from "../../engine/database/issued-names.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import { appendMoveFact, listMoveFacts } from "../../engine/database/move-facts.ts";
import { removeSelectorImport } from "../../engine/database/selector-imports.ts";
import type { DomainRow, Transaction } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import {
  claimedBy,
  claimOf,
  expectedRecords,
  issuedNames,
  methodOf,
} from "../../model/delegation/delegation-methods.ts";
import type { DnsSettings, MethodName } from "../../model/delegation/delegation.ts";
import { roleOf } from "../../model/key/key-role.ts";
import {
  hides,
  isUnderWay,
  mayAbort,
  type Move,
  type MoveFinding,
  moveOf,
  readMoveFact,
} from "../../model/delegation/move.ts";
import { noWayTo } from "../../model/delegation/move-ways.ts";
import { leavesNameFree } from "../../model/key/key-phase.ts";
import { activeKey, type ManagedKey, phaseOfKey } from "../../model/rotation/rotation-state.ts";
import { Refusal } from "../refusal.ts";
import { lookInto, type Onlooker } from "./key-list.ts";
import { isLive, type LoadedDomain } from "./load-domain.ts";

/** Who asks for what of a claim. */
export type MoveRequest = { tenantId: string; domainId: string; requestedBy: string };

/**
 * Asks for a claim to be moved to another method. From here on the controller moves it, step by step, as the customer does its part; mail
 * verifies all the way. `takesFound`: what is found at the names that the new delegation hides is all there is. Refuses a claim that is not in force or does not sign yet, and a second move while one is under way.
 */
export async function requestMove(
  deps: Onlooker,
  request: MoveRequest,
  to: MethodName,
  { takesFound = false }: { takesFound?: boolean } = {},
): Promise<void> {
  const { domain, state, policy } = await lookInto(deps, request.tenantId, request.domainId);
  const { row, claim } = domain;
  const { dns } = await deps.settings();
  if (dns === undefined) throw new Error("whoever could look into a domain knows where we answer");
  if (!isLive(row))
    throw new Refusal(
      "not-ready",
      `the claim of ${row.name} is not in force: "chancery domain verify ${row.name}" says why`,
    );
  const noWay = noWayTo(to, claim);
  if (noWay !== undefined && !isUnderWay(domain.move)) throw new Refusal("invalid-input", noWay);
  const signs = state.algorithms.filter((algorithm) => activeKey(state, roleOf(algorithm)) !== undefined);
  const silent = state.algorithms.filter((algorithm) => !signs.includes(algorithm));
  if (silent.length > 0 && !isUnderWay(domain.move))
    throw new Refusal(
      "not-ready",
      signs.length > 0
        ? `${row.name} has no ${silent.join(", ")} key that signs yet: move it once it has ("chancery key list ${row.name}" says what it waits for)`
        : `${row.name} does not sign yet: move it once its first key is active, or remove it and add it again by ${to}`,
    );
  await record(
    deps,
    request,
    row,
    (move) => {
      if (isUnderWay(move)) throw underWay(row.name, move);
      refuseUnsuitable(domain, to, dns);
      return { kind: "requested", evidence: { from: claim.method, to, requestedBy: request.requestedBy } };
    },
    async (trx, now) => {
      const { rotateAfterSeconds } = policy;
      const given = { label: row.label, roles: row.algorithms.map(roleOf), now, rotateAfterSeconds };
      // A template is for the method that it was given for: under another one it may name what lies outside of the new zone. What was said
      // of the selectors of others may be long ago.
      const { selectorTemplate: _, importSelectors: __, otherSelectors: ___, ...kept } = row.options;
      // A series that the claim had before goes on: its used names stay used.
      const agreed = takesFound && hides(methodOf(to)) ? { otherSelectors: "none" as const } : {};
      const options = { ...methodOf(to).options?.begin({}, given), ...kept, ...agreed };
      // What an earlier move saw of the old zone may be long ago.
      if (hides(methodOf(to))) await removeSelectorImport(trx, row.id);
      await putDomainOptions(trx, row.id, options);
      await bindNames(trx, { ...row, options }, to, dns, now);
    },
  );
}

/** Gives a move up: what signs now signs on, as if nothing had been. Refuses once something has signed under the new method. */
export async function abortMove(deps: Onlooker, request: MoveRequest): Promise<void> {
  const { domain } = await lookInto(deps, request.tenantId, request.domainId);
  const { row, keys } = domain;
  await record(deps, request, row, (move) => {
    if (!isUnderWay(move)) throw new Refusal("not-found", `${row.name} is not on the move to another method`);
    if (move.stage === "aborted") throw new Refusal("not-ready", `the move of ${row.name} is given up already`);
    if (!mayAbort(move.to, keys))
      throw new Refusal(
        "not-ready",
        `mail of ${row.name} is signed under ${move.to} already; when this move is over, "chancery domain move ${row.name} --method ${move.from}" brings it back`,
      );
    return { kind: "aborted", evidence: { requestedBy: request.requestedBy } };
  });
}

/** What no move can lead to or from, and what would take away names in use. */
function refuseUnsuitable({ row, claim, keys, streams }: LoadedDomain, to: MethodName, dns: DnsSettings): void {
  const target = methodOf(to);
  const refuse = (why: string): never => {
    throw new Refusal("invalid-input", why);
  };
  const isOfStream = ({ stream = "" }: ManagedKey): boolean => stream !== "";
  if (streams.some(({ name, removed }) => name !== "" && !removed))
    refuse(
      `${row.name} has streams, which would need names under ${to} first: remove them, move, and add them again under other names`,
    );
  if (keys.some((key) => isOfStream(key) && !leavesNameFree(phaseOfKey(key))))
    refuse(`keys of a removed stream of ${row.name} are on their way out: move it when they are gone`);
  const moved = claimedBy(claim, to);
  if (target.ownZone(moved) === row.name && parse(row.name, { allowPrivateDomains: true }).domain === row.name)
    refuse(`${row.name} is the main domain of its organisation: delegating it would move its web site and its mail`);
  const inUse = new Map(
    keys
      .filter((key) => key.method.name !== to && !leavesNameFree(phaseOfKey(key)))
      .flatMap(({ selector, chain }) =>
        [...chain.aliases.map(({ name }) => name), chain.record.name].map((name) => [name, selector] as const),
      ),
  );
  for (const { name, purpose } of expectedRecords(moved, row.algorithms.map(roleOf), dns))
    if (purpose !== "challenge" && inUse.has(name))
      refuse(
        `${to} needs the name ${name}, which the key ${inUse.get(name)} has: choose another label (delegation.label)`,
      );
}

const underWay = (name: string, { from, to, stage }: Move): Refusal =>
  new Refusal(
    "move-under-way",
    stage === "aborted"
      ? `the move of ${name} to ${to} was given up, and what it made is on its way out: "chancery domain show ${name}" says how far it is; then move it again`
      : `${name} is on the move from ${from} to ${to}: "chancery domain show ${name}" says how far it is, "chancery domain move ${name} --abort" gives it up`,
  );

/** Records what `decide` finds right for the move as it stands, with the claim locked: of two who ask at once, one is refused. */
async function record(
  { db, nowMs, trustedTime }: Onlooker,
  { tenantId, domainId, requestedBy }: MoveRequest,
  row: DomainRow,
  decide: (move: Move | undefined) => MoveFinding,
  also: (trx: Transaction, now: number) => Promise<void> = async () => {},
): Promise<void> {
  const at = Math.floor(nowMs() / 1000);
  const trustedMs = await trustedTime.readMs();
  await transact(db, async (trx) => {
    if (!(await lockDomain(trx, tenantId, domainId)))
      throw new Refusal("not-found", `${row.name} is not here any more`);
    const facts = (await listMoveFacts(trx, tenantId, domainId)).map(readMoveFact);
    const { kind, evidence } = decide(moveOf(facts));
    await appendMoveFact(trx, { domainId, kind, evidence, at, trustedMs });
    await also(trx, at);
    const detail = evidence;
    await appendAuditLog(trx, { tenantId, at, actor: requestedBy, action: `move.${kind}`, subject: row.name, detail });
    await wakeDomain(trx, domainId, at);
  });
}

/** The names of ours that the new method needs are the claim's for ever; some may be so since an earlier move (I-16). */
async function bindNames(
  trx: Transaction,
  row: DomainRow,
  to: MethodName,
  dns: DnsSettings,
  issuedAt: number,
): Promise<void> {
  const claim = claimOf(row);
  if (claim === undefined) throw new Error(`${row.name} was loaded, so its method is known`);
  const own = new Set((await listIssuedNames(trx, row.tenantId, row.id)).map(({ name }) => name));
  for (const issued of issuedNames(claimedBy(claim, to), row.algorithms.map(roleOf), dns))
    if (!own.has(issued.name) && !(await issueName(trx, { ...issued, domainId: row.id, issuedAt })))
      throw new Error(`the name ${issued.name} was given to another claim before`);
}
