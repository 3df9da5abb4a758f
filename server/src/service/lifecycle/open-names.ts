import { getDomain } from "tldts";
import { takeoverRisk } from "../../model/audit/takeover.ts";
import type { LifecycleDeps } from "./deps.ts";

/** Which of the names on a way that leads to no key somebody else could register. Asked only where a key is missing. */
export async function openNames(
  { observe }: Pick<LifecycleDeps, "observe">,
  names: readonly string[],
): Promise<string[]> {
  const domains = new Set(names.flatMap((name) => getDomain(name, { extractHostname: false }) ?? []));
  const open: string[] = [];
  for (const registrableDomain of domains) {
    const { outcome, reason } = await observe(registrableDomain);
    const registration =
      outcome === "unknown" ? "unknown" : outcome === "absent" && reason === "nxdomain" ? "does-not-exist" : "exists";
    if (takeoverRisk({ name: registrableDomain, registrableDomain, registration }) === "open")
      open.push(registrableDomain);
  }
  return open;
}
