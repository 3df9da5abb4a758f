import { randomUUID } from "node:crypto";
import { isAnyWatchDue } from "../../engine/database/watch-claims.ts";
import { newId } from "../../engine/database/id.ts";
import type { Database } from "../../engine/database/schema.ts";
import { insertTenant } from "../../engine/database/tenants.ts";
import { audit, type ReportedFinding } from "../../model/audit/audit.ts";
import { defaultAuditPolicy } from "../../model/audit/check.ts";
import { nothingExpected } from "../../model/audit/expectations.ts";
import type { NameObservation } from "../../model/rotation/chain-observation.ts";
import { chainAt, keyOne, type Standing } from "../../model/watch/test-looks.ts";
import { claimDue } from "./claim-due.ts";
import type { WatchDeps, WatchedAudit, WatchedAuditResult, WatchSettings } from "./deps.ts";
import { visitWatch, type WatchVisit } from "./look.ts";
import { addWatch } from "./watches.ts";

/** A world of watched domains for tests: what stands at the selector s1 of each, who proves what, and a clock that only the test moves. */
export type World = {
  deps: WatchDeps;
  settings: WatchSettings;
  clock: { now: number };
  /** By domain; a domain that is not here has a sound key. */
  standing: Map<string, Record<string, Standing>>;
  /** Domains whose owner publishes the token. The text `silent`: no server answers. */
  proofs: Map<string, string>;
  /** Every audit that began, in order. */
  audited: string[];
  /** Every name whose proof was asked for. */
  asked: string[];
};

export const startOfTime = 1_800_000_000;

export function worldOf(db: Database, owner: string = randomUUID()): World {
  const clock = { now: startOfTime };
  const settings: WatchSettings = {
    intervalSeconds: 86_400,
    budget: { looks: 1000, unprovenLooks: 1000, queries: 100_000 },
  };
  const standing: World["standing"] = new Map();
  const proofs: World["proofs"] = new Map();
  const audited: string[] = [];
  const asked: string[] = [];
  const deps: WatchDeps = {
    db,
    settings: async () => settings,
    audit: async (request) => {
      audited.push(request.domain);
      return auditOf(request, standing.get(request.domain) ?? { s1: { text: keyOne } });
    },
    observe: async (name) => {
      asked.push(name);
      return txtAt(name, proofs.get(name.replace("_chancery-challenge.", "")));
    },
    now: () => clock.now,
    owner,
  };
  return { deps, settings, clock, standing, proofs, audited, asked };
}

/** An audit with one check, so that a new check of the auditor changes no test of watching: is there a record at each selector? */
export function auditOf(
  { domain, now, expected, history }: WatchedAudit,
  standing: Record<string, Standing>,
): WatchedAuditResult {
  const evidence = {
    domain,
    at: now,
    dns: "network" as const,
    selectors: Object.entries(standing).map(([selector, what]) => {
      const keyName = `${selector}._domainkey.${domain}`;
      return { selector, keyName, sources: ["given" as const], chain: chainAt(keyName, what) };
    }),
    discovery: { domainkeyNode: "exists" as const, namesTried: 0 },
    expectations: { ...nothingExpected, selectors: expected },
    history,
  };
  const findings = evidence.selectors.flatMap(({ keyName, chain }): ReportedFinding[] =>
    chain.outcome === "present"
      ? []
      : [
          {
            code: chain.outcome === "absent" ? "NoKeyRecord" : "Undetermined",
            severity: chain.outcome === "absent" ? "high" : "low",
            subject: keyName,
            summary: `${keyName} is ${chain.outcome}`,
            check: "record-there",
            evidence: [],
            remedy: "publish it",
            symptoms: "mail fails",
            commands: [],
          },
        ],
  );
  const state = findings.some(({ code }) => code === "NoKeyRecord") ? "failed" : "passed";
  const checks = [{ name: "record-there", title: "There is a record", state } as const];
  const judged = audit(evidence, { policy: defaultAuditPolicy });
  return { evidence, audit: { ...judged, findings, checks }, score: 90, queries: 7 };
}

function txtAt(name: string, text: string | undefined): NameObservation {
  const said: NameObservation["answers"][number]["said"] =
    text === "silent"
      ? { kind: "unknown", reason: "timeout" }
      : {
          kind: "answer",
          authoritative: true,
          records: text === undefined ? [] : [{ type: "TXT", ttlSeconds: 60, data: text }],
        };
  const address = "ns1.example 192.0.2.1";
  return { name, type: "TXT", zone: name, negativeTtlSeconds: 60, answers: [{ address, transport: "udp", said }] };
}

export async function addTenant(db: Database): Promise<string> {
  const id = newId("ten");
  await insertTenant(db, { id, name: `tenant ${id}`, createdAt: 1 });
  return id;
}

export async function watch(
  { deps, settings, clock }: World,
  tenantId: string,
  domain: string,
  selectors: string[] = ["s1"],
): Promise<void> {
  await addWatch(deps.db, { tenantId, domain, selectors }, settings, "test", clock.now);
}

/** Claims what is due and visits it, until nothing is. */
export async function work(world: World, limit = 8): Promise<WatchVisit[]> {
  const visits: WatchVisit[] = [];
  for (;;) {
    const { deps, settings, clock } = world;
    const claimed = await claimDue(deps.db, settings, { owner: deps.owner, now: clock.now }, limit);
    if (claimed.length === 0 && !(await isAnyWatchDue(deps.db, clock.now, Number.MAX_SAFE_INTEGER - 1))) return visits;
    visits.push(...(await Promise.all(claimed.map((one) => visitWatch(deps, one)))));
  }
}
