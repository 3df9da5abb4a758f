// Plays the lives of all domains, from wherever they are, until each has come to its end or this process dies at a commit.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import process from "node:process";
import { readChangeCounter } from "../../../server/src/engine/database/change-counter.ts";
import { findDomain } from "../../../server/src/engine/database/domains.ts";
import { newId } from "../../../server/src/engine/database/id.ts";
import { type DatabaseOptions, openDatabase } from "../../../server/src/engine/database/open.ts";
import { kekOf } from "../../../server/src/engine/keystore/kek.ts";
import { timingPresets } from "../../../server/src/model/rotation/timing-policy.ts";
import { reconcileDomain } from "../../../server/src/service/lifecycle/controller.ts";
import type { LifecycleDeps } from "../../../server/src/service/lifecycle/deps.ts";
import { dns } from "../../../server/src/service/lifecycle/lifecycle.fixture.ts";
import { roundBook } from "../../../server/src/service/lifecycle/rounds.ts";
import { trustedTimeOf } from "../../../server/src/service/lifecycle/trusted-time.ts";
import { KeyRing } from "../../../server/src/service/signing/key-ring.ts";
import { Registration } from "../../../server/src/service/signing/registration.ts";
import { playClaim } from "./claim.ts";
import { endLeasesOfTheDead, newLeaseOwner } from "../../../server/src/app/lease-owner.ts";
import { dieAtCommits } from "./deaths.ts";
import { partsOf } from "./parts.ts";
import { workOnRollouts } from "./rollout.ts";
import { authoritiesOf, domainIdOf, lifeNames, publishSeries, startsAtMs, tenantId } from "./world.ts";

/** What the parent says. */
export type Orders = {
  database: DatabaseOptions;
  /** The clock and how far each life is, kept over deaths. */
  progress: string;
  /** One line for each death that was died, and of an undisturbed process for each that it passes. */
  deaths: string;
  /** At each that is new, or at a commit by its number, whichever comes first. */
  dies: "never" | { atCommit: number };
};

const orders = JSON.parse(process.argv[2] ?? "") as Orders;
const roundsMax = 3000;
/** No key is old enough to go by itself. */
const policy = { ...timingPresets.lab, rotateAfterSeconds: 100 * 86_400 };

const read = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
const died = new Set(read(orders.deaths).split("\n"));
const kept = JSON.parse(read(orders.progress) || "null") as { wallMs: number; parts: Record<string, number> } | null;
let wallMs = kept === null ? startsAtMs : kept.wallMs + 1000;
const parts: Record<string, number> = kept?.parts ?? {};
let commits = 0;
let about: string | undefined;
let alive = false;

dieAtCommits(
  (deaths) => {
    if (!alive) return false;
    commits++;
    const fresh = deaths.filter((death) => !died.has(death));
    for (const death of fresh) {
      died.add(death);
      appendFileSync(orders.deaths, `${death}\n`);
    }
    return orders.dies !== "never" && (fresh.length > 0 || commits === orders.dies.atCommit);
  },
  () => about,
);

const db = await openDatabase(orders.database);
const kek = kekOf(createHash("sha256").update("lives").digest());
const owner = newLeaseOwner();
await endLeasesOfTheDead(db, Math.floor(wallMs / 1000));
const monotonicMs = (): number => wallMs - startsAtMs;
const deps: LifecycleDeps = {
  db,
  kek,
  nowMs: () => wallMs,
  settings: async () => ({ policy, dns, disclose: true }),
  observe: () => Promise.reject(new Error("each life has servers of its own")),
  // No test can move PostgreSQL's own clock: there trusted time is the monotonic clock.
  trustedTime:
    orders.database.url === undefined
      ? trustedTimeOf({ db, nowMs: () => wallMs, monotonicMs, clockErrorSeconds: policy.clockErrorSeconds })
      : { readMs: async () => monotonicMs() },
  owner,
  crashPoint: (point) => (about = point.startsWith("before-") ? point.slice("before-".length) : undefined),
};
const wallSeconds = (): number => wallMs / 1000;

const lives = await Promise.all(
  lifeNames.map(async (name) => {
    const authorities = authoritiesOf(db, name);
    const own = { ...deps, observe: authorities.observe };
    const script = partsOf(name, { deps: own, authorities, wallSeconds });
    parts[name] ??= -1;
    for (const part of script.slice(0, parts[name] + 1)) await part.publish?.();
    return { name, authorities, deps: own, book: roundBook(), script, dueAt: 0, fresh: true };
  }),
);
const ring = new KeyRing(db, kek, policy.signerLeaseSeconds, monotonicMs, () => wallMs);
const registration = new Registration(db, ring, {
  id: newId("key"),
  node: "host",
  role: "relay",
  startedAt: Math.floor(wallSeconds()),
});
const claim = await playClaim(db, wallSeconds);
alive = true;

for (let round = 0; ; round++) {
  if (round > roundsMax) throw new Error(`no end: ${JSON.stringify(parts)}`);
  const asked = ring.moment();
  const counter = await readChangeCounter(db);
  ring.heard(true, asked);
  await registration.renew(counter, policy.signerLeaseSeconds, Math.floor(wallSeconds()));
  await workOnRollouts(db, owner, Math.floor(wallSeconds()));
  let playing = await claim();
  for (const life of lives) playing = (await play(life)) || playing;
  const next = Math.min(...lives.map(({ dueAt }) => dueAt), Math.floor(wallSeconds()) + 2);
  wallMs = Math.max(wallMs + 1000, next * 1000);
  writeFileSync(`${orders.progress}.new`, JSON.stringify({ wallMs, parts }));
  renameSync(`${orders.progress}.new`, orders.progress);
  if (!playing) break;
}
await registration.leave();
await db.destroy();

/** One turn of a life; false when it is over. */
async function play(life: (typeof lives)[number]): Promise<boolean> {
  const { name, script } = life;
  const row = (await findDomain(db, tenantId, domainIdOf(name)))!;
  if (name === "series") await publishSeries(db, life.authorities, row, Math.floor(wallSeconds()));
  if (Math.min(row.dueAt, life.dueAt) <= wallSeconds() || life.fresh) {
    const visit = await reconcileDomain(life.deps, life.book, { id: row.id, tenantId });
    life.dueAt = "dueAt" in visit ? visit.dueAt : Math.floor(wallSeconds()) + 5;
  }
  const now = parts[name] ?? -1;
  const part = script[now];
  if (life.fresh && part?.ask !== undefined && part.asked !== undefined && !(await part.asked())) await part.ask();
  else if (life.fresh && part?.ask !== undefined && part.asked === undefined) await part.ask();
  life.fresh = false;
  if (part !== undefined && !(await part.over())) return true;
  if (now >= script.length) return false;
  parts[name] = now + 1;
  await script[now + 1]?.publish?.();
  life.fresh = true;
  return now + 1 < script.length;
}
