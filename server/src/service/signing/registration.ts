import { addKeyUses, firstAfterPause } from "../../engine/database/key-uses.ts";
import type { Database, SignerRow } from "../../engine/database/schema.ts";
import { putSigner, removeSigner } from "../../engine/database/signers.ts";
import { wakeDomainsOfKeys } from "../../engine/database/lease.ts";
import { transact } from "../../engine/database/transact.ts";
import { quietAfterSeconds } from "../../model/rotation/look-interval.ts";
import type { KeyRing } from "./key-ring.ts";

/** Who a signing process is, for as long as it runs. */
export type SignerSelf = Pick<SignerRow, "id" | "node" | "role" | "startedAt">;

/**
 * A signing process among those that the controller waits for after a switch. It is registered before it signs, and its row
 * always says a lease at least as long as the one that the ring goes by.
 */
export class Registration {
  readonly #db: Database;
  readonly #ring: KeyRing;
  readonly #self: SignerSelf;

  constructor(db: Database, ring: KeyRing, self: SignerSelf) {
    this.#db = db;
    this.#ring = ring;
    this.#self = self;
  }

  /**
   * Says that this process lives, that its ring holds nothing read before change `acknowledged`, and, in the same transaction,
   * what it has signed: an acknowledged switch is one after which no use of the old key is left to tell. `leaseSeconds` is the
   * lease from now on; a longer one holds once it is told.
   */
  async renew(acknowledged: number, leaseSeconds: number, now: number): Promise<void> {
    this.#ring.leaseSeconds = Math.min(this.#ring.leaseSeconds, leaseSeconds);
    const taken = this.#ring.uses.take();
    const uses = [...taken].map(([keyId, told]) => ({ keyId, ...told }));
    let woken: string[];
    try {
      woken = await firstAfterPause(this.#db, uses, quietAfterSeconds);
      await transact(this.#db, async (trx) => {
        await addKeyUses(trx, uses);
        await putSigner(trx, { ...this.#self, renewedAt: now, leaseSeconds, acknowledged });
      });
    } catch (error) {
      this.#ring.uses.giveBack(taken); // if it was written after all, it is counted twice: that only delays
      throw error;
    }
    this.#ring.leaseSeconds = leaseSeconds;
    // A domain that signs again after a pause was looked at rarely: whether its records still stand matters now.
    await wakeDomainsOfKeys(this.#db, woken, now);
  }

  /** Called when nothing is signed any more: tells the last uses, and leaves. */
  async leave(): Promise<void> {
    const taken = this.#ring.uses.take();
    await transact(this.#db, async (trx) => {
      await addKeyUses(
        trx,
        [...taken].map(([keyId, uses]) => ({ keyId, ...uses })),
      );
      await removeSigner(trx, this.#self.id);
    });
  }
}
