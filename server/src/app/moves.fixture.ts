import { generateKeyPairSync } from "node:crypto";
import { isAtOrBelow, nameData, readName, txtData, TYPE } from "chancery/dns";
import { findDomain } from "../engine/database/domains.ts";
import type { DatabaseOptions } from "../engine/database/open.ts";
import { listRecordsAt } from "../engine/database/records.ts";
import type { DomainRow } from "../engine/database/schema.ts";
import { findZoneByOrigin, listZones } from "../engine/database/zones.ts";
import { Secret } from "../engine/keystore/secret.ts";
import type { MethodName } from "../model/delegation/delegation.ts";
import { isUpcoming } from "../model/key/key-phase.ts";
import type { ForeignRecord, SelectorSight } from "../model/delegation/selector-import.ts";
import type { NameObservation, ServerAnswer } from "../model/rotation/chain-observation.ts";
import type { TracedChain } from "../model/traced-chain.ts";
import { importKeyOf } from "../service/lifecycle/import-key.ts";
import { type KeyListing, listKeys } from "../service/lifecycle/key-list.ts";
import { dns, publishRecord, type Stage, stageOf } from "../service/lifecycle/lifecycle.fixture.ts";
import { requestMove } from "../service/lifecycle/request-move.ts";
import { keepSelectorImport } from "../service/lifecycle/selector-import.ts";
import { withdrawKey } from "../service/lifecycle/withdraw-key.ts";
import type { OnboardingSettings } from "../service/onboarding/claim.ts";
import { observeClaim } from "../service/onboarding/observe.ts";
import { nameOtherSelectors } from "../service/onboarding/other-selectors.ts";
import { type DomainView, domainView } from "../service/onboarding/view.ts";

/** The domain: a name that only sends, in its owner's zone customer.example. */
const domain = "mail.customer.example";
/** What others have there: a vendor's key, a vendor's branch, and records that are no keys. All of it has to answer at all times. */
const others: readonly [string, string][] = [
  [`v1._domainkey.${domain}`, "v=DKIM1; p=AAAA"],
  [`_dmarc.${domain}`, "v=DMARC1; p=none"],
  [domain, "v=spf1 -all"],
];
const own = new Map(others);
const turnsMax = 400;

/** A domain in its world, whose owner does what it is told, turn by turn, and nothing else. */
export type Customer = {
  stage: Stage;
  view: () => Promise<DomainView>;
  /** Begins with its first method: from nothing to a key that signs. */
  begin: () => Promise<void>;
  /** Moves it and plays until the move is over; the stages that were seen on the way. */
  move: (to: MethodName) => Promise<string[]>;
  /** Plays turns until `done`. */
  play: (done: (view: DomainView) => boolean | Promise<boolean>) => Promise<string[]>;
};

