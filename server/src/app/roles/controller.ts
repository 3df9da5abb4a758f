import { setTimeout as pause } from "node:timers/promises";
import type { ResolveTxt } from "chancery/dkim";
import { findDomain } from "../../engine/database/domains.ts";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { claimDomain, listDueDomains, releaseLease, wakeFromFuture } from "../../engine/database/lease.ts";
import { pruneKeyUseDays } from "../../engine/database/key-uses.ts";
import { pruneReports } from "../../engine/database/reports.ts";
import type { DomainRow } from "../../engine/database/schema.ts";
import { pruneSigners } from "../../engine/database/signers.ts";
import { observeValidated } from "../../engine/resolver/authorities/observe-validated.ts";
import { askRegistry, type RegistryAnswer } from "../../engine/rdap/ask-registry.ts";
import { observeZoneKeys, type ZoneKeysObserved } from "../../engine/resolver/dnssec/observe-zone-keys.ts";
import { zoneKeyPolicyOf } from "../../model/dnssec/zone-key-policy.ts";
import { claimState } from "../../model/claim/domain-status.ts";
import { keepCatalog } from "../../service/lifecycle/catalog.ts";
import type { DnssecDeps } from "../../service/dnssec/deps.ts";
import { reconcileDomain } from "../../service/lifecycle/controller.ts";
import { isManaged } from "../../service/lifecycle/load-domain.ts";
import type { LifecycleDeps } from "../../service/lifecycle/deps.ts";
import { refreshOwnZones } from "../../service/lifecycle/own-zones.ts";
import { rolloutLooks } from "../../service/lifecycle/rollout/world.ts";
import { roundBook } from "../../service/lifecycle/rounds.ts";
import { trustedTimeOf } from "../../service/lifecycle/trusted-time.ts";
import { observeClaim } from "../../service/onboarding/observe.ts";
import { txtResolverOf } from "../canary.ts";
import type { Proved } from "../../service/onboarding/proof.ts";
import { crashPointOf } from "../crash-point.ts";
import { openKeystore, openZoneKeystore } from "../keystore.ts";
import { endLeasesOfTheDead, newLeaseOwner } from "../lease-owner.ts";
import { claimLookOf } from "../claim-look.ts";
import { iterativeOptions, newValidation } from "../observer.ts";
import { dnsSettings, onboardingSettings, timingPolicy } from "../onboarding-settings.ts";
import { kekFileOf, openConfiguredDatabase, zoneKekFileOf } from "../prepare.ts";
import type { RoleContext, RunningRole } from "../role-context.ts";
import { catalogOrigin } from "../secondaries-config.ts";
import { lookForOthersSelectors } from "../selector-search.ts";
import { configWithSettings } from "../settings.ts";
import { openBelievedClock } from "../signing-clock.ts";
import { watchDeps } from "../watch-deps.ts";
import { runRegistrations } from "./registrations.ts";
import { runPusher } from "./pusher.ts";
import { AlarmLog } from "./alarm-log.ts";
import { DueVisits } from "./due-visits.ts";
import { runWatcher } from "./watcher.ts";
import { runFleet } from "./fleet.ts";
import { runZoneKeeper, runZoneSigner } from "./zone-keeper.ts";

const idleMs = 200;
/** Due domains listed at once. */
const dueAtOnce = 256;
/** Of so many domains it is remembered when they were looked at; the others are looked at whenever they are visited. */
const lookedAtMax = 50_000;
const leaseSeconds = 120;
const rolloutPollSeconds = 2;
/** What a signer left that was killed goes so long after its lease. */
const signerRestSeconds = 86_400;
const pruneEverySeconds = 3600;
/** How long it is kept how much was signed on each day. */
const useDaysKeptSeconds = 400 * 86_400;
/** No domain rests for longer. */
const longestRestSeconds = 86_400;
/** A claim that nobody proves is looked at ever more rarely, down to once in so long. */
const pendingRestSecondsMax = 900;

/** The reconcile loop: whatever is due is looked at, and moved by one safe step after another. */
export async function startController(context: RoleContext): Promise<RunningRole> {
  const stop = new AbortController();
  const controller = await Controller.open(context);
  const running = Promise.all([
    controller.run(stop.signal),
    controller.watch(stop.signal),
    controller.push(stop.signal),
    controller.keepZoneKeys(stop.signal),
    controller.rollOut(stop.signal),
    controller.watchRegistrations(stop.signal),
  ]);
  return {
    listening: undefined,
    close: async () => {
      stop.abort();
      await running;
      await controller.deps.db.destroy();
    },
  };
}

