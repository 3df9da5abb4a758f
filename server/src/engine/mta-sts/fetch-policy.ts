import { request, type RequestOptions } from "node:https";
import { isIP } from "node:net";
import { isSpecialAddress } from "../resolver/special-address.ts";

/** A policy file as a sender sees it, or why it sees none. `unknown`: the host was not reached, which says nothing. */
export type PolicyFile =
  | { state: "fetched"; text: string }
  | { state: "refused"; problem: string }
  | { state: "unknown"; reason: string };

export type FetchOptions = {
  /** Absent: 443. */
  port?: number;
  /** Who signs certificates; absent: the list of Node. */
  ca?: string;
  /** From connecting to the last octet. Absent: 4000. */
  timeoutMs?: number;
  /** Whether an address may be asked. Absent: those that a public server can have. */
  mayAsk?: (address: string) => boolean;
};

const octetsMax = 65_536;

/**
 * Fetches `https://<host>/.well-known/mta-sts.txt` (RFC 8461 §3.3) from the first address that may be asked: one request, no
 * redirects, a certificate that is valid for the host, `text/plain`, 64 KiB at most. Never rejects. Names are resolved by the
 * caller, so that nobody can lead the request into a private network.
 */
export function fetchPolicyFile(
  host: string,
  addresses: readonly string[],
  options: FetchOptions = {},
): Promise<PolicyFile> {
  const { mayAsk = (address: string) => !isSpecialAddress(address), timeoutMs = 4000 } = options;
  const address = addresses.find((one) => isIP(one) !== 0 && mayAsk(one));
  if (address === undefined)
    return Promise.resolve({ state: "refused", problem: `${host} has no address that a public server can have` });
  return new Promise((resolve) => {
    const asked = request(requestOptions(host, address, options), (response) => {
      const { statusCode = 0, headers } = response;
      const type = headers["content-type"] ?? "";
      const refuse = (problem: string): void => {
        asked.destroy();
        resolve({ state: "refused", problem });
      };
      if (statusCode >= 300 && statusCode < 400)
        return refuse(`it redirects (${statusCode}), and senders do not follow`);
      if (statusCode !== 200) return refuse(`the server answers ${statusCode}`);
      if (!/^text\/plain(?:[ \t]*;|$)/i.test(type)) return refuse(`it is not text/plain but ${shown(type)}`);
      const chunks: Buffer[] = [];
      let octets = 0;
      response.on("data", (chunk: Buffer) => {
        octets += chunk.length;
        if (octets > octetsMax) refuse(`it is over ${octetsMax} octets`);
        else chunks.push(chunk);
      });
      response.on("end", () => resolve({ state: "fetched", text: Buffer.concat(chunks).toString("latin1") }));
      response.on("error", ({ message }) => resolve({ state: "unknown", reason: message }));
    });
    const timer = setTimeout(() => {
      asked.destroy();
      resolve({ state: "unknown", reason: "timeout" });
    }, timeoutMs);
    asked.on("close", () => clearTimeout(timer));
    asked.on("error", (error: NodeJS.ErrnoException) => resolve(failureOf(error)));
    asked.end();
  });
}

const requestOptions = (host: string, address: string, { port, ca }: FetchOptions): RequestOptions => ({
  host: address,
  port: port ?? 443,
  servername: host,
  path: "/.well-known/mta-sts.txt",
  headers: { host, accept: "text/plain", "user-agent": "chancery" },
  // One connection, closed when it is done.
  agent: false,
  ...(ca !== undefined && { ca }),
});

/** A certificate that is not valid for the host is a policy that no sender takes; a connection that fails says nothing. */
function failureOf({ code = "", message }: NodeJS.ErrnoException): PolicyFile {
  const isCertificate = /CERT|SIGNATURE|ISSUER|^ERR_TLS|SELF_SIGNED|UNABLE_TO/.test(code);
  return isCertificate
    ? { state: "refused", problem: `its certificate is not valid: ${message}` }
    : { state: "unknown", reason: code === "" ? message : code };
}

const shown = (type: string): string => (type === "" ? "of no type" : type.slice(0, 80));
