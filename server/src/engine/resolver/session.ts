import { isIPv6 } from "node:net";
import { setTimeout } from "node:timers/promises";
import { isAtOrBelow, parentName, readAddress, readName, TYPE, type Message, type ResourceRecord } from "chancery/dns";
import type { Backoff } from "./backoff.ts";
import { classifyAuthoritative, recordsAt, type Classified } from "./classify.ts";
import type { AskServer, ServerAddress } from "./transport/datagram.ts";
import type { Validation } from "./dnssec/validation.ts";
import { exchange, type Exchange, type ExchangeOptions } from "./transport/exchange.ts";
import { Pacing } from "./pacing.ts";
import {
  evidenceOf,
  hostPort,
  type Delegation,
  type ExchangeEvidence,
  type NameServer,
  type UnknownReason,
} from "./resolution.ts";
import { rootHints } from "./root-hints.ts";
import { isSpecialAddress } from "./special-address.ts";

/** A number of queries shared by several lookups, such as all of one audit. Counted down in place. */
export type QueryBudget = { queriesLeft: number };

/** Delegations that outlive one lookup. The iterative resolver alone keeps none, so that an observation is always fresh. */
export type DelegationStore = { get(apex: string): Delegation | undefined; keep(delegation: Delegation): void };

/** Addresses of name servers that outlive one session, by name. */
export type HostStore = {
  get(name: string): AddressesFound | undefined;
  keep(name: string, found: AddressesFound): void;
};

export type IterativeOptions = {
  /** Absent means the real root servers. */
  root?: readonly NameServer[];
  /** Where authoritative servers listen; absent means 53. */
  authorityPort?: number;
  /** Absent means 8. */
  aliasesMax?: number;
  /** Absent means 30. */
  referralsMax?: number;
  /** For one name, everything included; absent means 50. */
  queriesMax?: number;
  /** For one name, everything included; absent means 5000. */
  totalMs?: number;
  /** For one server; a second round waits twice as long. Absent means 800. */
  timeoutMs?: number;
  /** Which servers may be asked; absent means public addresses with the real root, any with a private one. */
  addresses?: "public" | "any";
  /** Absent means that all lookups of this program together ask one server 20 times a second, after a burst of 100. */
  pacing?: Pacing;
  /** Absent means unlimited beyond `queriesMax`. */
  budget?: QueryBudget;
  /** Whether evidence holds the replies; absent means no. */
  keepPackets?: boolean;
  /** Absent means that every lookup starts from the root. */
  delegations?: DelegationStore;
  /** Absent means that each lookup finds out for itself which servers are silent. */
  backoff?: Backoff;
  /** How datagrams are sent; absent means each from a socket of its own. */
  udp?: AskServer;
  /** Absent means that every session looks name servers up anew. */
  hosts?: HostStore;
  /** Absent means that nothing is validated, and no DNSSEC records are asked for. */
  validation?: Validation;
};

const sharedPacing = new Pacing({ perSecond: 20, burst: 100 });

/** Name servers whose names lead through name servers without glue, and so on: that deep (NXNSAttack). */
const gluelessDepthMax = 3;
/** Of one delegation so many names without glue are looked up, at most, to get an answer. */
const gluelessNamesMax = 3;

export type Found = {
  zone: Delegation;
  server: string;
  rcode: number;
  classified: Exclude<Classified, { kind: "referral" | "failed" }>;
  message: Message;
};
/** `zone`: the one whose servers gave no answer. */
export type NotFound = { reason: UnknownReason; rcode?: number; zone?: Delegation };
/** `alias`, `absent`: why there is no address, by the word of the zone that the name is in. */
export type AddressesFound = {
  addresses: string[];
  unknown?: UnknownReason;
  alias?: string;
  absent?: "nxdomain" | "nodata";
};

/** Answers that one server gave, or the last thing that can be said of a zone whose servers give none. */
type ZoneReply = { classified: Exclude<Classified, { kind: "failed" }>; message: Message; server: string } | NotFound;