/** What the log says of a look at a proof of control. */
const proofLogOf: Record<NonNullable<Proved> | "nothing new", { level: "info" | "error" | "debug"; text?: string }> = {
  proven: { level: "info", text: "proof of control seen" },
  missed: { level: "error", text: "the proof of control is gone; should it stay so, the domain will be suspended" },
  found: { level: "info", text: "the proof of control is back" },
  warned: { level: "error", text: "the proof of control is still gone; the domain will be suspended" },
  suspended: { level: "error", text: "suspended: the proof of control is gone; nothing is signed" },
  reinstated: { level: "info", text: "the proof of control is back; the domain's keys are published again" },
  released: { level: "error", text: "released: the proof of control did not come back" },
  "claimed-elsewhere": { level: "debug", text: "proven, and verified elsewhere" },
  "closed-above": { level: "debug", text: "proven, and closed by the holder of a domain above" },
  "nothing new": { level: "debug" },
};

class Controller {
  readonly deps: LifecycleDeps;
  readonly #context: RoleContext;
  readonly #book = roundBook();
  readonly #visits = new DueVisits((domain) => this.#visit(domain));
  readonly #alarms: AlarmLog;
  #prunedAt = 0;
  #zonesKeptFor: string | undefined;
  #catalogKept: { origin: string | undefined } | undefined;
  /** When each domain's published records were last looked at, epoch seconds. */
  readonly #lookedAt = new Map<string, number>();

  private constructor(context: RoleContext, deps: LifecycleDeps) {
    this.#context = context;
    this.#alarms = new AlarmLog(context.log);
    this.deps = deps;
  }

  static async open(context: RoleContext): Promise<Controller> {
    const { loaded, directory, log } = context;
    const db = await openConfiguredDatabase(loaded, directory);
    const nowMs = openBelievedClock(directory.signingClock, log);
    const config = async () => (await configWithSettings(db, loaded)).config;
    const { kek } = await openKeystore(db, kekFileOf(loaded, directory), Math.floor(nowMs() / 1000));
    await endLeasesOfTheDead(db, Math.floor(nowMs() / 1000));
    const crashPoint = crashPointOf(process.env);
    const validation = newValidation(() => Math.floor(nowMs() / 1000));
    return new Controller(context, {
      db,
      kek,
      nowMs,
      settings: async () => {
        const current = await config();
        return { policy: timingPolicy(current), dns: dnsSettings(current), disclose: current["rotation.disclose"] };
      },
      observe: async (name) => {
        const current = await config();
        return observeValidated(name, iterativeOptions(current), validation(current));
      },
      trustedTime: trustedTimeOf({
        db,
        nowMs: () => Date.now(), // it is compared with the other clocks as it is
        monotonicMs: () => performance.now(),
        clockErrorSeconds: timingPolicy(loaded.config).clockErrorSeconds,
      }),
      owner: newLeaseOwner(),
      ...(crashPoint !== undefined && { crashPoint }),
    });
  }

  /** Visits what is due until told to stop. A database that is away is waited for; nothing moves meanwhile. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#context;
    let away = false;
    while (!signal.aborted) {
      try {
        await this.deps.trustedTime.readMs(); // time counts only while somebody watches it
        await this.#keepOwnZones();
        await this.#keepCatalog();
        await this.#prune();
        const due = await listDueDomains(this.deps.db, this.#now(), dueAtOnce);
        if (away) log.info({}, "the database is back");
        away = false;
        if ((await this.#visits.begin(due, signal)) && due.length === dueAtOnce) continue; // there may be more
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable)) throw error;
        if (!away) log.error({ problem: error.message }, "the database is away; nothing moves");
        away = true;
      }
      await pause(idleMs, undefined, { signal }).catch(() => {});
    }
    await this.#visits.finish();
  }

  /** Looks at watched domains, beside the loop. */
  async watch(signal: AbortSignal): Promise<void> {
    const { loaded, log } = this.#context;
    const { db, owner } = this.deps;
    const parallel = async (): Promise<number> => (await configWithSettings(db, loaded)).config["watch.parallel"];
    await runWatcher({ deps: watchDeps({ db, loaded, owner }), log, parallel }, signal);
  }

