import { answer, parseFirstQuestion, zoneSet } from "chancery/dns";
import type { AnswerQuery } from "../../../engine/dns-server/answer-query.ts";
import { startDnsServer } from "../../../engine/dns-server/server.ts";
import { createRecursiveResolver } from "../../../engine/resolver/recursive.ts";
import type { Fault, ScenarioKeys } from "./fault.ts";
import { addresses, customerZone, zonesByServer } from "./zones.ts";

/** What a `chancery` command needs to know to be on this internet. Resolvers are HOST:PORT. */
export type ScenarioInternet = {
  resolver: string;
  /** Holds on to what it was told of some zones. */
  staleResolver: string;
  environment: Record<string, string>;
  close(): Promise<void>;
};

/** A root, `example`, a provider, two name servers of the customers and two resolvers, on one free port of loopback addresses. */
export async function startInternet(faults: readonly Fault[], keys: ScenarioKeys): Promise<ScenarioInternet> {
  const started: { close(): Promise<unknown> }[] = [];
  const close = async (): Promise<void> => void (await Promise.all(started.splice(0).map((one) => one.close())));
  let port = 0;
  const listen = async (host: string, answers: AnswerQuery): Promise<void> => {
    const server = await startDnsServer({ listen: [{ host, port }], answer: answers });
    started.push(server);
    port = server.port;
  };
  try {
    for (const [host, zones] of zonesByServer(faults, keys)) {
      const set = zoneSet(zones);
      await listen(host, (query, { transport }) => answer(set, query, transport));
    }
    const root = [{ name: "ns", addresses: [addresses.root] }];
    const recursive = createRecursiveResolver({ root, authorityPort: port });
    await listen(addresses.resolver, recursive.answer);
    await listen(addresses.staleResolver, staleResolver(faults, keys, recursive.answer));
    const resolver = `${addresses.resolver}:${port}`;
    return {
      resolver,
      staleResolver: `${addresses.staleResolver}:${port}`,
      environment: {
        CHANCERY_RESOLVER_SERVERS: JSON.stringify([resolver]),
        CHANCERY_RESOLVER_ROOT: JSON.stringify(root),
        CHANCERY_RESOLVER_AUTHORITY_PORT: String(port),
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Answers from what it holds of some zones; for the rest it is as good as the other resolver. */
function staleResolver(faults: readonly Fault[], keys: ScenarioKeys, sound: AnswerQuery): AnswerQuery {
  const held = faults.flatMap(({ label, heldByStaleResolver }) => {
    const records = heldByStaleResolver?.(keys);
    return records === undefined ? [] : [{ origin: `${label}.example`, zone: customerZone(label, records) }];
  });
  const zones = zoneSet(held.map(({ zone }) => zone));
  return (query, via) => {
    const question = parseFirstQuestion(query);
    const name = question.ok ? question.value.name.toLowerCase() : "";
    const isHeld = held.some(({ origin }) => name.endsWith(`.${origin}`));
    return isHeld ? answer(zones, query, via.transport) : sound(query, via);
  };
}