/** One task's walk through the name space: its limits, what it has learnt of zones, and its evidence. */
export class IterativeSession {
  readonly exchanges: ExchangeEvidence[] = [];
  /** Every delegation passed, in order. */
  readonly passed: Delegation[] = [];
  /** With validation: the authority section of each referral, which speaks of DS records. */
  readonly referrals = new Map<string, readonly ResourceRecord[]>();
  readonly options: IterativeOptions;
  readonly #cuts = new Map<string, Delegation>();
  readonly #addresses = new Map<string, AddressesFound>();
  readonly #looking = new Set<string>();
  readonly #silent = new Set<string>();
  /** Servers that answered only without EDNS, and are asked without from then on (RFC 6891 §6.2.2). */
  readonly #plain = new Set<string>();
  readonly #began = performance.now();
  readonly #deadline: AbortSignal;
  readonly #caller: AbortSignal | undefined;
  #queriesLeft: number;
  #referralsLeft: number;

  constructor(options: IterativeOptions, signal: AbortSignal | undefined) {
    this.options = options;
    this.#caller = signal;
    const total = AbortSignal.timeout(options.totalMs ?? 5000);
    this.#deadline = signal ? AbortSignal.any([signal, total]) : total;
    this.#queriesLeft = options.queriesMax ?? 50;
    this.#referralsLeft = options.referralsMax ?? 30;
    this.#cuts.set(".", { apex: ".", ttl: 0, servers: [...(options.root ?? rootHints)] });
  }

