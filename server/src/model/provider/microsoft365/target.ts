import { labelsOf } from "chancery/dns";
import { microsoftSelectors, type MicrosoftSelector } from "./signing-config.ts";

/**
 * What a target of Microsoft's says. `older`: domains added before May 2025; `newer`: since then, with the partition that
 * Microsoft chose for the domain (M365-04). `label` stands for the domain and is not to be turned back into it (M365-06).
 */
export type MicrosoftTarget = { selector: MicrosoftSelector; label: string; tenant: string } & (
  | { form: "older" }
  | { form: "newer"; partition: string; version: string }
);

const olderEnd = "onmicrosoft.com";
const newerEnd = "dkim.mail.microsoft";
const partitionForm = /^([a-z0-9])-v(\d{1,9})$/;

/** Undefined for a name that is none of Microsoft's targets. The name is canonical. */
export function readMicrosoftTarget(name: string): MicrosoftTarget | undefined {
  const [first = "", domainkey, tenant, ...rest] = labelsOf(name);
  const selector = microsoftSelectors.find((one) => first.startsWith(`${one}-`));
  if (selector === undefined || domainkey !== "_domainkey" || tenant === undefined) return undefined;
  const known = { selector, label: first.slice(selector.length + 1), tenant };
  if (known.label === "") return undefined;
  if (rest.join(".") === olderEnd) return { ...known, form: "older" };
  const [partition = "", ...end] = rest;
  const match = partitionForm.exec(partition);
  if (match === null || end.join(".") !== newerEnd) return undefined;
  return { ...known, form: "newer", partition: match[1] ?? "", version: match[2] ?? "" };
}
