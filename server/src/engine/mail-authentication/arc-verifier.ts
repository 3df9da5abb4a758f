import { setImmediate } from "node:timers/promises";
import { DkimVerifier, type KeyCache, type SignatureField } from "mailauth/lib/dkim/dkim-verifier.js";

/** Not the newest one, nor a DKIM-Signature. */
const olderType = "older";

/**
 * mailauth's reading of a message, kept to ARC: the message's DKIM-Signature fields are not verified (Chancery does that
 * itself), while ARC-Message-Signature fields below the newest are, to find the oldest that still holds.
 */
export class ArcVerifier extends DkimVerifier {
  readonly #passed = new Set<number>();

  /**
   * The lowest instance from which on every ARC-Message-Signature holds, 0 when all do (RFC 8617 §5.2 step 5). Means something
   * only where the chain passes.
   */
  oldestPass(): number {
    const sets = this.arc.chain || [];
    const broken = sets.slice(0, -1).findLast(({ i }) => !this.#passed.has(i));
    return broken === undefined ? 0 : broken.i + 1;
  }

  /** The keys asked for so far. Each that is wanted lets others have their turn first: a seal covers all sets before it. */
  patientKeyCache(): KeyCache {
    const get: KeyCache["get"] = (...question) => {
      const answer = setImmediate().then(() => this.keyCache.get(...question));
      // mailauth asks ahead without waiting; whoever wants the key gets the rejection as well.
      answer.catch(() => undefined);
      return answer;
    };
    return { get };
  }

  /** Called for each signature once the header is known; what it appends is prepared as well. */
  override prepareSignature(signature: SignatureField): void {
    if (signature.type === "DKIM") {
      signature.skip = "not asked for";
      return;
    }
    super.prepareSignature(signature);
    if (signature.type === "ARC") this.signatureHeaders.push(...this.#olderSignatures());
    // Each length would cost another pass over the body; such a signature counts as broken.
    else if (signature.parsed["l"] !== undefined) signature.skip = "not asked for";
  }

  override async verifySignature(signature: SignatureField): ReturnType<DkimVerifier["verifySignature"]> {
    // `h=` of each is compared with the whole header, so others get their turn in between.
    await setImmediate();
    const result = await super.verifySignature(signature);
    const instance = signature.parsed["i"]?.value;
    if (signature.type === olderType && result.status.result === "pass" && typeof instance === "number")
      this.#passed.add(instance);
    return result;
  }

  #olderSignatures(): SignatureField[] {
    const older = (this.arc.chain || []).slice(0, -1).map((set) => set["arc-message-signature"]);
    for (const signature of older) signature.type = olderType;
    return older;
  }
}
