import type { Evaluation } from "./evaluation.ts";

/** The DMARC part of an Authentication-Results field (RFC 8601 §2.2), as `format` of `chancery/authres` takes it. */
export type DmarcMethodResult = {
  method: "dmarc";
  version: null;
  result: Evaluation["result"];
  reason: null;
  properties: { ptype: string; property: string; value: string }[];
};

/** `dmarc=<result>` with `header.from` and the policy after `sp=`, `np=` and `t=` as `policy.dmarc` (RFC 9989 §9.1). */
export function authenticationResult({ result, authorDomain, applied }: Evaluation): DmarcMethodResult {
  const properties: DmarcMethodResult["properties"] = [];
  if (authorDomain !== undefined) properties.push({ ptype: "header", property: "from", value: authorDomain });
  if (applied !== undefined) properties.push({ ptype: "policy", property: "dmarc", value: applied.policy });
  return { method: "dmarc", version: null, result, reason: null, properties };
}
