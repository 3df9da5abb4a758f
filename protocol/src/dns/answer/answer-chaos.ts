import { headerOctets, type Query } from "../message/query.ts";
import type { Reply } from "./answer-reply.ts";
import { CLASS, TYPE } from "../record/record.ts";
import { LookupName } from "../name/lookup-name.ts";

/** The names under which a server says which one of several it is (RFC 4892 §2). What it runs is nobody's business. */
const names = ["id.server", "hostname.bind"].map((text) => {
  const name = new LookupName();
  name.readText(text);
  return name;
});

/** Answers a question for this server's own name in class CH. False: that was not the question. */
export function answerChaos(query: Query, reply: Reply, nsid: Uint8Array): boolean {
  if (query.class !== CLASS.CH || query.type !== TYPE.TXT || !names.some((name) => isSame(name, query.name)))
    return false;
  reply.authoritative = true;
  reply.pointer(headerOctets);
  reply.u16(TYPE.TXT);
  reply.u16(CLASS.CH);
  reply.u32(0);
  reply.u16(nsid.length + 1);
  reply.octets[reply.at++] = nsid.length;
  for (const octet of nsid) reply.octets[reply.at++] = octet;
  reply.count("answer");
  return true;
}

function isSame(one: LookupName, other: LookupName): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one.octets[at] !== other.octets[at]) return false;
  return true;
}
