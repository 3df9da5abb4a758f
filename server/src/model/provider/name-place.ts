import { isAtOrBelow } from "chancery/dns";

/** Where one name on the way to a key stands, by DNS. Names are canonical. */
export type NamePlace = {
  name: string;
  /** The apex of the zone that it is in; absent: no answer told. */
  zone?: string;
  /** The part of the name that somebody has registered; absent: nobody can. */
  registrableDomain?: string;
  /** Those of the zone. */
  nameServers: readonly { name: string; registrableDomain?: string }[];
};

/** Who runs the name servers of a place: their registrable domains, each once. */
export const serversOperators = ({ nameServers }: NamePlace): string[] => [
  ...new Set(nameServers.map(({ name, registrableDomain }) => registrableDomain ?? name)),
];

/** Whether a name of the domain is in a branch that was handed to others: every server of its zone is a stranger's. */
export function isHandedOn({ zone, nameServers, registrableDomain }: NamePlace, domain: string): boolean {
  const isBranch = zone !== undefined && zone !== domain && isAtOrBelow(zone, domain);
  return isBranch && nameServers.length > 0 && nameServers.every((one) => one.registrableDomain !== registrableDomain);
}
