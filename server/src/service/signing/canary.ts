import { type ResolveTxt, type Signer, verify, type Verification } from "chancery/dkim";
import { type HeaderField, octetsOf } from "chancery/mail";

/** What a receiver who looks the key up now makes of a signature of ours. */
export type CanaryFinding = { keyId: string } & Pick<
  Verification,
  "signingDomain" | "selector" | "result" | "reason" | "detail"
>;

export type CanaryOptions = {
  /** The DNS as others see it: a recursive resolver, never our own database or zones. */
  resolveTxt: ResolveTxt;
  /** Told of each signature that was verified, passing ones too. Nothing waits for it. */
  report: (finding: CanaryFinding) => void;
  monotonicMs: () => number;
};

/** Each key is looked at this often, while it signs. */
const keyIntervalMs = 300_000;
/** Over all keys: a message is kept until it is verified, and a sender can be slow. */
const sampleIntervalMs = 1000;
const bodyOctetsMax = 65_536;
const keysMax = 50_000;

/**
 * Verifies a sample of what is signed, as a receiver does: from the octets that go out, with the key that the DNS gives (DKIM-S-27).
 * So a selector that is not visible, or not any more, is noticed here before the world notices. Mail does not wait for it.
 */
export class Canary {
  readonly #options: CanaryOptions;
  readonly #keyDueMs = new Map<string, number>();
  #sampleDueMs = 0;

  constructor(options: CanaryOptions) {
    this.#options = options;
  }

  /** Signs as `signer` does. When it is the turn of one of the keys, the message is kept, up to a limit, and verified at the end. */
  watch(signer: Signer, header: readonly HeaderField[], keyIds: readonly string[], now: number): Signer {
    let kept: Uint8Array[] | undefined;
    let keptOctets = 0;
    let begun = false;
    // The turn is taken when octets come: signers are also made and dropped.
    const begin = (): void => {
      if (!begun && this.#takeTurn(keyIds)) kept = [];
      begun = true;
    };
    return {
      update: (chunk) => {
        begin();
        signer.update(chunk);
        keptOctets += chunk.length;
        if (keptOctets > bodyOctetsMax) kept = undefined;
        kept?.push(chunk.slice());
      },
      finish: async () => {
        begin();
        const fields = await signer.finish();
        if (kept !== undefined) {
          // Signatures of others are left out: ours cover none, and each would cost a look-up.
          const own = header.filter(({ lowerName }) => lowerName !== "dkim-signature");
          const head = octetsOf(`${own.map(({ raw }) => raw).join("")}\r\n`);
          void this.#verify(Buffer.concat([fields, head, ...kept]), keyIds, now);
        }
        return fields;
      },
    };
  }

  #takeTurn(keyIds: readonly string[]): boolean {
    const nowMs = this.#options.monotonicMs();
    const due = nowMs >= this.#sampleDueMs && keyIds.some((id) => nowMs >= (this.#keyDueMs.get(id) ?? 0));
    if (!due) return false;
    this.#sampleDueMs = nowMs + sampleIntervalMs;
    if (this.#keyDueMs.size + keyIds.length > keysMax) this.#keyDueMs.clear();
    for (const id of keyIds) this.#keyDueMs.set(id, nowMs + keyIntervalMs);
    return true;
  }

  /** The signatures are ours alone, one for each key in the order of the keys. */
  async #verify(message: Uint8Array, keyIds: readonly string[], now: number): Promise<void> {
    const { resolveTxt, report } = this.#options;
    const verifications = await verify(message, { resolveTxt, now });
    for (const [at, keyId] of keyIds.entries()) {
      const { signingDomain, selector, result, reason, detail } = verifications[at]!;
      report({ keyId, signingDomain, selector, result, reason, detail });
    }
  }
}
