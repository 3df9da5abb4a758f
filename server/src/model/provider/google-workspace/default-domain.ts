import { labelsOf } from "chancery/dns";

/**
 * Whether Google's own `d=` may stand for a domain, or for one above it: its first label is the domain with dashes for its
 * dots, so that several domains come to the same. `example-com.20230601.gappssmtp.com` is for example.com, and for
 * news.example.com where that has none of its own.
 */
export function isGoogleDefaultOf(signingDomain: string, domain: string): boolean {
  const [label, day = "", ...rest] = labelsOf(signingDomain);
  if (rest.join(".") !== "gappssmtp.com" || !/^\d{8}$/.test(day)) return false;
  const labels = labelsOf(domain);
  return labels.some((_, from) => from < labels.length - 1 && labels.slice(from).join("-") === label);
}
