import { isIP } from "node:net";
import { octetText, parseDomain } from "chancery/mail";
import { mimeLeaves } from "./mime-leaves.ts";

/** What a failure report says of one message (RFC 5965 §3, RFC 6591 §3): strangers' words. */
export type FailureReport = {
  /** Who reports: Reporting-MTA, else User-Agent; empty: it does not say. */
  reporter: string;
  /** Reported-Domain, in the form of `parseDomain`; undefined: it does not say. */
  domain: string | undefined;
  /** DKIM-Domain and DKIM-Selector of the signature that failed; undefined: it was not a signature. */
  signature: { signingDomain: string; selector: string } | undefined;
  sourceIp: string | undefined;
  /** Arrival-Date, epoch seconds. */
  arrivedAt: number | undefined;
  /** Incidents: how many messages it stands for. */
  messages: number;
};

const fieldsOctetsMax = 64 * 1024;
const fieldsMax = 200;
const messagesMax = 1_000_000;

/** The failure report in a mail; undefined: there is none of authentication in it. */
export function failureReportIn(mail: Uint8Array): FailureReport | undefined {
  const leaf = mimeLeaves(mail).find(({ type }) => type === "message/feedback-report");
  if (leaf === undefined) return undefined;
  const fields = fieldsOf(octetText(leaf.octets().subarray(0, fieldsOctetsMax)));
  if (fields.get("feedback-type")?.toLowerCase() !== "auth-failure") return undefined;
  const signingDomain = domainOf(fields.get("dkim-domain"));
  const selector = selectorOf(fields.get("dkim-selector"));
  const source = fields.get("source-ip") ?? "";
  const arrivedMs = Date.parse(fields.get("arrival-date") ?? "");
  const incidents = Number(fields.get("incidents") ?? "1");
  return {
    reporter: reporterOf(fields),
    domain: domainOf(fields.get("reported-domain")),
    signature: signingDomain === undefined || selector === undefined ? undefined : { signingDomain, selector },
    sourceIp: isIP(source) === 0 ? undefined : source,
    arrivedAt: Number.isNaN(arrivedMs) ? undefined : Math.floor(arrivedMs / 1000),
    messages: Number.isInteger(incidents) && incidents >= 1 ? Math.min(incidents, messagesMax) : 1,
  };
}

/** Header fields by name in lower case, unfolded; of one that stands twice the first. */
function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.replace(/\r?\n(?=[ \t])/g, "").split(/\r?\n/, fieldsMax)) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name !== "" && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}

const domainOf = (written: string | undefined): string | undefined => {
  const domain = parseDomain(written ?? "");
  return domain.ok ? domain.value : undefined;
};

const selectorOf = (written: string | undefined): string | undefined =>
  written !== undefined && /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,10}$/i.test(written)
    ? written.toLowerCase()
    : undefined;

/** `dns; mx.example.net` is how RFC 3464 §2.1.2 names a host. */
const reporterOf = (fields: ReadonlyMap<string, string>): string =>
  (fields.get("reporting-mta")?.replace(/^[^;]*;\s*/, "") ?? fields.get("user-agent") ?? "")
    .replace(/[^ -~]+/g, "?")
    .slice(0, 200);
