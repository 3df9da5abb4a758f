import { boundedGet, type GetOptions } from "./bounded-get.ts";
import { baseUrlIn, readDomainAnswer } from "./domain-answer.ts";

/** Until when a registry says that a domain is registered, epoch seconds; or why it says nothing. */
export type RegistryAnswer = { expiresAt: number } | { problem: string };

export type RegistryOptions = Pick<GetOptions, "allowPrivate" | "ca" | "timeoutMs"> & {
  /** Where domains are looked up, or `iana`: where IANA's list says for the top-level domain (RFC 9224). */
  url: string;
  /** Where that list is; absent: at IANA. */
  bootstrap?: string;
};

const answerOctetsMax = 256 * 1024;
const listOctetsMax = 1024 * 1024;

/** Asks a registry by RDAP (RFC 9082 §3.1.3) for a domain, in A-labels and lower case. Never rejects. */
export async function askRegistry(name: string, options: RegistryOptions): Promise<RegistryAnswer> {
  const base = options.url === "iana" ? await baseOf(name, options) : { url: options.url };
  if ("problem" in base) return base;
  const url = `${base.url.replace(/\/+$/, "")}/domain/${encodeURIComponent(name)}`;
  const got = await boundedGet(url, { ...options, accept: "application/rdap+json", octetsMax: answerOctetsMax });
  if (got.state !== "got") return { problem: got.state === "refused" ? got.problem : got.reason };
  if (got.status === 404) return { problem: "it knows no such domain (404)" };
  if (got.status !== 200) return { problem: `it answers ${got.status}` };
  const answer = readDomainAnswer(got.text, name);
  if (!answer.ok) return { problem: answer.problem };
  return answer.expiresAt === null ? { problem: "it does not say when it ends" } : { expiresAt: answer.expiresAt };
}

async function baseOf(name: string, options: RegistryOptions): Promise<{ url: string } | { problem: string }> {
  const { bootstrap = "https://data.iana.org/rdap/dns.json" } = options;
  const got = await boundedGet(bootstrap, { ...options, accept: "application/json", octetsMax: listOctetsMax });
  if (got.state !== "got" || got.status !== 200) return { problem: "IANA's list of registries cannot be had" };
  const url = baseUrlIn(got.text, name);
  return url === undefined ? { problem: `IANA's list has no registry for ${name}: set rdap.url` } : { url };
}
