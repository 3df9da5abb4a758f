import { parentName, readName, type ResourceRecord, TYPE } from "chancery/dns";
import { observeAtAuthorities } from "../engine/resolver/authorities/authorities.ts";
import { rootTrustAnchors, trustAnchors } from "../engine/resolver/dnssec/trust-anchors.ts";
import type { Validation } from "../engine/resolver/dnssec/validation.ts";
import { exchange, type Exchange } from "../engine/resolver/transport/exchange.ts";
import type { AddressObserved, AuthorityAnswer } from "../engine/resolver/authorities/observation.ts";
import type { ExchangeEvidence } from "../engine/resolver/resolution.ts";
import { Pacing } from "../engine/resolver/pacing.ts";
import type { IterativeOptions } from "../engine/resolver/session.ts";
import type { NameObservation, ServerAnswer } from "../model/rotation/chain-observation.ts";
import type { DnssecSource } from "../service/audit/dnssec.ts";
import type { ObserveName } from "../service/onboarding/observe.ts";
import type { Config } from "./config-keys.ts";

type Kind = NameObservation["type"];
type Said = ServerAnswer["said"];
type Seen = Extract<Said, { kind: "answer" }>["records"][number];

/** Below a private root every server is whoever's who runs this: nobody else has to be spared. */
const privatePacing = new Pacing({ perSecond: 1000, burst: 1000 });

export const iterativeOptions = (config: Config): IterativeOptions => ({
  ...(config["resolver.root"] !== undefined && { root: config["resolver.root"], pacing: privatePacing }),
  authorityPort: config["resolver.authority_port"],
});

/** How DNSSEC is validated; undefined where there is no key to begin with: below a private root that names none of its own. */
export function dnssecSourceOf(config: Config): DnssecSource | undefined {
  const given = config["resolver.trust_anchors"];
  const iterative = iterativeOptions(config);
  if (given !== undefined) return { iterative, anchors: trustAnchors(given) };
  return config["resolver.root"] === undefined ? { iterative, anchors: rootTrustAnchors } : undefined;
}

/** For so long the keys of a zone are believed: what breaks, or is mended, shows in the next round of looks. */
const trustKeptSeconds = 60;

/** How answers are validated at this moment; as `dnssecSourceOf`, and what was learnt of zones serves many names. */
export function newValidation(now: () => number): (config: Config) => Validation | undefined {
  let known: Required<Pick<Validation, "now" | "zones">> = { now: 0, zones: new Map() };
  return (config) => {
    const source = dnssecSourceOf(config);
    if (source === undefined) return undefined;
    const at = now();
    if (Math.abs(at - known.now) >= trustKeptSeconds) known = { now: at, zones: new Map() };
    return { anchors: source.anchors, now: at, zones: known.zones };
  };
}

/**
 * Sees one name as every authoritative address of its zone says it, over UDP and over TCP. A delegation (NS) is what the
 * servers of the zone above say: below it only its own servers speak with authority. Whoever has not answered by `deadline` is unknown.
 */
export function observerOf(config: Config, deadline?: AbortSignal): ObserveName {
  const options = iterativeOptions(config);
  return (name, type) =>
    type === "NS" ? observeDelegation(name, options, deadline) : observeRecord(name, type, options, deadline);
}

async function observeRecord(
  name: string,
  type: Exclude<Kind, "NS">,
  options: IterativeOptions,
  deadline: AbortSignal | undefined,
): Promise<NameObservation> {
  const { names, reason, exchanges } = await observeAtAuthorities(name, TYPE[type], options, deadline);
  const seen = names.find((one) => one.name === name);
  return {
    name,
    type,
    zone: seen?.zone.apex ?? "",
    negativeTtlSeconds: seen?.zone.negativeTtl,
    ...(seen !== undefined && { servers: seen.zone.servers.map((server) => server.name) }),
    answers:
      seen === undefined
        ? failures(exchanges, reason ?? "timeout")
        : seen.addresses.flatMap((address) => answersOf(address, type)),
  };
}

