import { nsBranch } from "./delegation-branch.ts";
import { nsDomainkey } from "./delegation-domainkey.ts";
import { cnameRing } from "./delegation-ring.ts";
import { nsSubdomain } from "./delegation-subdomain.ts";
import { thirdPartyDomain } from "./delegation-third-party.ts";
import { cnameChain } from "./delegation-chain.ts";
import { cnameSeries } from "./delegation-series.ts";
import { customerKey } from "./delegation-customer-key.ts";
import { txt } from "./delegation-txt.ts";
import type {
  Claim,
  ClaimKey,
  ClaimOptions,
  CustomerRecord,
  DelegationMethod,
  DnsSettings,
  IssuedName,
  MethodName,
} from "./delegation.ts";
import type { KeyRole } from "../key/key-role.ts";

/** Every method that is built: a new one is a row here. */
const methods: Record<MethodName, DelegationMethod> = {
  "cname-chain": cnameChain,
  "cname-ring": cnameRing,
  "cname-series": cnameSeries,
  "ns-branch": nsBranch,
  "ns-subdomain": nsSubdomain,
  "ns-domainkey": nsDomainkey,
  "third-party-domain": thirdPartyDomain,
  txt,
  "customer-key": customerKey,
};

export const isMethodName = (text: string): text is MethodName => Object.hasOwn(methods, text);

/** The claim that a stored row speaks of; undefined: of a method that this version does not know. */
export function claimOf(row: Omit<Claim, "domain" | "method"> & { name: string; method: string }): Claim | undefined {
  const { name: domain, method, label, seed, challengeToken, options } = row;
  return isMethodName(method) ? { domain, method, label, seed, challengeToken, options } : undefined;
}

/** A method, as it is for claims with these options. */
export function methodOf(name: MethodName, { ringSize }: ClaimOptions = {}): DelegationMethod {
  const method = methods[name];
  return (ringSize === undefined ? undefined : method.sized?.(ringSize)) ?? method;
}

/** The claim as a method of its choice sees it: while it moves, two of them do. A selector template that the method cannot use is left out. */
export function claimedBy(claim: Claim, method: MethodName): Claim {
  const { selectorTemplate, ...others } = claim.options;
  const fits = selectorTemplate?.endsWith(methods[method].selectors?.endIn ?? "") === true;
  return { ...claim, method, options: fits ? { ...others, selectorTemplate } : others };
}

/** Everything the customer has to publish: the proof of control first, then the delegation itself. */
export function expectedRecords(
  claim: Claim,
  roles: readonly KeyRole[],
  dns: DnsSettings,
  keys: readonly ClaimKey[] = [],
): CustomerRecord[] {
  const own = keys.filter(({ method, stream = "" }) => method === claim.method && stream === (claim.stream ?? ""));
  const method = methodOf(claim.method, claim.options);
  const challenge = method.challengeName(claim);
  const data = `"${claim.challengeToken}"`;
  return [
    ...(challenge === undefined ? [] : [{ name: challenge, type: "TXT", data, purpose: "challenge" } as const]),
    ...method.customerRecords(claim, roles, dns, own),
  ];
}

/** The names of ours that this claim takes, for ever (a dangling record of a customer must never lead to another's key). */
export const issuedNames = (claim: Claim, roles: readonly KeyRole[], dns: DnsSettings): IssuedName[] =>
  methodOf(claim.method, claim.options).issuedNames(claim, roles, dns);
