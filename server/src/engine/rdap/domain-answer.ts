/** What a registry says of a domain (RFC 9083 §5.3): until when it is registered, epoch seconds; null: it does not say. */
export type DomainAnswer = { ok: true; expiresAt: number | null } | { ok: false; problem: string };

const eventsMax = 1000;

/**
 * Reads the answer to a look-up of a domain. It has to be about that very domain: a server that answers with another one says
 * nothing. Of its events `expiration` counts (RFC 9083 §4.5), the latest where there are several. Never throws.
 */
export function readDomainAnswer(text: string, name: string): DomainAnswer {
  const answer = jsonOf(text);
  if (!isObject(answer)) return { ok: false, problem: "the answer is no JSON object" };
  if (answer["objectClassName"] !== "domain") return { ok: false, problem: "the answer is about no domain" };
  const told = answer["ldhName"];
  if (typeof told !== "string" || told.toLowerCase().replace(/\.$/, "") !== name)
    return { ok: false, problem: "the answer is about another domain" };
  const events = Array.isArray(answer["events"]) ? (answer["events"] as unknown[]).slice(0, eventsMax) : [];
  const ends = events.flatMap((event) => {
    if (!isObject(event) || event["eventAction"] !== "expiration") return [];
    const date = event["eventDate"];
    const ms = typeof date === "string" && rfc3339.test(date) ? Date.parse(date) : Number.NaN;
    return Number.isNaN(ms) ? [] : [Math.floor(ms / 1000)];
  });
  return { ok: true, expiresAt: ends.length === 0 ? null : Math.max(...ends) };
}

/** RFC 3339 §5.6, which RFC 9083 §3 asks for; some leave the time out. */
const rfc3339 = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d))?$/;

/** The base URLs for a top-level domain in IANA's list (RFC 9224 §4); https alone. Undefined: there is none. */
export function baseUrlIn(text: string, name: string): string | undefined {
  const list = jsonOf(text);
  const services = isObject(list) && Array.isArray(list["services"]) ? (list["services"] as unknown[]) : [];
  const topLevel = name.slice(name.lastIndexOf(".") + 1);
  for (const service of services) {
    const [domains, urls] = Array.isArray(service) ? (service as unknown[]) : [];
    if (!Array.isArray(domains) || !Array.isArray(urls)) continue;
    if (!domains.some((one) => typeof one === "string" && one.toLowerCase() === topLevel)) continue;
    const url = (urls as unknown[]).find((one) => typeof one === "string" && one.startsWith("https://"));
    if (typeof url === "string") return url;
  }
  return undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
