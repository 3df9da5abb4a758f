import { newId } from "../../engine/database/id.ts";
import type { Database, DomainRow } from "../../engine/database/schema.ts";
import { findDomain } from "../../engine/database/domains.ts";
import { insertTenant } from "../../engine/database/tenants.ts";
import type { NameObservation, ServerAnswer } from "../../model/rotation/chain-observation.ts";
import type { DnsSettings, MethodName } from "../../model/delegation/delegation.ts";
import { type TimingPolicy, timingPresets } from "../../model/rotation/timing-policy.ts";
import { addDomain } from "./add.ts";
import type { OnboardingSettings } from "./claim.ts";
import { type Looked, observeClaim, type ObserveDeps } from "./observe.ts";

/** Tenants, the texts that stand at the names of their proofs, and a clock that only a test moves. */

export const dns: DnsSettings = {
  zone: "dkim.esp.example",
  nameservers: [{ name: "ns1.dkim.esp.example", addresses: ["192.0.2.1"] }],
};
export const settings: OnboardingSettings = { dns, label: "s", recordTtlSeconds: 3600, rotateAfterSeconds: 7_776_000 };

/** What the servers of a customer do at a name: each has these texts, or none of them answers. */
export type Standing = readonly string[] | "silent" | "half-silent";

export type OwnershipWorld = {
  db: Database;
  clock: { seconds: number };
  policy: TimingPolicy;
  /** Texts, by the name: that of a proof, or of another record in whose place they stand. */
  standing: Map<string, Standing>;
  /** What resolvers at other places say of the same name; none: nobody is asked. */
  elsewhere: Standing[];
  /** The zone that answers; absent: the customer's. */
  zone: string | undefined;
  tenant: () => Promise<string>;
  claim: (tenantId: string, domain: string, method?: MethodName) => Promise<DomainRow>;
  /** Publishes the claim's proof, and nothing else. */
  prove: (row: DomainRow) => void;
  look: (row: DomainRow) => Promise<Looked["proof"]>;
  /** Looks at the claim as it was when the row was read. */
  lookAs: (row: DomainRow, actor?: string) => Promise<Looked["proof"]>;
  now: (row: DomainRow) => Promise<DomainRow>;
  pass: (seconds: number) => void;
};

const proofName = (domain: string): string => `_chancery-challenge.${domain}`;

export function ownershipWorld(db: Database): OwnershipWorld {
  const clock = { seconds: 1_800_000_000 };
  const standing: OwnershipWorld["standing"] = new Map();
  const world: OwnershipWorld = {
    db,
    clock,
    policy: timingPresets.default,
    standing,
    elsewhere: [],
    zone: undefined,
    tenant: async () => {
      const id = newId("ten");
      await insertTenant(db, { id, name: `tenant ${id}`, createdAt: 1 });
      return id;
    },
    claim: (tenantId, domain, method = "cname-ring") =>
      addDomain(db, { tenantId, domain, method }, settings, "test", clock.seconds),
    prove: ({ name, challengeToken }) => {
      const there = standing.get(proofName(name));
      const others = Array.isArray(there) ? (there as readonly string[]) : [];
      standing.set(proofName(name), [...others, challengeToken]);
    },
    look: async (row) => world.lookAs(await world.now(row)),
    lookAs: async (row, actor) =>
      (await observeClaim(db, row, settings, { ...depsOf(world), ...(actor !== undefined && { actor }) })).proof,
    now: async (row) => (await findDomain(db, row.tenantId, row.id)) ?? row,
    pass: (seconds) => void (clock.seconds += seconds),
  };
  return world;
}

const depsOf = (world: OwnershipWorld): ObserveDeps => ({
  observe: async (name, type) => observed(name, type, world.standing.get(name), world.zone),
  elsewhere: async () =>
    world.elsewhere.map((standing, index) => answerOf(standing, `resolver ${index}`, "udp", index)),
  follow: async (name) => {
    const texts = world.standing.get(name);
    const chain = { aliases: [], finalName: name };
    if (typeof texts === "string") return { ...chain, outcome: "unknown", reason: "servfail" };
    if (texts === undefined) return { ...chain, outcome: "absent", reason: "nxdomain" };
    return { ...chain, outcome: "present", texts: texts.map((text) => ({ text, ttlSeconds: 300 })) };
  },
  openDomains: async () => [],
  now: () => world.clock.seconds,
  trustedMs: async () => world.clock.seconds * 1000,
  policy: world.policy,
});

const servers = ["198.51.100.1", "198.51.100.2"];

const observed = (
  name: string,
  type: NameObservation["type"],
  standing: Standing | undefined,
  zone = "customer.example",
): NameObservation => ({
  name,
  type,
  zone,
  negativeTtlSeconds: 300,
  answers: servers.flatMap((address, index) =>
    (["udp", "tcp"] as const).map((transport) => answerOf(standing ?? [], address, transport, index)),
  ),
});

function answerOf(standing: Standing, address: string, transport: "udp" | "tcp", index: number): ServerAnswer {
  if (standing === "silent" || (standing === "half-silent" && index === 0))
    return { address, transport, said: { kind: "unknown", reason: "servfail" } };
  const texts = standing === "half-silent" ? [] : standing;
  const records = texts.map((data) => ({ type: "TXT" as const, ttlSeconds: 300, data }));
  return { address, transport, said: { kind: "answer", authoritative: true, records } };
}
