import { listKeyFactsOfAll } from "../../../server/src/engine/database/key-facts.ts";
import { findDomain, markDomainReleased, markDomainSuspended } from "../../../server/src/engine/database/domains.ts";
import { listAliasFacts } from "../../../server/src/engine/database/alias-facts.ts";
import { listMoveFacts } from "../../../server/src/engine/database/move-facts.ts";
import { readRollout, startedRollout } from "./rollout.ts";
import { transact } from "../../../server/src/engine/database/transact.ts";
import type { LifecycleDeps } from "../../../server/src/service/lifecycle/deps.ts";
import { type KeyList, listKeys } from "../../../server/src/service/lifecycle/key-list.ts";
import { publishFor } from "../../../server/src/service/lifecycle/lifecycle.fixture.ts";
import { requestAliasMove } from "../../../server/src/service/lifecycle/request-alias-move.ts";
import { abortMove, requestMove } from "../../../server/src/service/lifecycle/request-move.ts";
import { requestRotation } from "../../../server/src/service/lifecycle/request-rotation.ts";
import { revokeKey } from "../../../server/src/service/lifecycle/revoke-key.ts";
import type { FakeAuthorities } from "../../fakes/authorities.ts";
import { claimOf, domainIdOf, type LifeName, tenantId, upstreams } from "./world.ts";

/** A part of a life: what somebody asks for, once, and what it has come to when the part is over. */
export type Part = {
  /** What the customer publishes; done again by each process, as the servers are its own. */
  publish?: () => Promise<void>;
  ask?: () => Promise<unknown>;
  /** Whether it was asked for already, by a process that died since. */
  asked?: () => Promise<boolean>;
  over: () => Promise<boolean>;
};

type Player = { deps: LifecycleDeps; authorities: FakeAuthorities; wallSeconds: () => number };

/** The parts of every life, in order. */
export function partsOf(name: LifeName, { deps, authorities, wallSeconds }: Player): Part[] {
  const { db } = deps;
  const domainId = domainIdOf(name);
  const of = { tenantId, domainId };
  const listed = (): Promise<KeyList> => listKeys(deps, tenantId, domainId);
  const phases = async (): Promise<string> =>
    (await listed()).keys.map(({ selector, phase }) => `${selector} ${phase}`).join(", ");
  const until =
    (wanted: RegExp): Part["over"] =>
    async () =>
      wanted.test(await phases());
  const begun: Part = { over: until(/active.*ready/) };
  const rotated: Part = {
    ask: () => requestRotation(deps, { ...of, requestedBy: "test" }),
    asked: async () => (await listed()).rotations.some(({ reason }) => reason === "requested"),
    over: until(/destroyed.*active.*ready/),
  };
  const suspendedAt = (at: number | null): Promise<boolean> =>
    transact(db, (trx) => markDomainSuspended(trx, tenantId, domainId, at));
  const released: Part = {
    ask: () => transact(db, (trx) => markDomainReleased(trx, tenantId, domainId, wallSeconds())),
    asked: async () => ((await findDomain(db, tenantId, domainId))?.releasedAt ?? null) !== null,
    over: async () => (await listed()).keys.every(({ phase }) => phase === "destroyed"),
  };

  switch (name) {
    case "ring":
      return [
        begun,
        rotated,
        { ask: () => suspendedAt(wallSeconds()), over: until(/silenced.*silenced/) },
        { ask: () => suspendedAt(null), over: until(/active.*ready/) },
        released,
      ];
    case "revoked": {
      const wasRevoked = async (): Promise<boolean> =>
        (
          await listKeyFactsOfAll(
            db,
            (await listed()).keys.map(({ id }) => id),
          )
        ).some(({ kind }) => kind === "revoking");
      const revoke = async (): Promise<void> => {
        const key = (await listed()).keys.find(({ phase }) => phase === "active")!;
        await revokeKey(deps, { ...of, actor: "test" }, { keyId: key.id, reason: "it leaked" });
      };
      return [begun, { ask: revoke, asked: wasRevoked, over: until(/destroyed.*active.*ready/) }];
    }
    case "series":
      return [begun, rotated];
    case "moving": {
      const stage = { db, claim: claimOf(name), domainId, authorities, wallSeconds };
      const moved = async (kind: string, times = 1): Promise<boolean> =>
        (await listMoveFacts(db, tenantId, domainId)).filter((fact) => fact.kind === kind).length >= times;
      const asks = { ...of, requestedBy: "test" };
      const begins = (times: number): Part => ({
        ask: () => requestMove(deps, asks, "ns-branch"),
        asked: async () => moved("requested", times),
        over: async () => moved("asked", times),
      });
      return [
        begun,
        begins(1),
        { ask: () => abortMove(deps, asks), asked: () => moved("aborted"), over: () => moved("settled") },
        { publish: () => publishFor(stage, "ns-branch", "absent"), over: () => moved("cleared") },
        begins(2),
        { publish: () => publishFor(stage, "ns-branch"), over: () => moved("settled", 2) },
        { publish: () => publishFor(stage, "cname-ring", "absent"), over: () => moved("cleared", 2) },
      ];
    }
    case "chain": {
      const kinds = async (): Promise<string[]> =>
        (await listAliasFacts(db, tenantId, domainId)).map(({ kind }) => kind);
      const moved = { ...of, selector: "s1", requestedBy: "test" };
      return [
        { over: async () => (await kinds()).includes("settled") },
        {
          ask: () =>
            requestAliasMove(deps, moved, { move: { to: upstreams[1] }, oldStoppedAt: Math.floor(wallSeconds()) }),
          asked: async () => (await kinds()).filter((kind) => kind === "asked").length > 1,
          over: async () => (await kinds()).filter((kind) => kind === "settled").length > 1,
        },
        { ...released, over: async () => (await kinds()).includes("removed") },
      ];
    }
    case "first":
      return [begun, { over: async () => (await readRollout(db)) === "finished" }];
    case "second":
      return [
        begun,
        {
          ask: () => startedRollout(db, Math.floor(wallSeconds())),
          asked: async () => (await readRollout(db)) !== undefined,
          over: async () => (await readRollout(db)) === "finished",
        },
        { over: until(/destroyed.*active.*ready/) },
      ];
  }
}
