import { parseMessage } from "chancery/dns";
import { authorityFor } from "../../server/src/engine/resolver/test-authority.ts";
import { keyText, send, type Behaviour, type HostileServer, type Reply, type Seen } from "./hostile/behaviour.ts";
import { chains } from "./hostile/chains.ts";
import { codes } from "./hostile/codes.ts";
import { contents } from "./hostile/contents.ts";
import { delegations } from "./hostile/delegations.ts";
import { forgeries } from "./hostile/forgeries.ts";
import { listen, type Arrived } from "./hostile/sockets.ts";
import { transports } from "./hostile/transports.ts";

/*
 * A scripted internet for whoever asks DNS: a sound root, and below it the zone `<id>.test` for every behaviour, with the key
 * name `s1._domainkey.<id>.test`. Each behaviour has an id; a test of a feature lists the ids that it has to survive.
 */
const behaviours = { ...codes, ...forgeries, ...transports, ...chains, ...delegations, ...contents };
export type BehaviourId = keyof typeof behaviours;
export const behaviourIds = Object.keys(behaviours) as BehaviourId[];
export const keyNameOf = (id: BehaviourId): string => `s1._domainkey.${id}.test`;
/** What it does, in words. */
export const does = (id: BehaviourId): string => behaviours[id].does;

export type HostileAuthority = {
  port: number;
  root: { name: string; addresses: string[] }[];
  /** The address of a server that has every hostile zone, for a stub that takes it for its resolver. */
  addressFor(id: BehaviourId): string;
  /** Queries that arrived for names of the zone of a behaviour. */
  askedOf(id: BehaviourId): number;
  close(): Promise<void>;
};

/** Starts it on addresses 127.53.<net>.x and one port, UDP and TCP. */
export async function startHostileAuthority(net: number): Promise<HostileAuthority> {
  const at = (host: number): string => `127.53.${net}.${host}`;
  const addresses: Record<HostileServer | "root", string> = {
    root: at(1),
    first: at(2),
    second: at(3),
    "udp-only": at(4),
    dead: at(5),
  };
  const serverAt = new Map(Object.entries(addresses).map(([name, address]) => [address, name as HostileServer]));
  const hostileOf = (id: BehaviourId): Behaviour => behaviours[id];
  const serversOf = (id: BehaviourId): readonly HostileServer[] => hostileOf(id).servers ?? ["first", "second"];
  const ns = (id: BehaviourId): string =>
    serversOf(id)
      .map((server, index) => `@ NS ns${index + 1}\nns${index + 1} A ${addresses[server]}`)
      .join("\n");
  const zones = new Map(behaviourIds.map((id) => [id, soundZone(id, ns(id), hostileOf(id).zone)]));
  const root = authorityFor({
    ".": [
      "@ 3600 SOA ns.root. hostmaster.root. 1 3600 600 86400 300\n@ NS ns.root.",
      ...behaviourIds.map((id) => `$ORIGIN ${id}.test.\n${ns(id)}`),
    ].join("\n"),
  });
  const turns = new Map<string, number>();
  const asked = new Map<BehaviourId, number>();

  const reply = ({ bytes, address, transport }: Arrived): Reply => {
    const parsed = parseMessage(bytes);
    const [question] = parsed.ok ? parsed.value.questions : [];
    if (!parsed.ok || !question) return [];
    const query = parsed.value;
    const name = question.name.toLowerCase();
    const id = behaviourIds.find((one) => name === `${one}.test` || name.endsWith(`.${one}.test`));
    const server = serverAt.get(address) ?? "root";
    if (id === undefined) return send(root(query));
    if (address === addresses.root) return send(hostileOf(id).referral?.(query, `${id}.test`) ?? root(query));
    asked.set(id, (asked.get(id) ?? 0) + 1);
    const key = `${question.type} ${name}`;
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    const seen: Seen = { zone: `${id}.test`, name, type: question.type, transport, server, turn, query, bytes };
    const sound = zones.get(id)!(query);
    return hostileOf(id).reply?.(seen, sound) ?? send(sound);
  };
  const { root: rootAt, first, second, "udp-only": udpOnly } = addresses;
  const sockets = await listen({ both: [rootAt, first, second], udpOnly: [udpOnly], elsewhere: at(9) }, reply);
  return {
    port: sockets.port,
    root: [{ name: "ns.root", addresses: [rootAt] }],
    addressFor: (id) => addresses[serversOf(id)[0] ?? "first"],
    askedOf: (id) => asked.get(id) ?? 0,
    close: () => sockets.close(),
  };
}

const soundZone = (id: BehaviourId, ns: string, records = `s1._domainkey TXT "${keyText}"`) =>
  authorityFor({ [`${id}.test`]: `@ 3600 SOA ns1 hostmaster 1 3600 600 86400 300\n${ns}\n${records}` });
