import { type ResolveTxt, sign, verify } from "chancery/dkim";
import { openFindingsSince } from "../../../engine/database/watch-findings.ts";
import { openKey } from "../../../engine/keystore/envelope.ts";
import { judgeRound, reasonsOf } from "../../../model/rotation/confirm.ts";
import { roleOf } from "../../../model/key/key-role.ts";
import {
  activeKey,
  type DomainState,
  type ManagedKey,
  pendingRotations,
  successorOf,
} from "../../../model/rotation/rotation-state.ts";
import { waitsOf } from "../../../model/rotation/rotation.ts";
import type { Seconds } from "../../../model/seconds.ts";
import type { LifecycleDeps } from "../deps.ts";
import { lookInto } from "../key-list.ts";
import { isLive, type LoadedDomain } from "../load-domain.ts";
import { chainObservation } from "../observe-chain.ts";
import type { RolloutDeps } from "./deps.ts";

/** The DNS as receivers see it: a recursive resolver. */
export type RolloutWorld = LifecycleDeps & { resolveTxt: ResolveTxt };

/** More is a slip, and would be worked off for weeks. */
const pendingMax = 2;

/** How a worker looks at one domain: what the controller sees, and what a receiver would. */
export const rolloutLooks = (world: RolloutWorld): Pick<RolloutDeps, "obstacleOf" | "stuckOf" | "faultOf"> => ({
  obstacleOf: async (tenantId, domainId, stream) => {
    const { domain, state, removed } = await lookInto(world, tenantId, domainId, stream);
    const roles = state.algorithms.map(roleOf);
    if (!isLive(domain.row)) return "its claim is not in force";
    if (removed) return "its stream was removed";
    if (state.method.maker === "customer") return "its owner brings the keys";
    if (!roles.some((role) => activeKey(state, role) !== undefined)) return "it has no active key yet";
    const pending = Math.max(...roles.map((role) => pendingRotations(state, role).length));
    return pending >= pendingMax ? `it has ${pending} rotations to carry out already` : undefined;
  },

  stuckOf: async (tenantId, domainId, stream) => {
    const { domain, state, policy, removed } = await lookInto(world, tenantId, domainId, stream);
    if (!isLive(domain.row)) return { outcome: "left", reason: "its claim is not in force any more" };
    if (removed) return { outcome: "left", reason: "its stream was removed" };
    const roles = state.algorithms.map(roleOf);
    const waits = waitsOf(state, policy);
    const successors = roles.flatMap((role) => successorOf(state, role)?.id ?? []);
    if (waits.some((wait) => wait.for === "customer" && wait.keyId !== undefined && successors.includes(wait.keyId)))
      return { outcome: "left", reason: "its customer has yet to publish the next key: chancery records shows it" };
    const timed = waits.find(
      (wait) => ["name", "visibility", "change-window"].includes(wait.for) && wait.untilTrustedMs !== undefined,
    );
    const active = roles.map((role) => activeKey(state, role)?.id);
    const full = waits.find((wait) => wait.for === "rotation" && !active.includes(wait.keyId));
    if (timed !== undefined || full?.untilTrustedMs !== undefined) return undefined;
    return { outcome: "failed", reason: "its rotation is blocked: chancery key list shows by what" };
  },

  faultOf: async (tenantId, domainId, stream, since) => {
    const { domain, state } = await lookInto(world, tenantId, domainId, stream);
    const keys = state.algorithms.flatMap((algorithm) => activeKey(state, roleOf(algorithm)) ?? []);
    if (keys.length === 0) return "no key is active";
    for (const key of keys) {
      const fault = (await recordFault(world, state, key)) ?? (await signatureFault(world, domain, state, key));
      if (fault !== undefined) return fault;
    }
    return reportedFault(world, tenantId, domainId, since);
  },
});

/** The key is missing or wrong at some authoritative server. What does not answer is no fault (I-12). */
async function recordFault(world: RolloutWorld, state: DomainState, key: ManagedKey): Promise<string | undefined> {
  const asked = key.chain.aliases[0]?.name ?? key.chain.record.name;
  const at = { trustedMs: state.trustedMs, wallMs: state.wallMs };
  const verdict = judgeRound(
    chainObservation(await world.observe(asked), key.chain, at, undefined),
    key.chain,
    "present",
  );
  return verdict.verdict === "wrong" ? `${key.selector}: ${reasonsOf(verdict).join("; ")}` : undefined;
}

/** A message is signed as mail is, and verified as a receiver does. */
async function signatureFault(
  world: RolloutWorld,
  domain: LoadedDomain,
  state: DomainState,
  key: ManagedKey,
): Promise<string | undefined> {
  const { id: domainId, tenantId } = domain.row;
  const row = domain.keyRows.find(({ id }) => id === key.id);
  if (row === undefined || row.sealed === null) return "the private half of its active key is not there";
  const { id: keyId, version, algorithm } = row;
  const opened = await openKey(
    world.kek,
    { tenantId, domainId, keyId, version, algorithm },
    row.sealed,
    row.spkiSha256,
  );
  if (opened.result === "refused") return `the private half of ${row.selector} does not open: ${opened.reason}`;
  const now = Math.floor(state.wallMs / 1000);
  const from = domain.row.name;
  const message = Buffer.from(`From: canary@${from}\r\nSubject: canary\r\n\r\ncanary\r\n`);
  const keys = [{ signingDomain: from, selector: row.selector, privateKey: opened.keypair.privateKey }];
  const fields = await sign(message, { keys, now });
  const [verification] = await verify(Buffer.concat([fields, message]), { resolveTxt: world.resolveTxt, now });
  if (verification === undefined) return "a message of its could not be signed";
  const { result, reason } = verification;
  return result === "pass" || result === "temperror"
    ? undefined
    : `a signature by ${row.selector} is ${result}: ${reason}`;
}

/** Where the domain is watched: what was found wrong with its keys and signatures since the rotation was asked for. */
async function reportedFault(
  { db }: RolloutWorld,
  tenantId: string,
  domainId: string,
  since: Seconds,
): Promise<string | undefined> {
  const [first] = await openFindingsSince(db, tenantId, domainId, faultCodes, since);
  return first === undefined ? undefined : `${first.code} at ${first.subject}, found while it was watched`;
}

const faultCodes = [
  "NoKeyRecord",
  "KeyRevoked",
  "KeyMalformed",
  "KeyMismatch",
  "MultipleKeyRecords",
  "TargetMissing",
  "NotAligned",
];
