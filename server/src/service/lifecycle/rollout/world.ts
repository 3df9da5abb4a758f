import { type ResolveTxt, sign, verify } from "chancery/dkim";
import { openFindingsSince } from "../../../engine/database/watch-findings.ts";
import { openKey } from "../../../engine/keystore/envelope.ts";
import { judgeRound, reasonsOf } from "../../../model/rotation/confirm.ts";
import { activeKey, pendingRotations, successorOf } from "../../../model/rotation/rotation-state.ts";
import { waitsOf } from "../../../model/rotation/rotation.ts";
import type { Seconds } from "../../../model/seconds.ts";
import type { LifecycleDeps } from "../deps.ts";
import { lookInto } from "../key-list.ts";
import { isLive } from "../load-domain.ts";
import { chainObservation } from "../observe-chain.ts";
import type { RolloutDeps } from "./deps.ts";

/** The DNS as receivers see it: a recursive resolver. */
export type RolloutWorld = LifecycleDeps & { resolveTxt: ResolveTxt };

/** More is a slip, and would be worked off for weeks. */
const pendingMax = 2;

/** How a worker looks at one domain: what the controller sees, and what a receiver would. */
export const rolloutLooks = (world: RolloutWorld): Pick<RolloutDeps, "obstacleOf" | "stuckOf" | "faultOf"> => ({
  obstacleOf: async (tenantId, domainId) => {
    const { domain, state } = await lookInto(world, tenantId, domainId);
    if (!isLive(domain.row)) return "its claim is not in force";
    if (state.method.maker === "customer") return "its owner brings the keys";
    if (activeKey(state, "primary") === undefined) return "it has no active key yet";
    const pending = pendingRotations(state, "primary").length;
    return pending >= pendingMax ? `it has ${pending} rotations to carry out already` : undefined;
  },

  stuckOf: async (tenantId, domainId) => {
    const { domain, state, policy } = await lookInto(world, tenantId, domainId);
    if (!isLive(domain.row)) return { outcome: "left", reason: "its claim is not in force any more" };
    const successor = successorOf(state, "primary")?.id;
    if (waitsOf(state, policy).some((wait) => wait.for === "customer" && wait.keyId === successor))
      return { outcome: "left", reason: "its customer has yet to publish the next key: chancery records shows it" };
    const timed = waitsOf(state, policy).find(
      (wait) => ["name", "visibility", "change-window"].includes(wait.for) && wait.untilTrustedMs !== undefined,
    );
    const full = waitsOf(state, policy).find(
      (wait) => wait.for === "rotation" && wait.keyId !== activeKey(state, "primary")?.id,
    );
    if (timed !== undefined || full?.untilTrustedMs !== undefined) return undefined;
    return { outcome: "failed", reason: "its rotation is blocked: chancery key list shows by what" };
  },

  faultOf: async (tenantId, domainId, since) =>
    (await recordFault(world, tenantId, domainId)) ??
    (await signatureFault(world, tenantId, domainId)) ??
    (await reportedFault(world, tenantId, domainId, since)),
});

/** The active key is missing or wrong at some authoritative server. What does not answer is no fault (I-12). */
async function recordFault(world: RolloutWorld, tenantId: string, domainId: string): Promise<string | undefined> {
  const { state } = await lookInto(world, tenantId, domainId);
  const key = activeKey(state, "primary");
  if (key === undefined) return "no key is active";
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
async function signatureFault(world: RolloutWorld, tenantId: string, domainId: string): Promise<string | undefined> {
  const { domain, state } = await lookInto(world, tenantId, domainId);
  const key = activeKey(state, "primary");
  const row = domain.keyRows.find(({ id }) => id === key?.id);
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