  /**
   * The answer of the zone that `name` is in. The search (RFC 1034 §5.3.3): from the deepest zone known, ask its servers; a
   * referral leads to a deeper zone, asked in turn; anything else is the answer. Aliases are not followed. `avoid` are servers,
   * as `Found` names them, whose answers are not wanted.
   */
  async find(name: string, type: number, depth = 0, avoid?: ReadonlySet<string>): Promise<Found | NotFound> {
    // DS is the one type that stands on the parent's side of a cut (RFC 4035 §3.1.4.1).
    let zone = this.#deepestCut(type === TYPE.DS ? (parentName(name) ?? name) : name);
    for (;;) {
      const reply = await this.#askZone(zone, name, type, depth, avoid);
      if ("reason" in reply) return { ...reply, zone };
      const { classified, message, server } = reply;
      if (classified.kind !== "referral") return { zone, server, rcode: message.rcode, classified, message };
      if (this.#referralsLeft-- <= 0) return { reason: "referral-limit", zone };
      if (this.options.validation) this.referrals.set(classified.apex, message.authority);
      zone = this.#enter(zone, classified.apex, classified.ns, message.additional);
    }
  }

  /** Asks one server within the limits of this task and keeps the evidence; a reason when the limits forbid it. */
  async ask(address: string, name: string, type: number, options: ExchangeOptions): Promise<Exchange | NotFound> {
    const { budget, root, addresses, pacing, keepPackets } = this.options;
    const publicOnly = addresses === undefined ? root === undefined : addresses === "public";
    if (publicOnly && isSpecialAddress(address)) return { reason: "special-address" };
    const server = this.#serverAt(address);
    await this.#pause((pacing ?? sharedPacing).take(hostPort(server)));
    const reason = this.limitReached();
    if (reason) return { reason };
    this.#queriesLeft--;
    if (budget) budget.queriesLeft--;
    // Who was silent to EDNS may be from before it; only DNSSEC is worth another wait for that.
    const isPlain = this.#plain.has(address) || (this.#silent.has(address) && options.dnssecOk !== true);
    const edns = isPlain ? { edns: false } : {};
    const done = await exchange({ name, type }, server, {
      ...options,
      ...edns,
      udp: this.options.udp,
      signal: this.#deadline,
    });
    if (done.result === "answered" && !done.edns && !isPlain) this.#plain.add(address);
    // Where this machine has no way to an address, nothing was sent.
    const sent = done.result === "failed" && done.failure === "no-route" ? 0 : done.queries;
    this.#queriesLeft -= sent - 1;
    if (budget) budget.queriesLeft -= sent - 1;
    this.exchanges.push(evidenceOf(done, keepPackets ?? false, this.#began));
    return done;
  }

  #serverText(address: string): string {
    return hostPort(this.#serverAt(address));
  }

  #serverAt(address: string): ServerAddress {
    return { address, port: this.options.authorityPort ?? 53 };
  }

  async #pause(milliseconds: number): Promise<void> {
    if (milliseconds === 0) return;
    // The deadline ends the pause early; `limitReached` then says so.
    await setTimeout(milliseconds, undefined, { signal: this.#deadline }).catch(() => undefined);
  }

  limitReached(): UnknownReason | undefined {
    if (this.#caller?.aborted) return "cancelled";
    if (this.#deadline.aborted) return "timeout";
    const spent = this.#queriesLeft <= 0 || (this.options.budget?.queriesLeft ?? 1) <= 0;
    return spent ? "query-limit" : undefined;
  }

  /** The addresses of a name server by its own zone's word, IPv4 first. Learnt once in a session. */
  async addressesOf(name: string, families: "any" | "both", depth: number): Promise<AddressesFound> {
    const key = `${families} ${name}`;
    const known = this.#addresses.get(key) ?? (families === "both" ? this.options.hosts?.get(name) : undefined);
    if (known) return known;
    // A name server whose name has to be found through itself.
    if (depth > gluelessDepthMax || this.#looking.has(name)) return { addresses: [], unknown: "no-servers" };
    this.#looking.add(name);
    const found: AddressesFound = { addresses: [] };
    for (const type of [TYPE.A, TYPE.AAAA]) {
      if (families === "any" && found.addresses.length > 0) break;
      const answer = await this.find(name, type, depth);
      if ("reason" in answer) found.unknown = answer.reason;
      else if (answer.classified.kind === "records") {
        found.addresses.push(...answer.classified.records.map((record) => readAddress(record.data)));
      } else if (answer.classified.kind === "alias") found.alias = answer.classified.alias.target;
      else found.absent = answer.classified.reason;
    }
    this.#looking.delete(name);
    this.#addresses.set(key, found);
    if (families === "both" && found.unknown === undefined) this.options.hosts?.keep(name, found);
    return found;
  }

  async #askZone(
    zone: Delegation,
    name: string,
    type: number,
    depth: number,
    avoid: ReadonlySet<string> | undefined,
  ): Promise<ZoneReply> {
    const { backoff } = this.options;
    const failures: NotFound[] = [];
    const silent: string[] = [];
    for await (const address of this.#addressesToTry(zone, depth)) {
      const server = this.#serverText(address);
      if (avoid?.has(server)) continue;
      if (backoff?.isResting(server)) {
        failures.push({ reason: "timeout" });
        continue;
      }
      const reply = await this.#askOne(zone, address, name, type, { attempts: 1 });
      if (!("reason" in reply)) return reply;
      failures.push(reply);
      if (reply.reason === "timeout") silent.push(address);
      if (this.limitReached()) break;
    }
    // A second round, slower and without EDNS, for the servers that kept silent; what is validated needs EDNS.
    const edns = this.options.validation !== undefined;
    const patient = { attempts: 1, edns, timeoutMs: 2 * (this.options.timeoutMs ?? 800) };
    for (const address of silent) {
      if (this.limitReached()) break;
      const reply = await this.#askOne(zone, address, name, type, patient);
      if (!("reason" in reply)) return reply;
      failures.push(reply);
      if (reply.reason === "timeout" && !this.limitReached()) backoff?.silent(this.#serverText(address));
    }
    const reason = this.limitReached();
    return reason ? { reason } : worstOf(failures);
  }

  async #askOne(
    zone: Delegation,
    address: string,
    name: string,
    type: number,
    options: ExchangeOptions,
  ): Promise<ZoneReply> {
    const done = await this.ask(address, name, type, {
      timeoutMs: this.options.timeoutMs ?? 800,
      dnssecOk: this.options.validation !== undefined,
      ...options,
    });
    if ("reason" in done) return done;
    if (done.result === "failed") {
      if (done.failure === "timeout") this.#silent.add(address);
      if (done.failure === "timeout") this.options.backoff?.doubt(this.#serverText(address));
      return { reason: done.failure };
    }
    this.options.backoff?.answered(this.#serverText(address));
    const classified = classifyAuthoritative(done.message, name, type, zone.apex);
    if (classified.kind === "failed") return { reason: classified.reason, rcode: done.message.rcode };
    return { classified, message: done.message, server: hostPort(done.server) };
  }

  /** Addresses of a zone's servers: those known first, in random order, IPv6 and silent ones last; then names without glue. */
  async *#addressesToTry(zone: Delegation, depth: number): AsyncGenerator<string> {
    const tried = new Set<string>();
    const known = zone.servers.flatMap((server) => server.addresses);
    for (const address of this.#inOrder(known)) {
      if (tried.has(address)) continue;
      tried.add(address);
      yield address;
    }
    const glueless = zone.servers.filter((server) => server.addresses.length === 0);
    for (const server of shuffled(glueless).slice(0, gluelessNamesMax)) {
      const { addresses } = await this.addressesOf(server.name, "any", depth + 1);
      for (const address of this.#inOrder(addresses)) {
        if (tried.has(address)) continue;
        tried.add(address);
        yield address;
      }
    }
  }

  #inOrder(addresses: readonly string[]): string[] {
    const isDoubted = (address: string): boolean =>
      this.#silent.has(address) || (this.options.backoff?.isDoubted(this.#serverText(address)) ?? false);
    const rank = (address: string): number => (isDoubted(address) ? 2 : 0) + (isIPv6(address) ? 1 : 0);
    return shuffled(addresses).sort((a, b) => rank(a) - rank(b));
  }

  #deepestCut(name: string): Delegation {
    for (let at: string | undefined = name; at !== undefined; at = parentName(at)) {
      const cut = this.#cuts.get(at) ?? this.#remembered(at);
      if (cut) return cut;
    }
    throw new Error("no root");
  }

  #remembered(apex: string): Delegation | undefined {
    const cut = this.options.delegations?.get(apex);
    if (cut) {
      this.#cuts.set(apex, cut);
      this.passed.push(cut);
    }
    return cut;
  }

  /** Takes a referral. Glue counts only for names that the referring zone can speak of, and only to find servers (RFC 2181 §5.4.1). */
  #enter(parent: Delegation, apex: string, ns: ResourceRecord[], additional: ResourceRecord[]): Delegation {
    const names = [...new Set(ns.map((record) => readName(record.data)))];
    const servers = names.map((name) => {
      const glue = isAtOrBelow(name, parent.apex)
        ? [...recordsAt(additional, name, TYPE.A), ...recordsAt(additional, name, TYPE.AAAA)]
        : [];
      return { name, addresses: glue.map((record) => readAddress(record.data)) };
    });
    const ttl = Math.min(...ns.map((record) => record.ttl));
    const delegation = { apex, parent: parent.apex, ttl, servers };
    this.#cuts.set(apex, delegation);
    this.passed.push(delegation);
    this.options.delegations?.keep(delegation);
    return delegation;
  }
}

/** The failure that says most about a zone: an answer says more than silence. */
const tellingFirst: readonly UnknownReason[] = [
  "servfail",
  "refused",
  "lame",
  "other-rcode",
  "malformed",
  "distrusted",
];

function worstOf(failures: readonly NotFound[]): NotFound {
  for (const reason of tellingFirst) {
    const failure = failures.find((failed) => failed.reason === reason);
    if (failure) return failure;
  }
  return failures[0] ?? { reason: "no-servers" };
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
