import { lookup } from "node:dns/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { isSpecialAddress } from "../resolver/special-address.ts";

/** What a server answered, or why it did not. `refused`: nothing was asked, or what came is beyond a limit. */
export type Got =
  | { state: "got"; status: number; text: string }
  | { state: "refused"; problem: string }
  | { state: "unknown"; reason: string };

export type GetOptions = {
  accept: string;
  octetsMax: number;
  /** From the first look-up to the last octet, all redirects together. Absent: 10 000. */
  timeoutMs?: number;
  /** Servers of an own network may be asked as well, and over http those of this machine. Absent: no. */
  allowPrivate?: boolean;
  /** Who signs certificates; absent: the list of Node. */
  ca?: string;
};

const redirectsMax = 3;

/**
 * Gets a text over https: a limit on octets, time and redirects, and only from addresses that a public server can have. The name is
 * resolved here, and the address that was judged is the one that is asked, so that nobody leads the request into a private network.
 * Never rejects.
 */
export async function boundedGet(url: string, options: GetOptions): Promise<Got> {
  const { timeoutMs = 10_000 } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  let at = url;
  for (let redirects = 0; ; redirects++) {
    const target = targetOf(at, options);
    if (typeof target === "string") return { state: "refused", problem: target };
    const address = await addressOf(target, options, signal);
    if (typeof address !== "string") return address;
    const got = await getOnce(target, address, options, signal);
    if (!("redirect" in got)) return got;
    if (redirects === redirectsMax) return { state: "refused", problem: `over ${redirectsMax} redirects` };
    at = got.redirect;
  }
}

/** The URL, or why it is not asked. */
function targetOf(written: string, { allowPrivate = false }: GetOptions): URL | string {
  let url: URL;
  try {
    url = new URL(written);
  } catch {
    return `${shown(written)} is no URL`;
  }
  if (url.username !== "" || url.password !== "") return "a URL with a password in it is not asked";
  if (url.protocol === "https:") return url;
  const isHere = isLoopback(hostOf(url));
  return url.protocol === "http:" && allowPrivate && isHere ? url : `${shown(url.origin)} is not https`;
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");
const isLoopback = (host: string): boolean => host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

async function addressOf(
  url: URL,
  { allowPrivate = false }: GetOptions,
  signal: AbortSignal,
): Promise<string | Exclude<Got, { state: "got" }>> {
  const host = hostOf(url);
  let addresses: string[];
  try {
    addresses =
      isIP(host) === 0 ? (await untilAborted(lookup(host, { all: true }), signal)).map((one) => one.address) : [host];
  } catch (error) {
    return { state: "unknown", reason: `${host}: ${(error as NodeJS.ErrnoException).code ?? "timeout"}` };
  }
  const address = addresses.find((one) => allowPrivate || !isSpecialAddress(one));
  return address ?? { state: "refused", problem: `${host} has no address that a public server can have` };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("timeout")), { once: true });
    work.then(resolve, reject);
  });
}

function getOnce(
  url: URL,
  address: string,
  { accept, octetsMax, ca }: GetOptions,
  signal: AbortSignal,
): Promise<Got | { redirect: string }> {
  const isPlain = url.protocol === "http:";
  const host = hostOf(url);
  const options = {
    host: address,
    port: url.port === "" ? (isPlain ? 80 : 443) : Number(url.port),
    path: `${url.pathname}${url.search}`,
    headers: { host: url.host, accept, "user-agent": "chancery" },
    agent: false, // one connection, closed when it is done
    signal,
    ...(!isPlain && isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca }),
  };
  return new Promise((resolve) => {
    const asked = (isPlain ? httpRequest : httpsRequest)(options, (response) => {
      const { statusCode = 0, headers } = response;
      const end = (got: Got | { redirect: string }): void => {
        asked.destroy();
        resolve(got);
      };
      if (statusCode >= 300 && statusCode < 400) {
        const to = URL.parse(headers.location ?? "", url.href)?.href;
        return end(to === undefined ? { state: "refused", problem: "a redirect to nowhere" } : { redirect: to });
      }
      const chunks: Buffer[] = [];
      let octets = 0;
      response.on("data", (chunk: Buffer) => {
        octets += chunk.length;
        if (octets > octetsMax) end({ state: "refused", problem: `an answer of over ${octetsMax} octets` });
        else chunks.push(chunk);
      });
      response.on("end", () =>
        resolve(
          response.complete
            ? { state: "got", status: statusCode, text: Buffer.concat(chunks).toString("utf8") }
            : { state: "unknown", reason: "the answer was cut off" },
        ),
      );
      response.on("error", (error) => resolve(failureOf(error, signal)));
    });
    asked.on("error", (error) => resolve(failureOf(error, signal)));
    asked.end();
  });
}

const failureOf = (error: NodeJS.ErrnoException, { aborted }: AbortSignal): Got => ({
  state: "unknown",
  reason: aborted ? "timeout" : shown(error.code ?? error.message),
});

const shown = (text: string): string => text.replace(/[^ -~]+/g, "?").slice(0, 200);
