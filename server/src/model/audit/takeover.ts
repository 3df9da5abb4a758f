/**
 * A name on which someone's mail depends: an alias's target, a name server, the host of an SPF include, of a report address,
 * of an MTA-STS policy. In the form of `parseDomain`.
 */
export type RelyingName = {
  name: string;
  /**
   * The part that somebody has registered: public suffix and one label. Undefined: nobody can register any part of it (it is
   * a public suffix itself, or its top-level domain does not exist).
   */
  registrableDomain: string | undefined;
  /** What the DNS says of the registrable domain; `unknown` where it gave no answer that says anything. */
  registration: "exists" | "does-not-exist" | "unknown";
};

/** Reserved for documentation (RFC 2606 §3): whatever a file or a lab says of them, nobody can register them. */
const reservedDomains: ReadonlySet<string> = new Set(["example.com", "example.net", "example.org"]);

/**
 * Whether someone else could register the domain that a name belongs to, and so answer for it (AUD-D-10, AUD-D-13). Only a
 * registrable domain that does not exist counts: a name missing below one that exists is its owner's to mend. The names of
 * known providers never count: they are held, whatever one answer says. Absent `isProviderName`: no provider is known. Pure.
 */
export function takeoverRisk(
  { name, registrableDomain, registration }: RelyingName,
  isProviderName: (name: string) => boolean = () => false,
): "open" | "held" | "unknown" {
  if (registrableDomain === undefined || reservedDomains.has(registrableDomain)) return "held";
  if (isProviderName(name) || isProviderName(registrableDomain)) return "held";
  switch (registration) {
    case "exists":
      return "held";
    case "does-not-exist":
      return "open";
    case "unknown":
      return "unknown";
  }
}
