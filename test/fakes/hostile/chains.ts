import { nameData, TYPE, txtData } from "chancery/dns";
import { replyTo } from "../../../server/src/engine/resolver/test-authority.ts";
import { atKey, forgedText, keyText, recordOf, send, type Behaviour } from "./behaviour.ts";

/** `aliases` steps from the key's name to a key. */
const chainOf = (aliases: number): string =>
  Array.from({ length: aliases }, (_, step) => {
    const owner = step === 0 ? "s1._domainkey" : `a${step}`;
    return `${owner} CNAME a${step + 1}`;
  })
    .concat(`a${aliases} TXT "${keyText}"`)
    .join("\n");

const chain = (aliases: number): Behaviour => ({ does: `leads through ${aliases} aliases`, zone: chainOf(aliases) });

/** Aliases: long, circular, doubled, or with an answer that is not theirs to give. */
export const chains = {
  "cname-self": { does: "is an alias of itself", zone: "s1._domainkey CNAME s1._domainkey" },
  "cname-loop": { does: "leads in a circle", zone: "s1._domainkey CNAME a\na CNAME b\nb CNAME a" },
  "chain-3": chain(3),
  "chain-4": chain(4),
  "chain-5": chain(5),
  "chain-9": chain(9),
  "chain-17": chain(17),
  "chain-100": chain(100),
  "cname-to-nothing": { does: "leads to a name that is not there", zone: "s1._domainkey CNAME gone" },
  "cname-beside-txt": {
    does: "has an alias and a key at one name",
    zone: `s1._domainkey CNAME other\ns1._domainkey TXT "${keyText}"\nother TXT "${keyText}"`,
  },
  "cname-but-for-txt": {
    does: "has an alias for every type but TXT, which it answers",
    reply: ({ zone, name, type, query }, sound) =>
      name !== `s1._domainkey.${zone}` || type === TYPE.TXT
        ? send(sound)
        : send(replyTo(query, { answers: [recordOf(name, TYPE.CNAME, nameData(`other.${zone}`))] })),
  },
  "two-cnames": {
    does: "has two aliases at one name",
    zone: `s1._domainkey CNAME a\ns1._domainkey CNAME b\na TXT "${keyText}"\nb TXT "${keyText}"`,
  },
  dname: {
    does: "has DNAME and the alias made of it",
    zone: `s1._domainkey.there TXT "${keyText}"`,
    reply: atKey(({ zone, name, query }) =>
      send(
        replyTo(query, {
          answers: [
            recordOf(`_domainkey.${zone}`, TYPE.DNAME, nameData(`_domainkey.there.${zone}`)),
            recordOf(name, TYPE.CNAME, nameData(`s1._domainkey.there.${zone}`)),
          ],
        }),
      ),
    ),
  },
  "dname-alone": {
    does: "has DNAME and leaves the alias to the client",
    zone: `s1._domainkey.there TXT "${keyText}"`,
    reply: atKey(({ zone, query }) =>
      send(
        replyTo(query, {
          answers: [recordOf(`_domainkey.${zone}`, TYPE.DNAME, nameData(`_domainkey.there.${zone}`))],
        }),
      ),
    ),
  },
  "forged-target": {
    does: "leads to another zone and answers for it in the same reply",
    reply: atKey(({ name, query }) =>
      send(
        replyTo(query, {
          answers: [
            recordOf(name, TYPE.CNAME, nameData("s1._domainkey.victim.test")),
            recordOf("s1._domainkey.victim.test", TYPE.TXT, txtData(forgedText)),
          ],
        }),
      ),
    ),
  },
  "answer-for-another": {
    does: "puts a record of another name into the answer section",
    reply: atKey(({ query }) =>
      send(replyTo(query, { answers: [recordOf("s1._domainkey.victim.test", TYPE.TXT, txtData(forgedText))] })),
    ),
  },
} as const satisfies Record<string, Behaviour>;
