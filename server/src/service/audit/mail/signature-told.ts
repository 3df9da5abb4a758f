import type { Verification } from "chancery/dkim";
import { parseDomain } from "chancery/mail";
import type { MethodResult } from "chancery/authres";
import { propertyOf } from "./receiver-results.ts";

/**
 * What the receiver says of one signature: the result that names its first octets (`header.b`, RFC 6008), else the one that
 * names its selector, else its domain. Undefined: nothing, or two things.
 */
export function signatureTold(
  { signingDomain, selector, signatureStart }: Pick<Verification, "signingDomain" | "selector" | "signatureStart">,
  results: readonly MethodResult[],
): string | undefined {
  const ofDomain = results.filter(({ method }) => method === "dkim").filter((one) => domainIn(one) === signingDomain);
  const byStart = ofDomain.filter((one) => {
    const start = propertyOf(one, "header", "b");
    return (
      start !== undefined && start !== "" && (signatureStart.startsWith(start) || start.startsWith(signatureStart))
    );
  });
  if (byStart.length > 0) return agreed(byStart);
  const bySelector = ofDomain.filter((one) => propertyOf(one, "header", "s")?.toLowerCase() === selector);
  if (bySelector.length > 0) return agreed(bySelector);
  return agreed(ofDomain.filter((one) => propertyOf(one, "header", "s") === undefined));
}

const agreed = (results: readonly MethodResult[]): string | undefined => {
  const words = new Set(results.map(({ result }) => result));
  return words.size === 1 ? words.values().next().value : undefined;
};

function domainIn(result: MethodResult): string | undefined {
  const identity = propertyOf(result, "header", "i");
  const written = propertyOf(result, "header", "d") ?? identity?.slice(identity.lastIndexOf("@") + 1);
  const domain = parseDomain(written ?? "");
  return domain.ok ? domain.value : undefined;
}