export async function customerOf(database: DatabaseOptions, method: MethodName = "cname-ring"): Promise<Customer> {
  const stage = await stageOf(database, { domain, method });
  const { db, tenantId, domainId, authorities, wallSeconds } = stage;
  const controller = stage.controller();
  const of = { tenantId, domainId, requestedBy: "test" };
  const settings: OnboardingSettings = {
    dns,
    label: "s",
    recordTtlSeconds: 60,
    rotateAfterSeconds: stage.settings.policy.rotateAfterSeconds,
  };
  for (const [name, text] of others) authorities.published.set(name, { texts: [text] });
  const now = (): number => Math.floor(wallSeconds());
  const row = async (): Promise<DomainRow> => (await findDomain(db, tenantId, domainId))!;
  const view = async (): Promise<DomainView> => domainView(db, await row(), settings, now());

  /** The owner publishes and removes what its view says, of a delegation that is taken back all in one change. */
  async function act(
    { row: { method: shownMethod }, records, move, otherSelectors }: DomainView,
    keys: readonly KeyListing[],
  ): Promise<void> {
    for (const { name, type, data, need, purpose, note, state } of records) {
      const owns = authorities.published.get(name);
      if (need === "removable" || purpose === "key (can go)") {
        if (owns === undefined || ("texts" in owns && own.has(name))) continue;
        authorities.published.delete(name);
        if (own.has(name)) authorities.published.set(name, { texts: [own.get(name)!] });
      } else if (need !== "later" && (state !== "present" || note !== undefined)) {
        if (type === "TXT") authorities.published.set(name, { texts: [data] });
        else publishRecord(authorities, { name, type: type as "CNAME", data, purpose: "key-alias" });
      }
    }
    if (move?.next.startsWith("bring a key") || (keys.length === 0 && shownMethod === "customer-key"))
      await bringKey(keys);
    for (const { selector, origin, phase } of keys)
      if (origin === "shared" && phase === "draining" && move?.from === "customer-key")
        await withdrawKey(controller.deps, { ...of, selector, yes: true });
    if (otherSelectors !== undefined && (await row()).options.otherSelectors === undefined)
      await nameOtherSelectors(db, await row(), { otherSelectors: "none" }, "test", now()).catch(() => {});
  }

  let brought = 0;
  async function bringKey(keys: readonly KeyListing[]): Promise<void> {
    if (keys.some(({ origin, phase }) => origin === "shared" && isUpcoming(phase))) return;
    const pem = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const key = { privateKey: new Secret(pem) };
    const { kek } = controller.deps;
    const look = async (): Promise<readonly string[]> => [];
    await importKeyOf({ ...controller.deps, kek, look }, { ...of, selector: `own${++brought}`, key });
  }

  /** What the owner's records look like from outside, and what others have. */
  async function look(): Promise<void> {
    const observe = observeWith(stage);
    await observeClaim(db, await row(), settings, {
      observe,
      elsewhere: async () => [],
      follow: async (name) => followed(stage, name),
      openDomains: async () => [],
      now,
      trustedMs: () => controller.deps.trustedTime.readMs(),
      policy: stage.settings.policy,
    });
    const sightAt = async (name: string): Promise<SelectorSight> => {
      const records = await recordsSeen(stage, name);
      return { selector: "", name, state: records.length > 0 ? "present" : "absent", records };
    };
    await keepSelectorImport(
      db,
      await row(),
      {
        look: async (_domain, named) => ({
          node: "exists",
          wildcard: false,
          selectors: await Promise.all(
            [...new Set([...named, "v1"])].map(async (selector) => {
              const { name: _, ...sight } = await sightAt(`${selector}._domainkey.${domain}`);
              return { ...sight, selector };
            }),
          ),
        }),
        names: async (origin) => Promise.all([origin, `_dmarc.${origin}`].map(sightAt)),
        delegation: (name) => observe(name, "NS"),
        serves: async () => true,
      },
      { dns, policy: stage.settings.policy, now: now() },
    );
  }

  /** Whatever mail may be signed with, and whatever others have, answers: at every turn. */
  async function answers(keys: readonly KeyListing[]): Promise<void> {
    const needed: [string, string][] = keys
      .filter(({ phase }) => phase === "active" || phase === "draining" || phase === "ready")
      .map(({ keyName, record }) => [keyName, record]);
    for (const [name, text] of [...others, ...needed]) {
      const said = (await authorities.observe(name)).names.at(-1)?.addresses[0]?.udp;
      const there = said?.state === "records" && said.records.some((record) => record.text === text);
      if (!there) throw new Error(`${name} does not answer: ${JSON.stringify(said)}; ${await stage.phases()}`);
    }
  }

  const play: Customer["play"] = async (done) => {
    const stages: string[] = [];
    for (let turn = 0; turn < turnsMax; turn++) {
      const [shown, { keys }] = await Promise.all([view(), listKeys(controller.deps, tenantId, domainId)]);
      const at = shown.move?.stage;
      if (at !== undefined && at !== stages.at(-1)) stages.push(at);
      await answers(keys);
      if (await done(shown)) return stages;
      await act(shown, keys);
      await answers(keys);
      await look();
      const visit = await controller.visit();
      stage.sleep("dueAt" in visit ? Math.max(1, visit.dueAt - now()) : 1);
    }
    const { move, records } = await view();
    const { waits } = await listKeys(controller.deps, tenantId, domainId);
    throw new Error(`no end: ${JSON.stringify({ move, records, waits, phases: await stage.phases() }, null, 1)}`);
  };

  return {
    stage,
    view,
    play,
    begin: async () => void (await play(async () => (await stage.phases()).includes(" active"))),
    move: async (to) => {
      await requestMove(controller.deps, of, to);
      return play(({ move, row: { method: at } }) => move === undefined && at === to);
    },
  };
}

