import { Agent, request } from "node:http";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { answer, buildZone, nameData, soaData, txtData, TYPE, zoneSet } from "chancery/dns";
import { startDnsServer, type DnsServer } from "../../../server/src/engine/dns-server/server.ts";
import { freePort, startPeer, temporaryDirectory, whenReady } from "../../rig/peer.ts";
import type { Keys } from "./keys.ts";
import {
  anyFieldName,
  selectors,
  signingDomain,
  type Answer,
  type DkimPeer,
  type Signed,
  type SigningOrder,
} from "./peer.ts";

const host = "127.0.0.1";
/** rspamd works on so many messages at once. */
const lanes = 8;

/**
 * A private rspamd with its DKIM module alone, which asks a name server of ours for the keys. Redis, workers that scan and all
 * else of Debian's configuration stay out. Signatures are made by that module too, asked by a few lines of Lua.
 */
export async function rspamd(keys: Keys): Promise<DkimPeer> {
  const dns = await serveKeys(keys);
  const temporary = temporaryDirectory("rspamd");
  const directory = temporary.path;
  const port = await freePort(host);
  writeFileSync(join(directory, "suffixes"), "com\nnet\norg\n");
  writeFileSync(join(directory, "rspamd.conf"), configuration(directory, port, dns.port));
  const asRoot = ["--user", "root", "--group", "root", "--insecure"];
  const daemon = startPeer("rspamd", ["--no-fork", ...asRoot, "--config", join(directory, "rspamd.conf")]);
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const close = async (): Promise<void> => {
    agent.destroy();
    await daemon.stop();
    await dns.close();
    temporary.remove();
  };
  const ask = (message: Buffer, fields: Record<string, string> = {}): Promise<Reply> =>
    check(agent, port, message, fields);
  try {
    await whenReady("rspamd (is it installed?)", daemon, () => answers(ask));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name: "rspamd",
    verify: (messages) => inLanes(messages, async (message) => verdictOf(await ask(message))),
    range: {
      selectors,
      canonicalizations: ["relaxed/relaxed"],
      oversigned: true,
      identity: false,
      lifetime: true,
      bodyLength: false,
      copiedFields: false,
      fieldNames: anyFieldName,
    },
    sign: (orders) => inLanes(orders, async (order) => signedBy(await ask(order.message, orderFields(keys, order)))),
    close,
  };
}

const configuration = (directory: string, port: number, dnsPort: number): string => `
options {
  filters = "dkim";
  dns { nameserver = ["${host}:${dnsPort}"]; timeout = 5s; retransmits = 2; }
  url_tld = "${directory}/suffixes";
  pidfile = "${directory}/pid";
  tempdir = "${directory}";
  control_socket = "${directory}/control mode=0600";
  local_addrs = [];
  max_message = 64M;
  task_timeout = 60s;
}
logging { type = "console"; level = "warning"; }
dkim { check_local = true; check_authed = true; max_sigs = 5; }
worker "normal" { bind_socket = "${host}:${port}"; count = 1; }
lua = "${join(import.meta.dirname, "rspamd.lua")}";
`;

const answers = async (ask: (message: Buffer) => Promise<Reply>): Promise<boolean> => {
  try {
    await ask(Buffer.from("From: x\r\n\r\n"));
    return true;
  } catch {
    return false;
  }
};

function serveKeys({ records }: Keys): Promise<DnsServer> {
  const soa = { mname: "ns.example.net", rname: "hostmaster.example.net", serial: 1 };
  const times = { refresh: 7200, retry: 3600, expire: 1_209_600, minimum: 300 };
  const zone = buildZone(signingDomain, [
    { name: signingDomain, type: TYPE.SOA, ttl: 300, data: soaData({ ...soa, ...times }) },
    { name: signingDomain, type: TYPE.NS, ttl: 300, data: nameData("ns.example.net") },
    ...Object.entries(records).map(([name, text]) => ({ name, type: TYPE.TXT, ttl: 300, data: txtData(text) })),
  ]);
  if (!zone.ok) throw new Error(zone.problem);
  const zones = zoneSet([zone.value]);
  return startDnsServer({
    listen: [{ host, port: 0 }],
    answer: (query, { transport }) => answer(zones, query, transport),
  });
}

type Reply = { symbols?: Record<string, { options?: string[] }>; error?: string };

function check(agent: Agent, port: number, message: Buffer, headers: Record<string, string>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, agent, method: "POST", path: "/checkv2", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("latin1");
        try {
          resolve(JSON.parse(text) as Reply);
        } catch (cause) {
          reject(new Error(`rspamd answered ${response.statusCode}: ${text.slice(0, 500)}`, { cause }));
        }
      });
    });
    asked.on("error", reject);
    asked.setHeader("content-length", message.length);
    asked.end(message);
  });
}

function verdictOf({ symbols = {}, error }: Reply): Answer {
  const detail = Object.keys(symbols).join(" ") || (error ?? "no symbol");
  if ("R_DKIM_ALLOW" in symbols) return { verdict: "pass", detail };
  return { verdict: "R_DKIM_REJECT" in symbols ? "fail" : "unusable", detail };
}

const orderFields = (keys: Keys, order: SigningOrder): Record<string, string> => ({
  "Sign-Domain": signingDomain,
  "Sign-Selector": order.selector,
  "Sign-Key": join(keys.directory, `${order.selector}.${order.selector === "ed25519" ? "pair" : "pem"}`),
  "Sign-Headers": order.headers.map((name) => (order.oversigned ? `(o)${name}` : name)).join(":"),
  ...(order.lifetimeSeconds !== undefined && { "Sign-Expire": String(order.lifetimeSeconds) }),
});

function signedBy({ symbols = {}, error }: Reply): Signed {
  const value = symbols["CHANCERY_SIGNED"]?.options?.[0];
  if (value === undefined) return { refused: error ?? `no signature: ${Object.keys(symbols).join(" ")}` };
  return { field: Buffer.from(`DKIM-Signature: ${Buffer.from(value, "base64").toString("latin1")}\r\n`, "latin1") };
}

async function inLanes<In, Out>(all: readonly In[], work: (one: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < all.length; at = next++) results[at] = await work(all[at]!);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