  /** Pushes zones to name servers of somebody else, beside the loop. */
  async push(signal: AbortSignal): Promise<void> {
    const { loaded, log } = this.#context;
    const { db, owner } = this.deps;
    const settings = loaded.config["dns.push"];
    await runPusher({ db, settings, keys: loaded.config["dns.tsig_keys"], owner, now: () => this.#now(), log }, signal);
  }

  /** Drives rotations of many domains, beside the loop. */
  async rollOut(signal: AbortSignal): Promise<void> {
    const { loaded, log } = this.#context;
    const { db, owner } = this.deps;
    const resolveTxt: ResolveTxt = async (name) => txtResolverOf((await configWithSettings(db, loaded)).config)(name);
    const looks = rolloutLooks({ ...this.deps, resolveTxt });
    await runFleet({ ...looks, db, owner, now: this.#now, pollSeconds: rolloutPollSeconds }, log, signal);
  }

  /** Asks registries until when domains of ours are registered, beside the loop; nobody unless the configuration says whom. */
  async watchRegistrations(signal: AbortSignal): Promise<void> {
    const { loaded, log } = this.#context;
    const { "rdap.url": url, "rdap.allow_private": allowPrivate } = loaded.config;
    if (url === undefined) return;
    const heldZone = async (): Promise<string | undefined> => {
      const { dns } = await this.deps.settings();
      return dns?.heldZone ?? dns?.zone;
    };
    const ask = (name: string): Promise<RegistryAnswer> => askRegistry(name, { url, allowPrivate });
    await runRegistrations({ db: this.deps.db, now: this.#now, heldZone, ask }, log, signal);
  }

  /** Looks after the keys of signed zones, beside the loop. */
  async keepZoneKeys(signal: AbortSignal): Promise<void> {
    const { loaded, directory, log } = this.#context;
    const { db, nowMs, trustedTime } = this.deps;
    const { kek } = await openZoneKeystore(db, zoneKekFileOf(loaded, directory), this.#now());
    const settings = async (): ReturnType<DnssecDeps["settings"]> => {
      const { policy } = await this.deps.settings();
      return { policy: zoneKeyPolicyOf(policy), dnskeyTtl: policy.recordTtlSeconds };
    };
    const observe = async (origin: string): Promise<ZoneKeysObserved> =>
      observeZoneKeys(origin, this.#now(), iterativeOptions((await configWithSettings(db, loaded)).config));
    const deps: DnssecDeps = { db, kek, settings, observe, nowMs, signingNow: this.#now, trustedTime };
    await Promise.all([runZoneKeeper(deps, log, signal), runZoneSigner(deps, log, signal)]);
  }

  /** What our zones say of ourselves follows the settings; looked at when they change. */
  async #keepOwnZones(): Promise<void> {
    const { dns, policy } = await this.deps.settings();
    const settings = JSON.stringify([dns, policy.recordTtlSeconds, policy.negativeTtlSeconds]);
    if (dns === undefined || settings === this.#zonesKeptFor) return;
    const origins = await refreshOwnZones(this.deps.db, { dns, policy, now: this.#now() });
    this.#zonesKeptFor = settings;
    if (origins.length > 0) this.#context.log.info({ origins }, "our zones follow the settings");
  }

  /** The catalog follows the settings; from there on every zone that is opened or removed keeps it. */
  async #keepCatalog(): Promise<void> {
    const { db } = this.deps;
    const origin = catalogOrigin((await configWithSettings(db, this.#context.loaded)).config);
    if (this.#catalogKept && origin === this.#catalogKept.origin) return;
    const state = await keepCatalog(db, origin, this.#now());
    this.#catalogKept = { origin };
    const { log } = this.#context;
    if (state === "changed") log.info({ origin: origin ?? null }, "the catalog of zones follows the settings");
    if (state === "taken")
      log.error(
        { origin },
        "there is no catalog for secondaries: a zone of its name is served; set dns.catalog to another",
      );
  }

  /** What killed signers left, what was counted long ago, and what a wrong clock put off. */
  async #prune(): Promise<void> {
    if (this.#now() < this.#prunedAt + pruneEverySeconds) return;
    this.#prunedAt = this.#now();
    await pruneSigners(this.deps.db, this.#now() - signerRestSeconds);
    await pruneKeyUseDays(this.deps.db, this.#now() - useDaysKeptSeconds);
    await pruneReports(this.deps.db, this.#now() - useDaysKeptSeconds);
    const { policy } = await this.deps.settings();
    await wakeFromFuture(this.deps.db, this.#now(), Math.max(longestRestSeconds, 2 * policy.watchIntervalSeconds));
  }

  async #visit({ id, tenantId }: { id: string; tenantId: string }): Promise<void> {
    const row = await findDomain(this.deps.db, tenantId, id);
    if (row === undefined || row.dueAt > this.#now()) return; // another controller was faster
    if (claimState(row) === "pending") {
      if (isManaged(row)) await reconcileDomain(this.deps, this.#book, row); // keys that are made with the claim
      return this.#lookAtPending(row);
    }
    if (claimState(row) !== "released") await this.#lookIfDue(row);
    const visit = await reconcileDomain(this.deps, this.#book, row);
    const { log } = this.#context;
    if (visit.outcome === "at-rest" && visit.alarms !== undefined) this.#alarms.tell(row, visit.alarms);
    if (visit.outcome === "obstacle") log.error({ domain: row.name, ...visit.obstacle }, "a key cannot be used");
    const reminded = visit.steps.filter((step) => step.startsWith("reminded "));
    if (reminded.length > 0)
      log.warn(
        { domain: row.name, steps: reminded },
        "the customer has yet to act: chancery domain show says what to do",
      );
    const moves = visit.steps.filter((step) => !step.startsWith("observe "));
    if (moves.length > 0) log.info({ domain: row.name, steps: moves }, "moved");
    else if (visit.steps.length > 0) log.debug({ domain: row.name, steps: visit.steps }, "looked");
    if (visit.outcome === "at-rest")
      for (const wait of visit.waits)
        if (wait.for === "newer-version")
          log.error({ domain: row.name, reason: wait.reason }, "nothing is done for this domain");
    if (visit.outcome === "not-live" || visit.outcome === "not-configured")
      await this.#rest(row, pendingRestSecondsMax);
  }

  /** A claim without proof: look, and look again after a while that grows with the claim's age. */
  async #lookAtPending(row: DomainRow): Promise<void> {
    const { policy, dns } = await this.deps.settings();
    if (dns !== undefined) await this.#look(row);
    const age = this.#now() - row.createdAt;
    await this.#rest(
      row,
      Math.min(Math.max(policy.observeIntervalSeconds, Math.floor(age / 20)), pendingRestSecondsMax),
    );
  }

  async #lookIfDue(row: DomainRow): Promise<void> {
    const { policy } = await this.deps.settings();
    const everySeconds = Math.min(policy.observeIntervalSeconds, policy.claimCheckSeconds);
    if (this.#now() - (this.#lookedAt.get(row.id) ?? 0) >= everySeconds) await this.#look(row);
  }

  async #look(row: DomainRow): Promise<void> {
    const { config } = await configWithSettings(this.deps.db, this.#context.loaded);
    this.#lookedAt.delete(row.id); // a map keeps the order of insertion: what was looked at last stands last
    this.#lookedAt.set(row.id, this.#now());
    const [oldest] = this.#lookedAt.keys();
    if (this.#lookedAt.size > lookedAtMax && oldest !== undefined) this.#lookedAt.delete(oldest);
    const look = claimLookOf(config, this.#now, this.deps.trustedTime);
    const looked = await observeClaim(this.deps.db, row, onboardingSettings(config), look);
    const seen = await findDomain(this.deps.db, row.tenantId, row.id);
    if (seen !== undefined) await lookForOthersSelectors(this.deps.db, seen, config, this.#now());
    const { log } = this.#context;
    if (looked.lost.length > 0)
      log.error(
        { domain: row.name, lost: looked.lost },
        "a record that was published is gone; mail is signed on, and may fail",
      );
    const { level, text } = proofLogOf[looked.proof ?? "nothing new"];
    if (text !== undefined) log[level]({ domain: row.name }, text);
  }

  /** Puts a domain aside for a while. Whoever verifies or wakes it meanwhile is heard. */
  async #rest(row: DomainRow, seconds: number): Promise<void> {
    const rev = await claimDomain(this.deps.db, row.id, this.deps.owner, leaseSeconds, this.#now());
    if (rev !== undefined) await releaseLease(this.deps.db, row.id, rev, this.#now() + seconds);
  }

  readonly #now = (): number => Math.floor(this.deps.nowMs() / 1000);
}
