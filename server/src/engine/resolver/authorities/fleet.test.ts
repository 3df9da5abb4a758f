import { afterEach, describe, expect, test } from "vitest";
import { TYPE } from "chancery/dns";
import { openFleet, type Fleet } from "./fleet.ts";
import { Pacing } from "../pacing.ts";
import { authorityFor, startAuthority, type Authority, type Behaviour } from "../test-authority.ts";

const at = (last: number): string => `127.53.62.${last}`;
const soa = "@ 3600 SOA ns1 hostmaster 7 3600 600 86400 300\n";
const customer = (key: string): string => `${soa}@ NS ns1\n@ NS ns2\nns1 A ${at(2)}\nns2 A ${at(3)}
  s1._domainkey CNAME s1.esp.example.
  own._domainkey TXT "${key}"`;
const root = authorityFor({
  ".": `${soa}customer.example. NS ns1.customer.example.\ncustomer.example. NS ns2.customer.example.
    ns1.customer.example. A ${at(2)}\nns2.customer.example. A ${at(3)}
    esp.example. NS ns1.customer.example.\nesp.example. NS ns2.customer.example.`,
});
const esp = { "esp.example": `${soa}@ NS ns1.customer.example.\n@ NS ns2.customer.example.\ns1 TXT "key"` };
const servers = new Map([
  [at(1), root],
  [at(2), authorityFor({ "customer.example": customer("new"), ...esp })],
  [at(3), authorityFor({ "customer.example": customer("old"), ...esp })],
]);
const sound: Behaviour = ({ address, query }) => servers.get(address)?.(query);

let authority: Authority | undefined;
let fleet: Fleet | undefined;
afterEach(async () => {
  fleet?.close();
  await authority?.close();
});

async function start(options: { behave?: Behaviour; pacing?: Pacing; clock?: () => number } = {}): Promise<Fleet> {
  const { behave = sound, ...rest } = options;
  authority = await startAuthority([1, 2, 3].map(at), behave);
  const hints = [{ name: "ns.root", addresses: [at(1)] }];
  fleet = await openFleet({ root: hints, authorityPort: authority.port, timeoutMs: 100, ...rest });
  return fleet;
}
const askedAt = (last: number): string[] =>
  (authority?.asked ?? []).filter(({ address }) => address === at(last)).map(({ name, type }) => `${name} ${type}`);

describe("a fleet", () => {
  test("asks every address of every zone on the chain once, and says what each said", async () => {
    const sight = await (await start()).look("s1._domainkey.customer.example", TYPE.TXT);
    expect(sight).toMatchObject({ outcome: "present", finalName: "s1.esp.example" });
    expect(
      sight.names.map(({ name, zone, answers }) => [
        name,
        zone,
        answers.map(({ address, answer }) => `${address} ${answer.state}`).sort(),
      ]),
    ).toEqual([
      ["s1._domainkey.customer.example", "customer.example", [`${at(2)} alias`, `${at(3)} alias`]],
      ["s1.esp.example", "esp.example", [`${at(2)} records`, `${at(3)} records`]],
    ]);
    for (const last of [2, 3])
      expect(
        askedAt(last)
          .filter((asked) => asked.endsWith(" 16"))
          .sort(),
      ).toEqual(["s1._domainkey.customer.example 16", "s1.esp.example 16"]);
  });

  test("sees servers that disagree", async () => {
    const { names } = await (await start()).look("own._domainkey.customer.example", TYPE.TXT);
    const texts = names.flatMap(({ answers }) =>
      answers.flatMap(({ answer }) => (answer.state === "records" ? answer.records.map(({ text }) => text) : [])),
    );
    expect(texts.toSorted((a = "", b = "") => a.localeCompare(b))).toEqual(["new", "old"]);
  });

  test("remembers delegations, and the addresses behind names without glue, for their TTL and no longer", async () => {
    let seconds = 0;
    const looking = await start({ clock: () => seconds });
    const look = () => looking.look("s1._domainkey.customer.example", TYPE.TXT);
    const rootAsked = (): number => askedAt(1).length;
    await look();
    const first = rootAsked();
    expect(first).toBeGreaterThan(0);
    await look();
    expect(rootAsked()).toBe(first);
    seconds = 3601;
    await look();
    expect(rootAsked()).toBeGreaterThan(first);
  });

  test("R-51 a server is asked no faster than allowed, however many names are looked at", async () => {
    const taken: string[] = [];
    class Counted extends Pacing {
      override take(server: string): number {
        taken.push(server);
        return super.take(server);
      }
    }
    const looking = await start({ pacing: new Counted({ perSecond: 1000, burst: 1000 }) });
    await Promise.all([1, 2, 3].map(() => looking.look("own._domainkey.customer.example", TYPE.TXT)));
    expect(taken).toHaveLength(authority?.asked.length ?? 0);
  });

  test("RES-01 a reply from another server, or to another question, is not taken", async () => {
    const looking = await start({
      behave: (seen) => {
        const reply = sound(seen);
        if (seen.address === at(1) || reply === undefined || !("id" in reply)) return reply;
        return [{ ...reply, id: reply.id ^ 1 }, reply];
      },
    });
    const sight = await looking.look("s1._domainkey.customer.example", TYPE.TXT);
    expect(sight.outcome).toBe("present");
    expect(sight.exchanges.every(({ queries }) => queries === 1)).toBe(true);
  });
});
