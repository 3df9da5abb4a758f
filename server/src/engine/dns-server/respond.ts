import { answer, AnswerFacts, type AnswerOptions, type CookieOptions, type CookieSecrets } from "chancery/dns";
import type { Reply, Via } from "./answer-query.ts";
import type { RateLimiter, Verdict } from "./rate-limit.ts";
import type { Served } from "./served.ts";

/** Looks at each answer given, and at the time that some took; must be quick and not throw. */
export type QueryObserver = {
  answered(facts: AnswerFacts, via: Via, verdict: Verdict, query: Uint8Array): void;
  timed(microseconds: number): void;
};

/** What answers those who hold copies of our zones: transfers, NOTIFY, and any message that is signed (RFC 8945). */
export type TransferResponder = { respond(query: Uint8Array, via: Via): Reply };

export type ResponderOptions = {
  /** What is served now. */
  served: () => Served;
  /** Names this server to those who ask (RFC 5001). */
  nsid?: Uint8Array;
  /** Absent: cookies are passed over. */
  cookies?: { secrets: CookieSecrets; now: () => number };
  /** Epoch seconds. Absent: zones with keys are answered without signatures. */
  now?: () => number;
  /** Absent: as many signatures are made as are asked for. */
  signingBudgets?: NonNullable<AnswerOptions["signingBudgets"]>;
  /** What ANY gets over TCP; absent: one RRset, as over UDP. */
  anyOverTcp?: "one-rrset" | "all";
  /** Absent: transfers are refused. */
  transfers?: TransferResponder;
  /** Absent: nobody is limited. */
  limiter?: RateLimiter;
  observer?: QueryObserver;
  /** Of how many queries the time of one is taken; absent: of none. */
  timedOf?: number;
};

/**
 * The stages of a query, in order: what needs to know who asks goes to `transfers`; all else is answered from the zones; then the limiter may
 * hold the reply back, or send it empty with TC so that an honest client comes back over TCP. Who shows a valid cookie is where it says it is, and not
 * limited; who has cookies but no valid one comes back with the one that it is given.
 */
export function createResponder(options: ResponderOptions): (query: Uint8Array, via: Via) => Reply {
  const { observer, timedOf } = options;
  const respond = responderOf(options);
  if (!observer || timedOf === undefined) return respond;
  let untimed = timedOf;
  return (query, via) => {
    if (--untimed > 0) return respond(query, via);
    untimed = timedOf;
    const from = performance.now();
    const reply = respond(query, via);
    observer.timed((performance.now() - from) * 1000);
    return reply;
  };
}

function responderOf(responderOptions: ResponderOptions) {
  const { served, now, nsid, cookies, signingBudgets, anyOverTcp, transfers, limiter, observer } = responderOptions;
  const facts = new AnswerFacts();
  const jar = cookies && cookieOptions(cookies);
  const options: AnswerOptions = {
    facts,
    transfers: transfers ? "left" : "refused",
    ...(nsid && { nsid }),
    ...(jar && { cookies: jar }),
    ...(signingBudgets && { signingBudgets }),
    ...(anyOverTcp && { anyOverTcp }),
    get now() {
      return now?.();
    },
  };
  return (query: Uint8Array, via: Via): Reply => {
    if (jar) jar.client = via.octets;
    options.reply = via.reply;
    const reply = answer(served().zones, query, via.transport, options);
    if (reply === undefined) return facts.kind === "transfer" ? transfers?.respond(query.slice(), via) : undefined; // else silence
    const isLimited = via.transport === "udp" && facts.cookie !== "valid";
    const verdict = isLimited && limiter ? limiter.judge(facts, via.octets) : "send";
    observer?.answered(facts, via, verdict, query);
    if (verdict === "send") return reply;
    if (verdict === "drop") return undefined;
    if (!jar || facts.cookie === "none") return slipped(reply, facts);
    jar.demand = "valid";
    const invitation = answer(served().zones, query, via.transport, options);
    jar.demand = "none";
    return invitation;
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The clock is read only for a query with a cookie. */
const cookieOptions = ({ secrets, now }: { secrets: CookieSecrets; now: () => number }): Writable<CookieOptions> => ({
  secrets,
  client: new Uint8Array(4),
  demand: "none",
  get now() {
    return now();
  },
});

/** Header, question and OPT of a reply, with TC: no larger than the query that it answers. */
function slipped(reply: Uint8Array, { questionEnd, hasEdns }: AnswerFacts): Uint8Array {
  const optOctets = 11;
  const octets = new Uint8Array(questionEnd + (hasEdns ? optOctets : 0));
  octets.set(reply.subarray(0, questionEnd));
  octets[2]! |= 0x02;
  octets.fill(0, 6, 12);
  if (!hasEdns) return octets;
  octets[11] = 1;
  octets.set(emptyOpt, questionEnd);
  return octets;
}

/** The OPT record that announces 1232 octets and nothing else (RFC 6891 §6.1.2). */
const emptyOpt = Uint8Array.of(0, 0, 41, 1232 >> 8, 1232 & 0xff, 0, 0, 0, 0, 0, 0);
