import { labelsOf } from "chancery/dns";

/**
 * Whose domain Google's own `d=` stands for: the first label is the domain with dashes for its dots, so that several domains
 * come to the same. `example-com.20230601.gappssmtp.com` is for example.com.
 */
export function isGoogleDefaultOf(signingDomain: string, domain: string): boolean {
  const [label, day = "", ...rest] = labelsOf(signingDomain);
  return rest.join(".") === "gappssmtp.com" && /^\d{8}$/.test(day) && label === domain.replaceAll(".", "-");
}
