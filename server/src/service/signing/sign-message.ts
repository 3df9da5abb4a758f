import { CannotSign, startSigning, type Signer } from "chancery/dkim";
import { authorOf, type HeaderField } from "chancery/mail";
import { decideSigning, domainsAbove, type SigningClaim } from "../../model/signing-decision.ts";
import type { Canary } from "./canary.ts";
import { type KeyRing, KeysUnavailable } from "./key-ring.ts";

/**
 * Epoch seconds, how long signatures hold, and who verifies a sample of them; without a canary nobody does. `stream`: what the message is signed under;
 * absent: the default stream.
 */
export type SigningOptions = { now: number; lifetimeSeconds: number; canary?: Canary; stream?: string };

/**
 * What becomes of a message that is to be signed. `not-ours`: its author domain is nobody's here. `refuse`: never, by this
 * sender. `defer`: not now; it is never sent unsigned instead. `sign`: feed the body, then take the fields.
 */
export type SigningStart =
  | { outcome: "sign"; signer: Signer; domain: string; keyIds: string[] }
  | { outcome: "not-ours"; detail: string }
  | { outcome: "refuse"; detail: string }
  | { outcome: "defer"; detail: string };

/** Decides over a message by its header, and starts its signatures. */
export async function startSigningFor(
  ring: KeyRing,
  tenantId: string,
  header: readonly HeaderField[],
  options: SigningOptions,
): Promise<SigningStart> {
  try {
    const author = authorOf(header);
    const names = author.ok ? domainsAbove(author.domain) : [];
    const verified = await claimsOf(names, (name) => ring.claimOf(name));
    const isVerified = [...verified.values()].some((claim) => claim !== undefined);
    const vouched = await claimsOf(isVerified ? [] : names, (name) => ring.vouchedClaimOf(name, tenantId));
    const decision = decideSigning(
      author,
      tenantId,
      (name) => verified.get(name),
      (name) => vouched.get(name),
    );
    if (decision.may === "unclaimed") return { outcome: "not-ours", detail: decision.detail };
    if (decision.may === "refuse") return { outcome: "refuse", detail: decision.detail };
    const keys = await ring.activeKeys(decision.claim, options.stream);
    const keyIds = keys.map(({ keyId }) => keyId);
    const { now, lifetimeSeconds, canary } = options;
    const { claim } = decision;
    const signer = lastWord(startSigning(header, { keys, now, lifetimeSeconds }), () => ring.use(claim, keyIds, now));
    return {
      outcome: "sign",
      signer: canary?.watch(signer, header, keyIds, now) ?? signer,
      domain: claim.domain,
      keyIds,
    };
  } catch (error) {
    return outcomeOf(error);
  }
}

/** Signs as `signer` does, and gives the signature away only when `agreed` has nothing against it. */
const lastWord = (signer: Signer, agreed: () => Promise<void>): Signer => ({
  update: (chunk) => signer.update(chunk),
  finish: async () => {
    const fields = await signer.finish();
    await agreed();
    return fields;
  },
});

async function claimsOf(
  names: readonly string[],
  claimOf: (name: string) => Promise<SigningClaim | undefined>,
): Promise<Map<string, SigningClaim | undefined>> {
  const claims = new Map<string, SigningClaim | undefined>();
  for (const name of names) claims.set(name, await claimOf(name));
  return claims;
}

/** What a failure to sign means for the message: the message's own fault is final, ours is not. */
export function outcomeOf(error: unknown): Extract<SigningStart, { outcome: "refuse" | "defer" }> {
  if (error instanceof KeysUnavailable) return { outcome: "defer", detail: error.message };
  if (error instanceof CannotSign) return { outcome: "refuse", detail: error.message };
  throw error;
}
