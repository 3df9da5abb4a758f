import { RCODE } from "chancery/dns";
import { replyTo } from "../../../server/src/engine/resolver/test-authority.ts";
import { atKey, failing, send, silence, type Behaviour } from "./behaviour.ts";

/** What a server says in its header, and servers that do not know EDNS. */
export const codes = {
  sound: { does: "answers as it should" },
  victim: { does: "answers as it should, and others lead to it" },
  nxdomain: { does: "has no such name", zone: 'other TXT "x"' },
  nodata: { does: "has other types at the name", zone: "s1._domainkey A 192.0.2.1" },
  "nodata-without-soa": {
    does: "says NOERROR, with authority and nothing else",
    reply: atKey(({ query }) => send(replyTo(query))),
  },
  servfail: { does: "fails at every question", reply: failing(RCODE.SERVFAIL) },
  refused: { does: "refuses every question", reply: failing(RCODE.REFUSED) },
  formerr: { does: "calls every question malformed", reply: failing(RCODE.FORMERR) },
  notimp: { does: "implements nothing", reply: failing(RCODE.NOTIMP) },
  "rcode-unassigned": { does: "answers with a code that nobody defined", reply: failing(12) },
  "servfail-without-question": {
    does: "fails and leaves the question out",
    reply: ({ query }) => send(replyTo(query, { rcode: RCODE.SERVFAIL, authoritative: false, questions: [] })),
  },
  "servfail-first": {
    does: "fails at the first question and answers the second",
    reply: atKey((seen, sound) => (seen.turn === 0 ? failing(RCODE.SERVFAIL)(seen) : send(sound))),
  },
  "edns-formerr": {
    does: "calls EDNS malformed and answers without",
    reply: (seen, sound) => (seen.query.edns ? failing(RCODE.FORMERR)(seen) : send(sound)),
  },
  "edns-badvers": {
    does: "answers BADVERS to EDNS and answers without",
    reply: ({ query }, sound) =>
      send(query.edns && sound.edns ? replyTo(query, { rcode: RCODE.BADVERS, authoritative: false }) : sound),
  },
  "edns-dropped": {
    does: "drops whatever has EDNS",
    reply: (seen, sound) => (seen.query.edns ? silence : send(sound)),
  },
  "edns-ignored": {
    does: "answers EDNS as if it were not there",
    reply: (_, { edns: _edns, ...plain }) => send(plain),
  },
  flapping: {
    does: "has the key at every other question, and no such name between",
    reply: atKey(({ turn, query }, sound) =>
      send(turn % 2 === 0 ? sound : replyTo(query, { rcode: RCODE.NXDOMAIN, authority: sound.authority })),
    ),
  },
} as const satisfies Record<string, Behaviour>;
