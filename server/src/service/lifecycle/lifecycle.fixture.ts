import { randomBytes } from "node:crypto";
import { fakeAuthorities, type FakeAuthorities } from "../../../../test/fakes/authorities.ts";
import { findDomain, insertDomain, markDomainVerified } from "../../engine/database/domains.ts";
import { listMoveFacts } from "../../engine/database/move-facts.ts";
import { putRecordState } from "../../engine/database/record-states.ts";
import { newId } from "../../engine/database/id.ts";
import { type DatabaseOptions, openDatabase } from "../../engine/database/open.ts";
import type { Database } from "../../engine/database/schema.ts";
import { insertTenant } from "../../engine/database/tenants.ts";
import { transact } from "../../engine/database/transact.ts";
import { kekOf } from "../../engine/keystore/kek.ts";
import { claimedBy, expectedRecords } from "../../model/delegation/delegation-methods.ts";
import type { Claim, CustomerRecord, DnsSettings, MethodName } from "../../model/delegation/delegation.ts";
import { type KeyAlgorithm, roleOf } from "../../model/key/key-role.ts";
import { moveOf, readMoveFact } from "../../model/delegation/move.ts";
import { recordStateKey } from "../../model/delegation/move-records.ts";
import { timingPresets } from "../../model/rotation/timing-policy.ts";
import { reconcileDomain, type Visit } from "./controller.ts";
import type { CrashPoint } from "./crash-points.ts";
import type { LifecycleDeps, LifecycleSettings } from "./deps.ts";
import { listKeys } from "./key-list.ts";
import { type RequestedRotation, requestRotation } from "./request-rotation.ts";
import { roundBook } from "./rounds.ts";
import { trustedTimeOf } from "./trusted-time.ts";

/**
 * A domain on a database of its own, its authoritative servers, and clocks that only a test moves. On PostgreSQL, whose own clock
 * no test can move, trusted time is the monotonic clock.
 */

export const dns: DnsSettings = {
  zone: "dkim.esp.example",
  nameservers: [
    { name: "ns1.dkim.esp.example", addresses: ["192.0.2.1"] },
    { name: "ns2.dkim.esp.example", addresses: ["192.0.2.2"] },
  ],
};

export class Crash extends Error {}

export type Controller = { deps: LifecycleDeps; visit: () => Promise<Visit> };

export type Stage = {
  db: Database;
  claim: Claim;
  tenantId: string;
  domainId: string;
  authorities: FakeAuthorities;
  settings: LifecycleSettings;
  /** Real time passes: all clocks move. */
  sleep: (seconds: number) => void;
  /** The wall clock alone is set. */
  jump: (seconds: number) => void;
  wallSeconds: () => number;
  /** A process that reconciles; each has its own memory and its own view of the trusted clock. */
  controller: (crashAt?: CrashPoint) => Controller;
  /** Visits until `done`, sleeping as long as each visit asks; every step taken, in order. */
  run: (controller: Controller, done: (phases: string) => boolean, secondsMax?: number) => Promise<string[]>;
  /** The keys in one line: "s1 active, s2 ready". */
  phases: () => Promise<string>;
  /** The claim's method, as it is stored. */
  method: () => Promise<string | undefined>;
  publishAll: () => void;
  close: () => Promise<void>;
};

export type StageOptions = {
  method?: MethodName;
  algorithms?: KeyAlgorithm[];
  /** In or below the zone customer.example. */
  domain?: string;
};

