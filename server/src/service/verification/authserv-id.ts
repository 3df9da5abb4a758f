import { getDomain } from "tldts";

/**
 * The authserv-id where none is set: one name for all machines of an organisation (RFC 8601 §2.5), so the organizational domain
 * of the host's own name. A host without a name in the public DNS checks for itself alone: `localhost`.
 */
export const authservIdOf = (hostName: string): string =>
  getDomain(hostName, { allowPrivateDomains: true }) ?? "localhost";