/** Where a name leads, by the word of the servers on the way. */
async function followed({ authorities }: Stage, name: string): Promise<TracedChain> {
  const { names } = await authorities.observe(name);
  const aliases = names.flatMap(({ name: at, addresses: [first] }) =>
    first?.udp.state === "alias" ? [{ name: at, target: first.udp.alias.target, ttlSeconds: first.udp.alias.ttl }] : [],
  );
  const chain = { aliases, finalName: names.at(-1)?.name ?? name };
  const said = names.at(-1)?.addresses[0]?.udp;
  if (said?.state !== "records") return { ...chain, outcome: "absent", reason: "nxdomain" };
  return { ...chain, outcome: "present", texts: said.records.map(({ text }) => ({ text: text ?? "", ttlSeconds: 5 })) };
}

/** The records at a name as its authoritative servers have them, wherever those are. */
async function recordsSeen(stage: Stage, name: string): Promise<ForeignRecord[]> {
  const branch = await delegationSeen(stage, name);
  const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");
  if (branch.length > 0) return branch.map((host) => ({ name, type: TYPE.NS, ttl: 60, data: base64(nameData(host)) }));
  const said = (await stage.authorities.observe(name)).names[0]?.addresses[0]?.udp;
  if (said?.state === "alias") return [{ name, type: TYPE.CNAME, ttl: 60, data: base64(nameData(said.alias.target)) }];
  if (said?.state !== "records") return [];
  return said.records.map(({ text }) => ({ name, type: TYPE.TXT, ttl: 60, data: base64(txtData(text ?? "")) }));
}

/** The NS of a delegation by its parent's word: the customer's zone, or the zone of ours that it lies in. */
async function delegationSeen({ db, authorities }: Stage, name: string): Promise<string[]> {
  const cuts = [...authorities.published].flatMap(([owner, content]) => ("servers" in content ? [owner] : []));
  const isHidden = cuts.some((owner) => owner !== name && isAtOrBelow(name, owner));
  const own = authorities.published.get(name);
  if (!isHidden) return own !== undefined && "servers" in own ? [...own.servers] : [];
  const origins = (await listZones(db, { limit: 100 })).rows.map(({ origin }) => origin);
  const above = origins.filter((origin) => isAtOrBelow(name, origin)).toSorted((a, b) => b.length - a.length)[0];
  const zone = above === undefined ? undefined : await findZoneByOrigin(db, above);
  const records = zone === undefined ? [] : await listRecordsAt(db, zone.id, name);
  return records.filter(({ type }) => type === TYPE.NS).map(({ data }) => readName(data));
}

/** A look at one name, as onboarding makes it. */
function observeWith(stage: Stage) {
  return async (name: string, type: "TXT" | "CNAME" | "NS"): Promise<NameObservation> => {
    const zone = "customer.example";
    const at = ["198.51.100.1", "198.51.100.2"];
    const answered = (records: { type: "TXT" | "CNAME" | "NS"; data: string }[], apex = zone): NameObservation => ({
      name,
      type,
      zone: apex,
      negativeTtlSeconds: 2,
      answers: at.map((address): ServerAnswer => ({
        address,
        transport: "udp",
        said: { kind: "answer", authoritative: true, records: records.map((one) => ({ ...one, ttlSeconds: 5 })) },
      })),
    });
    if (type === "NS") return answered((await delegationSeen(stage, name)).map((data) => ({ type: "NS", data })));
    const [seen] = (await stage.authorities.observe(name)).names;
    const said = seen?.addresses[0]?.udp;
    const apex = seen?.zone.apex;
    if (said?.state === "alias") return answered([{ type: "CNAME", data: said.alias.target }], apex);
    if (said?.state !== "records") return answered([], apex);
    return answered(
      said.records.map(({ text }) => ({ type: "TXT", data: text ?? "" })),
      apex,
    );
  };
}
