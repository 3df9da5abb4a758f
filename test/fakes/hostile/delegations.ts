import { aData, nameData, RCODE, TYPE, txtData, type Message } from "chancery/dns";
import { replyTo } from "../../../server/src/engine/resolver/test-authority.ts";
import { atKey, failing, forgedText, recordOf, send, type Behaviour, type Seen } from "./behaviour.ts";

const referTo = (query: Message, apex: string, names: readonly string[]): Message =>
  replyTo(query, {
    authoritative: false,
    authority: names.map((name) => recordOf(apex, TYPE.NS, nameData(name), 3600)),
  });
const referring = (apexOf: (zone: string) => string, name: string) =>
  atKey(({ query, zone }: Seen) => send(referTo(query, apexOf(zone), [name])));

/** Referrals to nowhere, in circles and to thousands; servers that are not the zone's. */
export const delegations = {
  "ns-fan-out": {
    does: "is delegated to a thousand servers without address, all names of one victim (NXNSAttack)",
    referral: (query, zone) =>
      referTo(
        query,
        zone,
        Array.from({ length: 1000 }, (_, index) => `n${index}.victim.test`),
      ),
  },
  "ns-fan-out-below": {
    does: "refers each of its own names to a hundred servers whose names are below it",
    reply: ({ query, zone, name, server }, sound) =>
      name === zone || server === "root"
        ? send(sound)
        : send(
            referTo(
              query,
              name,
              Array.from({ length: 100 }, (_, index) => `n${index}.${name.split(".")[0]}x${index}.${zone}`),
            ),
          ),
  },
  "upward-referral": { does: "refers to the root", reply: referring(() => ".", "ns.root") },
  "sideways-referral": { does: "refers to a zone beside it", reply: referring(() => "victim.test", "ns1.victim.test") },
  "self-referral": { does: "refers to itself", reply: referring((zone) => zone, "ns1.victim.test") },
  "referral-without-end": {
    does: "refers the key's name to itself, again and again one label deeper",
    reply: atKey(({ query, zone, turn }) =>
      send(referTo(query, turn % 2 === 0 ? `_domainkey.${zone}` : `s1._domainkey.${zone}`, [`ns1.${zone}`])),
    ),
  },
  "glueless-circle": {
    does: "is delegated to a server whose name is in the zone, without its address",
    referral: (query, zone) => referTo(query, zone, [`ns9.${zone}`]),
  },
  "aa-clear": {
    does: "answers without authority",
    reply: (_, sound) => send({ ...sound, authoritative: false }),
  },
  "aa-clear-nxdomain": {
    does: "says without authority that there is no such name",
    reply: ({ query }) => send(replyTo(query, { authoritative: false, rcode: RCODE.NXDOMAIN })),
  },
  "one-of-two-refuses": {
    does: "has one server that answers and one that refuses",
    reply: (seen, sound) => (seen.server === "second" ? failing(RCODE.REFUSED)(seen) : send(sound)),
  },
  "one-of-two-behind": {
    does: "has one server with the key and one that does not know the name yet",
    reply: atKey(({ server, query }, sound) =>
      send(server === "second" ? replyTo(query, { rcode: RCODE.NXDOMAIN, authority: sound.authority }) : sound),
    ),
  },
  "poisoned-additional": {
    does: "adds addresses and a key of another zone to every reply",
    reply: (_, sound) =>
      send({
        ...sound,
        additional: [
          ...sound.additional,
          recordOf("ns1.victim.test", TYPE.A, aData("192.0.2.66"), 86_400),
          recordOf("s1._domainkey.victim.test", TYPE.TXT, txtData(forgedText), 86_400),
        ],
      }),
  },
} as const satisfies Record<string, Behaviour>;
