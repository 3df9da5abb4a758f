import { rdataFromText, rdataText, typeName, typeNumber, type Rrset, type RrsetChange } from "chancery/dns";
import type { Pusher, PushOutcome, PushTarget } from "./target.ts";

type Target = Extract<PushTarget, { by: "powerdns" }>;
/** An RRset as the API writes it. */
type ApiRrset = { name: string; type: string; ttl: number; records: { content: string; disabled: boolean }[] };
type Zone = { ok: true; sets: ReadonlyMap<string, Rrset> } | { ok: false; problem: string };

const timeoutMs = 20_000;
const answerOctetsMax = 256 * 1024 * 1024;

/**
 * Pushes through the HTTP API of PowerDNS Authoritative (version 4). Its changes have no prerequisites, so the zone is read first; of two who
 * write at the same moment the later one is seen by the next push. One PATCH is carried out whole or not at all.
 */
export function powerDnsPusher(target: Target): Pusher {
  const push = async (zone: string, changes: readonly RrsetChange[]): Promise<PushOutcome> => {
    const there = await readZone(target, zone);
    if (!there.ok) return { result: "failed", problem: there.problem };
    const conflicts = changes.flatMap((change) => {
      const { name, type } = (change.after ?? change.before)!;
      const found = there.sets.get(`${name} ${type}`);
      return isSame(found, change.before) ? [] : [{ change, found }];
    });
    const sound = changes.filter((change) => !conflicts.some((conflict) => conflict.change === change));
    if (sound.length > 0) {
      const patched = await request(target, zone, "PATCH", { rrsets: sound.map(apiChange) });
      if (!patched.ok) return { result: "failed", problem: patched.problem };
    }
    return conflicts.length === 0 ? { result: "done" } : { result: "conflict", conflicts };
  };
  const look: Pusher["look"] = async (zone, name, type) => {
    const there = await readZone(target, zone);
    return there.ok ? there.sets.get(`${name} ${type}`) : "unknown";
  };
  return { push, look };
}

const absolute = (name: string): string => (name === "." ? "." : `${name}.`);

function apiChange({ before, after }: RrsetChange): object {
  const { name, type } = (after ?? before)!;
  const head = { name: absolute(name), type: typeName(type) };
  if (after === undefined) return { ...head, changetype: "DELETE", records: [] };
  const records = after.data.map((data) => ({ content: rdataText(type, data), disabled: false }));
  return { ...head, ttl: after.ttl, changetype: "REPLACE", records };
}

async function readZone(target: Target, zone: string): Promise<Zone> {
  const answer = await request(target, zone, "GET");
  if (!answer.ok) return answer;
  const { rrsets } = answer.body as { rrsets?: ApiRrset[] };
  if (!Array.isArray(rrsets)) return { ok: false, problem: `${target.url}: the answer is not one of PowerDNS` };
  return { ok: true, sets: new Map(rrsets.flatMap(rrsetOf).map((set) => [`${set.name} ${set.type}`, set])) };
}

/** Types without a number here are none of ours. A disabled record is not served, and not there. */
function rrsetOf({ name, type, ttl, records }: ApiRrset): Rrset[] {
  const number = typeNumber(type);
  if (number === undefined) return [];
  const data = records.flatMap(({ content, disabled }) => {
    const read = disabled ? undefined : rdataFromText(number, content, ".");
    return read?.ok ? [read.value] : [];
  });
  return data.length === 0 ? [] : [{ name: name.toLowerCase().replace(/(?<=.)\.$/, ""), type: number, ttl, data }];
}

const isSame = (a: Rrset | undefined, b: Rrset | undefined): boolean => {
  const dataOf = (set: Rrset): string =>
    set.data
      .map((data) => Buffer.from(data).toString("hex"))
      .sort()
      .join(" ");
  if (a === undefined || b === undefined) return a === b;
  return a.ttl === b.ttl && dataOf(a) === dataOf(b);
};

/** The API key goes into a header and nowhere else. */
async function request(
  target: Target,
  zone: string,
  method: "GET" | "PATCH",
  body?: object,
): Promise<{ ok: true; body: unknown } | { ok: false; problem: string }> {
  const url = `${target.url}/api/v1/servers/${encodeURIComponent(target.server)}/zones/${encodeURIComponent(absolute(zone))}`;
  try {
    const response = await fetch(url, {
      method,
      headers: { "x-api-key": target.apiKey, "content-type": "application/json" },
      redirect: "error", // the key is for this server alone
      signal: AbortSignal.timeout(timeoutMs),
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await limitedText(response);
    if (response.ok) return { ok: true, body: text === "" ? {} : (JSON.parse(text) as unknown) };
    return { ok: false, problem: statusText(target, zone, response.status, text) };
  } catch (error) {
    return {
      ok: false,
      problem: `${target.url}: ${(error as Error).message}; is the API on (api=yes, webserver=yes) and reachable?`,
    };
  }
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of response.body ?? []) {
    octets += chunk.length;
    if (octets > answerOctetsMax) throw new Error(`the answer has more than ${answerOctetsMax} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function statusText({ url, server }: Target, zone: string, status: number, text: string): string {
  if (status === 401 || status === 403) return `${url} does not take the API key (${status})`;
  if (status === 404)
    return `${url}: server ${server} has no zone ${zone}: make it there first (pdnsutil create-zone ${zone})`;
  return `${url} answers ${status}: ${text.slice(0, 300).replaceAll(/\s+/g, " ")}`;
}
