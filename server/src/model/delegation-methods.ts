import { nsBranch } from "./delegation-branch.ts";
import { ringOf } from "./delegation-ring.ts";
import type {
  Claim,
  ClaimKey,
  CustomerRecord,
  DelegationMethod,
  DnsSettings,
  IssuedName,
  MethodName,
} from "./delegation.ts";
import type { KeyRole } from "./key-role.ts";

/** Every method that is built: a new one is a row here. */
const methods: Record<MethodName, DelegationMethod> = {
  "cname-ring": ringOf(3),
  "ns-branch": nsBranch,
};

export const isMethodName = (text: string): text is MethodName => Object.hasOwn(methods, text);

/** The claim that a stored row speaks of; undefined: of a method that this version does not know. */
export function claimOf(row: Omit<Claim, "domain" | "method"> & { name: string; method: string }): Claim | undefined {
  const { name: domain, method, label, seed, challengeToken, options } = row;
  return isMethodName(method) ? { domain, method, label, seed, challengeToken, options } : undefined;
}

/** The claim as a method of its choice sees it: while it moves, two of them do. */
export const claimedBy = (claim: Claim, method: MethodName): Claim => ({ ...claim, method });

export const methodOf = (name: MethodName): DelegationMethod => methods[name];

/** The name at which the tenant proves that it controls the domain: outside everything that is delegated to us. */
export const challengeName = (domain: string): string => `_chancery-challenge.${domain}`;

/** Everything the customer has to publish: the proof of control first, then the delegation itself. */
export function expectedRecords(
  claim: Claim,
  roles: readonly KeyRole[],
  dns: DnsSettings,
  keys: readonly ClaimKey[] = [],
): CustomerRecord[] {
  const own = keys.filter(({ method }) => method === claim.method);
  return [
    {
      name: challengeName(claim.domain),
      type: "TXT",
      data: `"${claim.challengeToken}"`,
      purpose: "challenge",
    },
    ...methods[claim.method].customerRecords(claim, roles, dns, own),
  ];
}

/** The names of ours that this claim takes, for ever (a dangling record of a customer must never lead to another's key). */
export const issuedNames = (claim: Claim, roles: readonly KeyRole[], dns: DnsSettings): IssuedName[] =>
  methods[claim.method].issuedNames(claim, roles, dns);
