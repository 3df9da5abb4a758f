import { createSocket } from "node:dgram";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import {
  buildZone,
  formatMessage,
  parseCookieSecret,
  parseMessage,
  parseZoneFile,
  RCODE,
  TYPE,
  zoneSet,
  type Message,
  plainQuery,
} from "chancery/dns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createResponder } from "../../server/src/engine/dns-server/respond.ts";
import { startDnsServer, type DnsServer } from "../../server/src/engine/dns-server/server.ts";
import { recipes, type PeerName } from "./dns-compare/peers.ts";
import { startDnsPeer, type DnsPeer, type DnsPeerRecipe } from "./dns-peer.ts";

const text = "@ 3600 SOA ns1 hostmaster 1 7200 3600 1209600 300\n@ 3600 NS ns1\nns1 60 A 192.0.2.1\n";
const secretText = "445536bcd2513298075a5d379663c962";
const clientPart = "2464c4abcf10c957";
const host = "127.54.17.71";
const clientHost = "127.0.0.1";

/** How each is told the secret, and to refuse what is not a cookie of it. */
const settings: Record<PeerName, (config: string) => string> = {
  BIND: (config) =>
    config.replace(
      "answer-cookie no;",
      `cookie-algorithm siphash24; cookie-secret "${secretText}"; require-server-cookie yes;`,
    ),
  Knot: (config) =>
    config
      .replace("semantic-checks: off", "semantic-checks: off\n    global-module: mod-cookies/shared")
      .replace(
        "template:",
        `mod-cookies:\n  - id: shared\n    secret: 0x${secretText}\n    badcookie-slip: 1\ntemplate:`,
      ),
  NSD: (config) => config.replace("server:", `server:\n  answer-cookie: yes\n  cookie-secret: "${secretText}"`),
};

function recipeOf(peer: PeerName): DnsPeerRecipe {
  const recipe = recipes[peer]([{ origin: "example.com", text }]);
  return {
    ...recipe,
    files: (at) =>
      Object.fromEntries(
        Object.entries(recipe.files(at)).map(([name, content]) => [
          name,
          name.endsWith(".conf") ? settings[peer](content) : content,
        ]),
      ),
  };
}

const queryOf = (cookie?: string): Uint8Array =>
  formatMessage(
    plainQuery("ns1.example.com", TYPE.A, {
      id: 7,
      edns: {
        udpSize: 1232,
        version: 0,
        dnssecOk: false,
        extendedRcode: 0,
        options: cookie === undefined ? [] : [{ code: 10, data: new Uint8Array(Buffer.from(cookie, "hex")) }],
      },
    }),
  );

type Server = { host: string; port: number };
async function ask(server: Server, cookie: string): Promise<Message> {
  const socket = createSocket("udp4").bind(0, clientHost);
  await once(socket, "listening");
  socket.send(queryOf(cookie), server.port, server.host);
  const [octets] = (await once(socket, "message", { signal: AbortSignal.timeout(5000) })) as [Uint8Array];
  socket.close();
  const message = parseMessage(octets);
  return message.ok ? message.value : expect.fail(message.problem);
}
const cookieOf = (message: Message): string =>
  Buffer.from(message.edns?.options.find(({ code }) => code === 10)?.data ?? []).toString("hex");

/** Ours, strict: whoever has no valid cookie is over the limit. The clock can be set back. */
const clock = { ageSeconds: 0 };
let strict: DnsServer;
let ours: Server;
beforeAll(async () => {
  const records = parseZoneFile(text, { origin: "example.com" });
  const zone = buildZone("example.com", records.ok ? records.value : expect.fail(records.problem));
  const zones = zoneSet([zone.ok ? zone.value : expect.fail(zone.problem)]);
  const secret = parseCookieSecret(secretText);
  strict = await startDnsServer({
    listen: [{ host, port: 0 }],
    answer: createResponder({
      served: () => ({ zones, history: () => [] }),
      cookies: {
        secrets: [secret.ok ? secret.value : expect.fail(secret.problem)],
        now: () => Math.floor(Date.now() / 1000) - clock.ageSeconds,
      },
      limiter: { judge: () => "slip" },
    }),
  });
  ours = { host, port: strict.port };
});
afterAll(() => strict?.close());

describe.each(Object.keys(recipes) as PeerName[])("DNS-C-18 DNS-C-19 %s with the same secret", (name) => {
  let peer: DnsPeer;
  beforeAll(async () => (peer = await startDnsPeer(recipeOf(name), queryOf())));
  afterAll(() => peer?.close());

  test("makes cookies that are good here", async () => {
    const theirs = cookieOf(await ask(peer, clientPart));
    expect(theirs).toMatch(new RegExp(`^${clientPart}01000000`));
    expect(await ask(ours, theirs)).toMatchObject({ rcode: RCODE.NOERROR, truncated: false, answers: [{ type: 1 }] });
    expect(cookieOf(await ask(ours, theirs))).toBe(theirs);
  });

  test("takes the cookies that are made here", async () => {
    clock.ageSeconds = 600; // not those that it makes itself at this moment
    const invitation = await ask(ours, clientPart);
    clock.ageSeconds = 0;
    expect(invitation).toMatchObject({ rcode: RCODE.BADCOOKIE, answers: [] });
    const reply = await ask(peer, cookieOf(invitation));
    expect(reply).toMatchObject({ rcode: RCODE.NOERROR, answers: [{ type: 1 }] });
    // BIND makes a new one for each answer, Knot and NSD give a valid one back.
    expect(cookieOf(reply) === cookieOf(invitation)).toBe(name !== "BIND");
  });

  test("refuses, as we do, one whose last bit is wrong", async () => {
    const good = cookieOf(await ask(ours, clientPart));
    const bad = good.slice(0, -1) + (Number.parseInt(good.slice(-1), 16) ^ 1).toString(16);
    expect((await ask(ours, bad)).rcode).toBe(RCODE.BADCOOKIE);
    const reply = await ask(peer, bad);
    // NSD has no way to refuse; what goes back tells.
    if (name === "NSD") expect(cookieOf(reply)).not.toBe(bad);
    else expect(reply.rcode).toBe(RCODE.BADCOOKIE);
  });
});

describe.each([
  ["dig", ["+cookie", "+nobadcookie"], "COOKIE: ", "(good)", "bind9-dnsutils"],
  ["kdig", ["+cookie", "+nobadcookie"], "COOKIE: ", "", "knot-dnsutils"],
])("%s", (program, words, label, good, install) => {
  const run = async (...more: string[]): Promise<string> => {
    const all = [`@${host}`, "-p", String(ours.port), "-b", clientHost, ...words, ...more, "ns1.example.com", "A"];
    const { stdout } = await promisify(execFile)(program, all).catch((error: unknown) => {
      throw new Error(`${program} is needed for this (apt install ${install}), and has to end well`, { cause: error });
    });
    return stdout;
  };

  test("DNS-C-17 is told BADCOOKIE with a good cookie, and with that one it gets the answer", async () => {
    const first = await run();
    expect(first).toContain("BADCOOKIE");
    expect(first).toContain(good);
    const cookie = new RegExp(`${label}([0-9a-fA-F]{48})`).exec(first)?.[1] ?? expect.fail(first);
    const second = await run(`+cookie=${cookie}`);
    expect(second).toContain("NOERROR");
    expect(second).toContain("192.0.2.1");
  });
});