export async function stageOf(database: DatabaseOptions, options: StageOptions = {}): Promise<Stage> {
  const { method = "cname-ring", algorithms = ["ed25519-sha256"], domain = "customer.example" } = options;
  const db = await openDatabase(database);
  const kek = kekOf(randomBytes(32));
  let wallMs = 1_770_000_000_000;
  let monotonicMs = 5000;
  const tenantId = newId("ten");
  const domainId = newId("dom");
  const claim: Claim = {
    domain,
    method,
    label: "s",
    seed: "seed",
    challengeToken: "token",
    options: {},
  };
  const { domain: name, ...rest } = claim;
  await insertTenant(db, { id: tenantId, name: "tenant", createdAt: 1 });
  await transact(db, async (trx) => {
    await insertDomain(trx, { id: domainId, tenantId, name, ...rest, algorithms, createdAt: 1 });
    await markDomainVerified(trx, tenantId, domainId, 1);
  });
  const authorities = fakeAuthorities(db, "customer.example");
  const settings: Stage["settings"] = { policy: timingPresets.lab, dns };
  const nowMs = (): number => wallMs;
  const clockErrorSeconds = settings.policy.clockErrorSeconds;

  function controller(crashAt?: CrashPoint): Controller {
    const book = roundBook();
    let crashed = false;
    const deps: LifecycleDeps = {
      db,
      kek,
      nowMs,
      settings: async () => settings,
      observe: authorities.observe,
      trustedTime:
        database.url === undefined
          ? trustedTimeOf({ db, nowMs, monotonicMs: () => monotonicMs, clockErrorSeconds })
          : { readMs: async () => monotonicMs },
      owner: newId("snd"),
      crashPoint: (point) => {
        if (point !== crashAt || crashed) return;
        crashed = true;
        throw new Crash(point);
      },
    };
    return { deps, visit: () => reconcileDomain(deps, book, { id: domainId, tenantId }) };
  }
  const onlooker = controller().deps;
  const phases = async (): Promise<string> => {
    const { keys } = await listKeys(onlooker, tenantId, domainId);
    return keys.map(({ selector, phase }) => `${selector} ${phase}`).join(", ");
  };
  const sleep = (seconds: number): void => {
    wallMs += seconds * 1000;
    monotonicMs += seconds * 1000;
  };

  return {
    db,
    claim,
    tenantId,
    domainId,
    authorities,
    settings,
    sleep,
    jump: (seconds) => void (wallMs += seconds * 1000),
    wallSeconds: () => wallMs / 1000,
    controller,
    phases,
    method: async () => (await findDomain(db, tenantId, domainId))?.method,
    run: async (running, done, secondsMax = 600) => {
      const steps: string[] = [];
      for (const until = monotonicMs + secondsMax * 1000; ;) {
        const visit = await running.visit();
        steps.push(...visit.steps);
        if (done(await phases())) return steps;
        if (monotonicMs > until) throw new Error(`still "${await phases()}" after ${steps.join(", ")}`);
        sleep("dueAt" in visit ? Math.max(1, visit.dueAt - Math.floor(wallMs / 1000)) : 1);
      }
    },
    publishAll: () => {
      for (const record of expectedRecords(claim, algorithms.map(roleOf), dns)) publishRecord(authorities, record);
    },
    close: () => db.destroy(),
  };
}

export function publishRecord({ published }: FakeAuthorities, { name, type, data: written }: CustomerRecord): void {
  const data = written.replace(/\.$/, "");
  const there = published.get(name);
  if (type === "CNAME") published.set(name, { alias: data });
  if (type === "NS") {
    const others = there !== undefined && "servers" in there ? there.servers : [];
    published.set(name, { servers: [...new Set([...others, data])] });
  }
}

/** The customer publishes, or removes, the records of a method, and they are seen so. */
export async function publishFor(
  {
    db,
    claim,
    domainId,
    authorities,
    wallSeconds,
  }: Pick<Stage, "db" | "claim" | "domainId" | "authorities" | "wallSeconds">,
  method: MethodName,
  state: "present" | "absent" = "present",
): Promise<void> {
  for (const record of expectedRecords(claimedBy(claim, method), ["primary", "second"], dns)) {
    if (state === "present") publishRecord(authorities, record);
    else authorities.published.delete(record.name);
    const seen = { domainId, name: record.name, type: recordStateKey(record), state, found: {} };
    await transact(db, (trx) => putRecordState(trx, { ...seen, checkedAt: Math.ceil(wallSeconds()) }));
  }
}

/** How far the claim's move has come; undefined: there is none. */
export const moveStageOf = async ({
  db,
  tenantId,
  domainId,
}: Pick<Stage, "db" | "tenantId" | "domainId">): Promise<string | undefined> =>
  moveOf((await listMoveFacts(db, tenantId, domainId)).map(readMoveFact))?.stage;

export const contains =
  (wanted: string) =>
  (phases: string): boolean =>
    phases.includes(wanted);

export const request = ({ tenantId, domainId, controller }: Stage): Promise<RequestedRotation> =>
  requestRotation(controller().deps, { tenantId, domainId, requestedBy: "test" });
