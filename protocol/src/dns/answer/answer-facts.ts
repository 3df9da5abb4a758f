import { headerOctets, type Query } from "../message/query.ts";
import type { Reply } from "./answer-reply.ts";
import type { CookieState } from "../cookie/cookie.ts";
import { RCODE } from "../message/message.ts";

/** What kind of answer was given. "transfer": none, since the query has to be looked at by those who know the secondaries. */
export type AnswerKind = "positive" | "referral" | "nodata" | "nxdomain" | "error" | "transfer";

/** What an answer was. One object is filled again for every query. */
export class AnswerFacts {
  kind: AnswerKind = "error";
  /** All twelve bits. */
  rcode = 0;
  /** As asked; 0 when the question could not be read. */
  type = 0;
  /** The number of the zone that was looked at, in `ZoneSet.zones`; -1 when there is none. */
  zone = -1;
  /** Of the name asked, letters lowered; of no use beyond this process. */
  nameHash = 0;
  /** Octets of header and question: what a reply without records consists of. */
  questionEnd = headerOctets;
  hasEdns = false;
  /** What the query's cookie is worth: who has a valid one is where it says it is. */
  cookie: CookieState = "none";

  take(query: Query, reply: Reply, zone: number, cookie: CookieState): void {
    const isRead = query.questionEnd > headerOctets;
    this.rcode = reply.rcode;
    this.type = isRead ? query.type : 0;
    this.nameHash = isRead ? query.name.hash(0) : 0;
    this.zone = zone;
    this.questionEnd = query.questionEnd;
    this.hasEdns = query.hasEdns;
    this.cookie = cookie;
    this.kind = isRead ? kindOf(reply) : "error";
  }
}

function kindOf({ rcode, octets, authoritative, deniesName }: Reply): AnswerKind {
  if (rcode === RCODE.NXDOMAIN || deniesName) return "nxdomain";
  if (rcode !== RCODE.NOERROR) return "error";
  if (octets[7] !== 0 || octets[6] !== 0) return "positive"; // ANCOUNT
  return authoritative ? "nodata" : "referral";
}
