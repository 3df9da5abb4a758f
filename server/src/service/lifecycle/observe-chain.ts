import type {
  AddressObserved,
  AuthorityAnswer,
  AuthorityObservation,
  NameObserved,
  ZoneObserved,
} from "../../engine/resolver/authorities/observation.ts";
import { dnssecWords } from "../../model/dnssec-words.ts";
import type { ChainObservation, NameObservation, ServerAnswer } from "../../model/rotation/chain-observation.ts";
import type { ExpectedChain } from "../../model/delegation/delegation.ts";
import type { TrustedMs } from "../../model/key/key-fact.ts";

/**
 * One round of observation, sorted by what the chain of a key expects at each name. `beside`: the zone that should delegate,
 * as seen at another name of it.
 */
export function chainObservation(
  seen: AuthorityObservation,
  chain: ExpectedChain,
  at: { trustedMs: TrustedMs; wallMs: number },
  beside?: ZoneObserved,
): ChainObservation {
  const named = (name: string): NameObserved | undefined => seen.names.find((observed) => observed.name === name);
  const record = named(chain.record.name);
  const first = seen.names[0];
  const { delegation } = chain;
  const believed = (observed: NameObservation): NameObservation => unlessRefused(observed, seen);
  return {
    ...at,
    aliases: chain.aliases.map(({ name }) => believed(nameObservation(name, "CNAME", named(name)))),
    ...(delegation === undefined ? {} : { delegation: delegationObservation(delegation.name, record, beside) }),
    record: believed(nameObservation(chain.record.name, "TXT", record)),
    wildcard: wildcardObservation(first),
  };
}

function nameObservation(name: string, type: "CNAME" | "TXT", seen: NameObserved | undefined): NameObservation {
  const zone = seen?.zone;
  return {
    name,
    type,
    zone: zone?.apex ?? "",
    negativeTtlSeconds: zone?.negativeTtl,
    answers: seen === undefined ? [] : [...answersOf(seen), ...serversWithoutAddress(seen)],
  };
}

/** Answers that a validating receiver does not believe say nothing, whatever they hold (S23). */
function unlessRefused(observed: NameObservation, { refused }: AuthorityObservation): NameObservation {
  if (refused?.name !== observed.name) return observed;
  const reason = `is refused by whoever validates DNSSEC: ${dnssecWords(refused.dnssec)}`;
  const said = {
    kind: "unknown" as const,
    reason,
    ...(refused.dnssec.state === "bogus" && { bogus: true as const }),
  };
  return { ...observed, answers: observed.answers.map((answer) => ({ ...answer, said })) };
}

const answersOf = (seen: NameObserved): ServerAnswer[] =>
  reachable(seen).flatMap(({ address, udp, tcp }) => [
    { address, transport: "udp" as const, said: saidOf(udp) },
    { address, transport: "tcp" as const, said: saidOf(tcp) },
  ]);

/**
 * A machine without IPv6 cannot ask an IPv6 address at all. Such an address is left out where each server that has it was
 * asked at another one: it is the same server. Every other silence counts.
 */
function reachable(seen: NameObserved): AddressObserved[] {
  const hasRoute = ({ udp, tcp }: AddressObserved): boolean =>
    ![udp, tcp].every((answer) => answer.state === "unknown" && answer.reason === "no-route");
  const asked = new Set(seen.addresses.filter(hasRoute).flatMap(({ servers }) => servers));
  return seen.addresses.filter((address) => hasRoute(address) || !address.servers.every((server) => asked.has(server)));
}

/** A name server whose addresses nobody could tell may hold anything. */
const serversWithoutAddress = (seen: NameObserved): ServerAnswer[] =>
  seen.zone.servers
    .filter(({ addresses, unknown }) => addresses.length === 0 || unknown !== undefined)
    .flatMap(({ name, unknown }) =>
      (["udp", "tcp"] as const).map((transport) => ({
        address: name,
        transport,
        said: { kind: "unknown" as const, reason: unknown ?? "has no address" },
      })),
    );

function saidOf(answer: AuthorityAnswer): ServerAnswer["said"] {
  if (answer.state === "unknown") return { kind: "unknown", reason: answer.reason };
  if (answer.state === "truncated") return { kind: "truncated" };
  if (answer.state === "absent") return { kind: "answer", authoritative: true, records: [] };
  const { alias } = answer;
  const texts = answer.state === "records" ? answer.records : [];
  return {
    kind: "answer",
    authoritative: true,
    records: [
      ...(alias === undefined ? [] : [{ type: "CNAME" as const, ttlSeconds: alias.ttl, data: alias.target }]),
      ...texts.map(({ ttl, text }) => ({ type: "TXT" as const, ttlSeconds: ttl, data: text ?? "" })),
    ],
  };
}

/** What the parent says of a zone that should be delegated to us. The walk stops at the parent where it does not delegate. */
function delegationObservation(
  name: string,
  record: NameObserved | undefined,
  beside: ZoneObserved | undefined,
): NameObservation {
  const observed = { name, type: "NS" as const, negativeTtlSeconds: beside?.negativeTtl };
  if (record === undefined) return { ...observed, zone: "", answers: [] };
  const { zone } = record;
  const referral = (address: string, ns: { names: string[]; ttl: number }): ServerAnswer => ({
    address,
    transport: "udp",
    said: {
      kind: "answer",
      authoritative: false,
      records: ns.names.map((data) => ({ type: "NS", ttlSeconds: ns.ttl, data })),
    },
  });
  if (zone.apex !== name) {
    const none: ServerAnswer["said"] = { kind: "answer", authoritative: true, records: [] };
    const answers = answersOf(record).map((answer) =>
      answer.said.kind === "answer" ? { ...answer, said: none } : answer,
    );
    return { ...observed, zone: zone.apex, answers };
  }
  const answers = zone.parents.map((parent): ServerAnswer => {
    if (parent.state === "delegated") return referral(parent.address, parent.ns);
    const said: ServerAnswer["said"] =
      parent.state === "absent"
        ? { kind: "answer", authoritative: true, records: [] }
        : { kind: "unknown", reason: parent.reason };
    return { address: parent.address, transport: "udp", said };
  });
  // The servers of a top level are not all asked: the referral that was followed speaks for them.
  const followed = answers.length > 0 ? answers : [referral(zone.parent ?? "its parent", zone.ns)];
  return { ...observed, zone: zone.parent ?? "", answers: followed };
}

function wildcardObservation(seen: NameObserved | undefined): NameObservation {
  const said: Record<AddressObserved["wildcard"], ServerAnswer["said"]> = {
    absent: { kind: "answer", authoritative: true, records: [] },
    "not-asked": { kind: "answer", authoritative: true, records: [] }, // no wildcard covers the apex of a zone
    present: { kind: "answer", authoritative: true, records: [{ type: "TXT", ttlSeconds: 0, data: "" }] },
    unknown: { kind: "unknown", reason: "does not say whether it has a wildcard" },
  };
  const answers = (seen === undefined ? [] : reachable(seen)).flatMap(({ address, wildcard }) =>
    (["udp", "tcp"] as const).map((transport) => ({ address, transport, said: said[wildcard] })),
  );
  return {
    name: "a random selector",
    type: "TXT",
    zone: seen?.zone.apex ?? "",
    negativeTtlSeconds: undefined,
    answers,
  };
}
