import { createHmac } from "node:crypto";

/**
 * What a tenant publishes to prove control: HMAC-SHA256 over tenant, domain and claim, under the claim's own secret. It fits
 * no other tenant's claim, no other domain and no later claim of the same, so that whoever copies it from DNS has nothing.
 * @param seed the claim's secret randomness
 */
export function challengeTokenOf(claim: { id: string; tenantId: string; domain: string; seed: string }): string {
  const { id, tenantId, domain, seed } = claim;
  const bound = JSON.stringify(["challenge", tenantId, domain, id]);
  return `chancery-${createHmac("sha256", seed).update(bound).digest("base64url")}`;
}
