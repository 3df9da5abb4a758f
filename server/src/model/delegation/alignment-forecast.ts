import type { Alignment, AlignmentMode } from "chancery/dmarc";

/** How mail with a From will stand to DMARC once it is signed by this delegation (RFC 9989 §4.4). */
export type AlignmentForecast = {
  /** The domain of the From address. */
  from: string;
  /** The `d=` of its signatures. */
  signingDomain: string;
  alignment: Alignment;
  /** What the From domain's policy asks for; null: DNS did not say. */
  adkim: AlignmentMode | null;
  aligned: "yes" | "no" | "unknown";
  text: string;
};

/** In one sentence, with the reason. */
export function forecastText(
  { from, signingDomain, alignment, adkim, aligned }: Omit<AlignmentForecast, "text">,
  policyAt: string | undefined,
): string {
  const signed = `mail From ${from} signed with d=${signingDomain}`;
  const policy =
    policyAt === undefined ? "no DMARC policy, so relaxed" : `adkim=${adkim === "strict" ? "s" : "r"} at ${policyAt}`;
  if (aligned === "yes")
    return `${signed}: aligned (${alignment === "strict" ? "the same domain" : `relaxed; ${policy}`})`;
  if (aligned === "unknown") return `${signed}: cannot be said, DNS did not answer`;
  const why =
    alignment === "relaxed"
      ? `${policy} asks for the very same domain`
      : "they do not belong to the same organizational domain";
  return `${signed}: not aligned, because ${why}; DMARC would pass by SPF or another signature alone`;
}
