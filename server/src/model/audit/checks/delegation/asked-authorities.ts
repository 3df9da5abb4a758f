import { isAtOrBelow } from "chancery/dns";
import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { AddressEvidence, AuthoritiesEvidence, ServerEvidence, ZoneEvidence } from "../../evidence/delegation.ts";
import type { AuditEvidence } from "../../evidence.ts";

export type AskedAuthorities = Extract<AuthoritiesEvidence, { state: "asked" }>;

/** A check on what the authoritative servers said. Where they were not asked, it says what it takes. */
export const onAuthorities =
  (judge: (asked: AskedAuthorities, evidence: AuditEvidence) => AuditFinding[]): Check["look"] =>
  (evidence) => {
    const authorities = evidence.delegation?.authorities;
    if (authorities === undefined)
      return needsEvidence("the answers of the authoritative servers (ask the network: leave --dns out)");
    switch (authorities.state) {
      case "unreachable":
        return needsEvidence(
          `the authoritative servers, which are not reached from here: ${unreached[authorities.why]}`,
        );
      case "asked":
        return authorities.zones.length === 0 ? doesNotApply : outcomeOf(judge(authorities, evidence));
    }
  };

const unreached = {
  silence: "nobody answers on port 53",
  "someone else answers": "this network sends every question to its own resolver",
} satisfies Record<Extract<AuthoritiesEvidence, { state: "unreachable" }>["why"], string>;

/** Whether the owner of `domain` runs the zone, or has it run: it holds the domain, or is part of it. */
export const isOwnZone = ({ apex }: ZoneEvidence, domain: string): boolean =>
  isAtOrBelow(apex, domain) || isAtOrBelow(domain, apex);

/** What to do about a zone, in the words of the owner of `domain`. */
export const remedyFor = (zone: ZoneEvidence, domain: string, remedy: string): string =>
  isOwnZone(zone, domain) ? remedy : `ask whoever runs ${zone.apex}: ${remedy}`;

export const isIpv6 = (address: string): boolean => address.includes(":");

/** What one address amounts to. `unknown`: it was not asked, or silence may be due to where we are. */
export type AddressState =
  | { state: "answers" }
  | { state: "lame"; how: string }
  | { state: "silent" }
  | { state: "unknown" };

/**
 * Silence counts after two tries or more (one timeout says nothing), and at an IPv6 address only where some other IPv6
 * address was heard: this machine may have no way to any.
 */
export function stateOf({ address, udp, tcp }: AddressEvidence, asked: AskedAuthorities): AddressState {
  if (udp.state === "authoritative") return { state: "answers" };
  if (udp.state === "lame") return { state: "lame", how: lameWords[udp.how] };
  if (udp.state === "not asked" || tcp.state === "not asked") return { state: "unknown" };
  if (isIpv6(address) && !isIpv6Heard(asked)) return { state: "unknown" };
  if (tcp.state === "authoritative") return { state: "lame", how: "answers over TCP alone" };
  if (tcp.state === "lame") return { state: "lame", how: lameWords[tcp.how] };
  return udp.tries + tcp.tries >= 2 ? { state: "silent" } : { state: "unknown" };
}

const isIpv6Heard = ({ zones }: AskedAuthorities): boolean =>
  zones.some(({ addresses }) =>
    addresses.some(
      ({ address, udp, tcp }) =>
        isIpv6(address) && [udp, tcp].some(({ state }) => state === "authoritative" || state === "lame"),
    ),
  );

const lameWords = {
  refused: "REFUSED",
  servfail: "SERVFAIL",
  nxdomain: "says that the zone does not exist (NXDOMAIN)",
  "other-rcode": "an error code",
  "upward-referral": "refers to a zone above",
  "not-authoritative": "answers without authority",
  malformed: "an answer that cannot be read",
};

/** The addresses of one listed server, with what each amounts to. */
export const statesOf = (
  server: ServerEvidence,
  zone: ZoneEvidence,
  asked: AskedAuthorities,
): (AddressState & { address: string })[] =>
  zone.addresses
    .filter(({ servers }) => servers.includes(server.name))
    .map((seen) => ({ address: seen.address, ...stateOf(seen, asked) }));
