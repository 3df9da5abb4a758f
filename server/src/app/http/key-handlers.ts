import type { Key, Rotation } from "@chancery/api";
import { usesOfDomainSince } from "../../engine/database/key-uses.ts";
import { listKeysOfDomain } from "../../engine/database/keys.ts";
import { type AliasListing, listAliases } from "../../service/lifecycle/alias-list.ts";
import { type KeyListing, listKeys, type RotationListing, type WaitListing } from "../../service/lifecycle/key-list.ts";
import { requestRotation } from "../../service/lifecycle/request-rotation.ts";
import { domainByName } from "../../service/onboarding/domains.ts";
import type { Caller, Handlers, HandlerContext } from "./handler.ts";
import { onlookerOf } from "./onlooker.ts";

/** What was signed in the last 14 days says whether a key is still used. */
const recentSeconds = 14 * 86_400;

/** Keys and rotations, as the controller sees them. */
export function keyHandlers(context: HandlerContext): Pick<Handlers, "listKeys" | "rotateKey" | "listRotations"> {
  const { db, now } = context;
  const onlooker = onlookerOf(context);
  const find = (caller: Caller, name: string) => domainByName(db, caller.tenantId, name);
  return {
    listKeys: async (caller, { params }) => {
      const row = await find(caller, params["domain"]!);
      const { keys } = await listKeys(onlooker, caller.tenantId, row.id);
      const since = now() - recentSeconds;
      const recent = await usesOfDomainSince(db, caller.tenantId, row.id, since);
      const stored = new Map((await listKeysOfDomain(db, caller.tenantId, row.id)).map((key) => [key.id, key]));
      const items = keys.map((key): Key => {
        const { recordName, spkiSha256 } = stored.get(key.id)!;
        return shownKey(row.name, key, {
          target: recordName,
          fingerprint: spkiSha256,
          recent: recent.get(key.id) ?? 0,
        });
      });
      const upstreams = (await listAliases(onlooker, caller.tenantId, row.id)).map((one) => ofUpstream(row.name, one));
      return { items: [...items, ...upstreams], next: null };
    },
    rotateKey: async (caller, { params, body }) => {
      const row = await find(caller, params["domain"]!);
      const asked = (body ?? {}) as { reason?: string; dual?: boolean; stream?: string };
      const { reason, dual = false, stream } = asked;
      const requested = await requestRotation(onlooker, {
        tenantId: caller.tenantId,
        domainId: row.id,
        ...(stream !== undefined && { stream }),
        dual,
        requestedBy: reason === undefined ? caller.tokenId : `${caller.tokenId}: ${reason}`,
      });
      return rotation(row.name, requested, requested.waits);
    },
    listRotations: async (caller, { params }) => {
      const row = await find(caller, params["domain"]!);
      const { rotations } = await listKeys(onlooker, caller.tenantId, row.id);
      return { items: rotations.map((one) => rotation(row.name, one, [])), next: null };
    },
  };
}

export function shownKey(
  domain: string,
  key: KeyListing,
  { target, fingerprint, recent: recentSignatures }: { target: string; fingerprint: string; recent: number },
): Key {
  const {
    id,
    stream,
    selector,
    keyName: name,
    role,
    algorithm,
    bits,
    phase,
    since,
    waits,
    record,
    origin,
    keeper,
  } = key;
  const { waitsFor, waitsUntil } = firstWait(waits.length > 0 ? waits : impliedWaits(phase));
  const blocked = waits.filter((wait) => wait.for === "sight" && wait.until === undefined).map(({ reason }) => reason);
  return {
    id,
    domain,
    stream: stream === "" ? null : stream,
    selector,
    name,
    target,
    method: key.method,
    origin,
    keeper,
    role,
    algorithm,
    bits,
    phase,
    since,
    waitsFor,
    waitsUntil,
    blocked: blocked.length === 0 ? null : blocked.join("; "),
    record,
    lastUsedAt: key.uses?.lastAt ?? null,
    signatures: key.uses?.signatures ?? 0,
    recentSignatures,
    fingerprint,
  };
}

/** A key that an upstream holds, as it was last seen where our alias leads. */
function ofUpstream(domain: string, { selector, keyName: name, target, since, waits, seen }: AliasListing): Key {
  const { key, reasons = [], state } = seen.find((one) => one.name === target) ?? {};
  const [wait] = waits;
  return {
    id: `upstream:${name}`,
    domain,
    stream: null,
    selector,
    name,
    since,
    target: target ?? "",
    method: "cname-chain",
    origin: "upstream",
    keeper: "upstream",
    role: "primary",
    algorithm: key?.type === "ed25519" ? "ed25519-sha256" : "rsa-sha256",
    bits: key?.bits ?? 0,
    // Whether the upstream signs with it, it alone knows.
    phase: state === "present" ? "published" : state === undefined ? "publishing" : "unknown",
    waitsFor: wait === undefined ? null : `${wait.for}: ${wait.reason}`,
    waitsUntil: wait?.until ?? null,
    blocked: state === "present" || reasons.length === 0 ? null : reasons.join("; "),
    record: key?.record ?? "",
    lastUsedAt: null,
    signatures: 0,
    recentSignatures: 0,
    fingerprint: key?.fingerprint ?? "",
  };
}

/** What the controller alone can time, having looked: how many rounds it has seen. Others can say what it looks for. */
const impliedWaits = (phase: KeyListing["phase"]): WaitListing[] => {
  const reason = impliedReasons[phase];
  return reason === undefined ? [] : [{ for: "sight", reason }];
};
const impliedReasons: Partial<Record<KeyListing["phase"], string>> = {
  publishing: "every authoritative address has to show it, round after round",
  published: "it has to be seen once more after its wait",
  ready: "stands by until a rotation is asked for or due",
  withdrawing: "every authoritative address has to be without it, round after round",
};

/** The wait that is told: the first with an end, else the first. */
function firstWait(waits: readonly WaitListing[]): { waitsFor: string | null; waitsUntil: number | null } {
  const wait = waits.find(({ until }) => until !== undefined) ?? waits[0];
  return { waitsFor: wait === undefined ? null : `${wait.for}: ${wait.reason}`, waitsUntil: wait?.until ?? null };
}

function rotation(domain: string, one: RotationListing, waits: readonly WaitListing[]): Rotation {
  const { id, stream = "", reason, requestedAt, steps, blocks } = one;
  const blocked = blocks.map((block) =>
    block.until === undefined ? block.reason : `${block.reason} until ${timeText(block.until)}`,
  );
  return {
    id,
    domain,
    stream: stream === "" ? null : stream,
    reason,
    requestedAt,
    step: steps.find(({ role }) => role === "primary")?.step ?? "PLANNED",
    blocked: blocked.length === 0 ? null : [...new Set(blocked)].join("; "),
    ...firstWait(waits.length > 0 ? waits : blocks),
  };
}

const timeText = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
