import { parseName, rdataText, readAddress, readMx, readName, readTxt, TYPE, type ResourceRecord } from "chancery/dns";
import type { Lookup, Resolution } from "../../../engine/resolver/resolution.ts";
import type { Answer, Existence } from "../../../model/audit/evidence/domain.ts";

/** Asks the DNS for what the records around DKIM are made of. Each name and type is asked once. Nothing here rejects. */
export type Ask = {
  texts: (name: string) => Promise<Answer<string>>;
  exchanges(name: string): Promise<Answer<{ preference: number; host: string }>>;
  /** A and AAAA together: absent only where both are. */
  addresses: (name: string) => Promise<Answer<string>>;
  addressesOf: (name: string, type: "A" | "AAAA") => Promise<Answer<string>>;
  pointers: (name: string) => Promise<Answer<string>>;
  /** DS, as in a master file. */
  signers: (name: string) => Promise<Answer<string>>;
  existence: (name: string) => Promise<Existence>;
  /** The look-up beneath, for what has a form of its own. */
  lookup: Lookup;
};

export function asker(source: Lookup): Ask {
  const lookup = remembering(source);
  const ask = async <T>(name: string, type: number, read: (record: ResourceRecord) => T): Promise<Answer<T>> =>
    // A prefix can make a name too long to exist.
    parseName(name).ok
      ? answerOf(await lookup.lookup(name, type), read)
      : { aliases: [], state: "absent", cause: "no-such-name" };
  const addressesOf: Ask["addressesOf"] = (name, type) => ask(name, TYPE[type], ({ data }) => readAddress(data));
  return {
    lookup,
    texts: (name) => ask(name, TYPE.TXT, ({ data }) => readTxt(data).join("")),
    exchanges: (name) =>
      ask(name, TYPE.MX, ({ data }) => {
        const { preference, exchange } = readMx(data);
        return { preference, host: exchange };
      }),
    addressesOf,
    addresses: async (name) => together(await Promise.all([addressesOf(name, "A"), addressesOf(name, "AAAA")])),
    pointers: (name) => ask(name, TYPE.PTR, ({ data }) => readName(data)),
    signers: (name) => ask(name, TYPE.DS, ({ data }) => rdataText(TYPE.DS, data)),
    existence: async (name) => {
      const resolution = await lookup.lookup(name, TYPE.NS);
      if (resolution.outcome === "present" || resolution.aliases.length > 0) return "exists";
      if (resolution.outcome === "unknown") return "unknown";
      return resolution.reason === "nxdomain" ? "does-not-exist" : "exists";
    },
  };
}

function remembering(source: Lookup): Lookup {
  const asked = new Map<string, Promise<Resolution>>();
  return {
    lookup: (name, type) => {
      const key = `${type} ${name}`;
      const answer = asked.get(key) ?? source.lookup(name, type);
      asked.set(key, answer);
      return answer;
    },
  };
}

function answerOf<T>(resolution: Resolution, read: (record: ResourceRecord) => T): Answer<T> {
  const aliases = resolution.aliases.map(({ target }) => target);
  switch (resolution.outcome) {
    case "present":
      return { aliases, state: "present", values: resolution.records.map(read) };
    case "absent":
      return { aliases, state: "absent", cause: resolution.reason === "nxdomain" ? "no-such-name" : "no-record" };
    case "unknown":
      return { aliases, state: "unknown", reason: resolution.reason };
  }
}

/** One answer of two types: present where either is, and absent only where both are. */
function together<T>([one, other]: [Answer<T>, Answer<T>]): Answer<T> {
  if (one.state === "present" && other.state === "present") return { ...one, values: [...one.values, ...other.values] };
  if (one.state === "present") return one;
  if (other.state === "present") return other;
  return one.state === "unknown" ? one : other;
}