/** Who failed to answer where the way ends, of those that were asked there. */
function failures(exchanges: readonly ExchangeEvidence[], reason: string): ServerAnswer[] {
  const failed = exchanges.filter(({ result }) => result !== "NOERROR" && result !== "NXDOMAIN");
  if (failed.length === 0)
    return [{ address: "every name server", transport: "udp", said: { kind: "unknown", reason } }];
  return failed.map(({ server, transport, result }) => ({
    address: server,
    transport,
    said: { kind: "unknown", reason: reasonOfRcode[result] ?? result },
  }));
}

const reasonOfRcode: Record<string, string> = { REFUSED: "refused", SERVFAIL: "servfail" };

function answersOf(observed: AddressObserved, type: Exclude<Kind, "NS">): ServerAnswer[] {
  const address = `${observed.servers.join(", ")} ${observed.address}`;
  // "Ask TCP" is UDP working as it should: what TCP then says is the answer to both.
  const udp = observed.udp.state === "truncated" ? observed.tcp : observed.udp;
  return [
    { address, transport: "udp", said: saidBy(udp, type) },
    { address, transport: "tcp", said: saidBy(observed.tcp, type) },
  ];
}

function saidBy(answer: AuthorityAnswer, type: Exclude<Kind, "NS">): Said {
  const alias = (seen: { target: string; ttl: number }): Seen => ({
    type: "CNAME",
    ttlSeconds: seen.ttl,
    data: seen.target,
  });
  switch (answer.state) {
    case "records": {
      const records = answer.records.map(({ ttl, data, text }): Seen => ({
        type,
        ttlSeconds: ttl,
        data: text ?? readName(Buffer.from(data, "base64")),
      }));
      return {
        kind: "answer",
        authoritative: true,
        records: answer.alias === undefined ? records : [alias(answer.alias), ...records],
      };
    }
    case "alias":
      return { kind: "answer", authoritative: true, records: [alias(answer.alias)] };
    case "absent":
      return { kind: "answer", authoritative: true, records: [] };
    case "truncated":
      return { kind: "unknown", reason: "an answer over TCP was cut short" };
    case "unknown":
      return { kind: "unknown", reason: answer.reason };
  }
}

/** Asks every address of the zone above for the delegation itself. */
async function observeDelegation(
  name: string,
  options: IterativeOptions,
  deadline: AbortSignal | undefined,
): Promise<NameObservation> {
  const above = parentName(name) ?? ".";
  const { names } = await observeAtAuthorities(above, TYPE.SOA, options, deadline);
  const [seen] = names;
  const port = options.authorityPort ?? 53;
  const asked = (seen?.addresses ?? []).flatMap(({ address, servers }) =>
    (["udp", "tcp"] as const).map(async (transport): Promise<ServerAnswer> => {
      const how = { transport, recursionDesired: false, signal: deadline };
      const reply = await exchange({ name, type: TYPE.NS }, { address, port }, how);
      return { address: `${servers.join(", ")} ${address}`, transport, said: referralIn(reply, name) };
    }),
  );
  return {
    name,
    type: "NS",
    zone: seen?.zone.apex ?? "",
    negativeTtlSeconds: seen?.zone.negativeTtl,
    answers: await Promise.all(asked),
  };
}

function referralIn(reply: Exchange, name: string): Said {
  if (reply.result === "failed") return { kind: "unknown", reason: reply.failure };
  const { answers, authority, authoritative, rcode } = reply.message;
  if (rcode !== 0 && rcode !== 3) return { kind: "unknown", reason: `response code ${rcode}` };
  const atName = (record: ResourceRecord): boolean => record.name === name && record.type === TYPE.NS;
  const found = [...answers, ...authority]
    .filter(atName)
    .map(({ ttl, data }): Seen => ({ type: "NS", ttlSeconds: ttl, data: readName(data) }));
  return { kind: "answer", authoritative: authoritative || found.length > 0, records: found };
}
