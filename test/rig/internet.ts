import { type Nsd, startNsd } from "./nsd.ts";
import { startUnbound, type Unbound } from "./unbound.ts";

/** The zone in which Chancery's targets and name servers live. */
export const serviceZone = "dkim.esp.example";

/** How long answers live in the rig unless it is said otherwise: short, so that waits computed from them are short. */
const usualTtlSeconds = 5;
const negativeTtlSeconds = 1;

/** A customer's zone on two addresses of a real NSD. */
export type CustomerZone = {
  origin: string;
  addresses: readonly string[];
  /** Makes these lines of zone text, and no earlier published ones, stand beside SOA, NS and addresses. */
  publish(lines: string): Promise<void>;
};

/** A small internet on 127.53.N.x, port 53: root, `example`, `esp.example`, customers, and a receiver's resolver. */
export type Internet = {
  /** Where Chancery's name server has to listen: the delegation of `dkim.esp.example` leads there. */
  chanceryAddress: string;
  chanceryNameServer: string;
  root: { name: string; address: string };
  customers: Record<string, CustomerZone>;
  /** What a receiver asks. It caches as resolvers do. */
  resolver: Unbound;
  /** The resolver of a receiver who never asked before: it keeps nothing. */
  freshResolver: Unbound;
  stop(): Promise<void>;
};

/**
 * Starts it. `net` is the third octet, another one for each test file that may run at the same time. `nameServers`: to whom the service zone
 * is delegated, by name; one of its own unless said.
 */
export async function startInternet(options: {
  net: number;
  customers: readonly string[];
  nameServers?: Record<string, string>;
  ttlSeconds?: number;
}): Promise<Internet> {
  const { net, customers, ttlSeconds = usualTtlSeconds } = options;
  const zoneText = (origin: string, serial: number, lines: readonly string[]): string =>
    zoneTextOf(origin, serial, ttlSeconds, lines);
  const at = (host: number): string => `127.53.${net}.${host}`;
  const root = { name: "a.root.example", address: at(1) };
  const chanceryNameServer = `ns1.${serviceZone}`;
  const { nameServers = { [chanceryNameServer]: at(53) } } = options;
  const stops: (() => Promise<void>)[] = [];
  const kept = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    stops.push(() => started.stop());
    return started;
  };
  const stop = async (): Promise<void> => void (await Promise.all(stops.splice(0).map((one) => one())));

  const rootZone = zoneText(".", 1, [
    "@ NS a.root.example.",
    `a.root.example. A ${at(1)}`,
    "example. NS ns.example.",
    `ns.example. A ${at(2)}`,
  ]);
  const parentZone = zoneText("example.", 1, [
    "@ NS ns.example.",
    `ns.example. A ${at(2)}`,
    `a.root.example. A ${at(1)}`,
    "esp.example. NS ns.esp.example.",
    `ns.esp.example. A ${at(3)}`,
    ...customers.flatMap((origin) =>
      [1, 2].flatMap((index) => [`${origin}. NS ns${index}.${origin}.`, `ns${index}.${origin}. A ${at(10 + index)}`]),
    ),
  ]);
  const providerZone = zoneText("esp.example.", 1, [
    "@ NS ns.esp.example.",
    `ns.esp.example. A ${at(3)}`,
    ...Object.entries(nameServers).flatMap(([name, address]) => [
      `${serviceZone}. NS ${name}.`,
      `${name}. A ${address}`,
    ]),
  ]);
  const customerText = (origin: string, serial: number, lines: string): string =>
    zoneText(`${origin}.`, serial, [
      ...[1, 2].flatMap((index) => [`@ NS ns${index}`, `ns${index} A ${at(10 + index)}`]),
      "@ MX 10 mail",
      `mail A ${at(25)}`,
      lines,
    ]);

  try {
    const [customerServer, resolver, freshResolver] = await Promise.all([
      kept(
        startNsd({
          addresses: [at(11), at(12)],
          zones: Object.fromEntries(customers.map((origin) => [origin, customerText(origin, 1, "")])),
        }),
      ),
      kept(startUnbound({ address: at(54), root })),
      kept(startUnbound({ address: at(55), root, cacheSeconds: { max: 0 } })),
      kept(startNsd({ addresses: [at(1)], zones: { ".": rootZone } })),
      kept(startNsd({ addresses: [at(2)], zones: { example: parentZone } })),
      kept(startNsd({ addresses: [at(3)], zones: { "esp.example": providerZone } })),
    ]);
    return {
      chanceryAddress: at(53),
      chanceryNameServer,
      root,
      resolver,
      freshResolver,
      customers: Object.fromEntries(
        customers.map((origin) => [origin, customerZone(origin, customerServer, customerText)]),
      ),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function customerZone(
  origin: string,
  server: Nsd,
  text: (origin: string, serial: number, lines: string) => string,
): CustomerZone {
  let serial = 1;
  return {
    origin,
    addresses: server.addresses,
    publish: (lines) => server.replaceZone(origin, text(origin, ++serial, lines)),
  };
}

const zoneTextOf = (origin: string, serial: number, ttlSeconds: number, lines: readonly string[]): string => {
  const under = origin === "." ? "" : origin;
  return [
    `$ORIGIN ${origin}`,
    `$TTL ${ttlSeconds}`,
    `@ ${negativeTtlSeconds} SOA ns.${under} hostmaster.${under} ${serial} 5 5 3600 ${negativeTtlSeconds}`,
    ...lines,
    "",
  ].join("\n");
};
