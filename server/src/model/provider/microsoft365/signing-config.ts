import { parseName, type Parsed } from "chancery/dns";
import { countOf, flagOf, memberOf, powerShellText, secondsOf, textOf } from "./power-shell-text.ts";

/** The two selectors of every domain (M365-01). */
export const microsoftSelectors = ["selector1", "selector2"] as const;
export type MicrosoftSelector = (typeof microsoftSelectors)[number];

/**
 * What `Get-DkimSigningConfig` says of one domain. Undefined: it says nothing of it, or nothing that can be read. The targets
 * are what Microsoft gave out; nothing else tells them, for the mapping of a domain to its label is not one to one (M365-06).
 */
export type SigningConfig = {
  domain: string;
  enabled: boolean | undefined;
  /** As it is written; `NoDKIMKeys`, `CnameMissing`, `Valid` and words on a rotation are known. */
  status: string | undefined;
  targets: Record<MicrosoftSelector, string | undefined>;
  keyBits: Record<MicrosoftSelector, number | undefined>;
  /** Epoch seconds at which the first keys were made. */
  keysMadeAt: number | undefined;
  /** Epoch seconds of the rotation that was last, or is next. */
  rotatesAt: number | undefined;
  signsBefore: MicrosoftSelector | undefined;
  signsAfter: MicrosoftSelector | undefined;
};

export const signingConfigOctetsMax = 8_388_608;
const domainsMax = 10_000;
/** What may stand in a command for a shell without being quoted. */
const plainDomain = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/;

/** Reads the output of `Get-DkimSigningConfig | ConvertTo-Json`: one object or a list, in any form that PowerShell gives it. */
export function parseSigningConfigs(octets: Uint8Array): Parsed<SigningConfig[]> {
  if (octets.length > signingConfigOctetsMax) return unread(`longer than ${signingConfigOctetsMax} octets`);
  let value: unknown;
  try {
    value = JSON.parse(powerShellText(octets));
  } catch {
    return unread("not JSON: the output of Get-DkimSigningConfig | ConvertTo-Json is expected");
  }
  const objects = listOf(value);
  if (objects.length > domainsMax) return unread(`more than ${domainsMax} domains`);
  const configs: SigningConfig[] = [];
  for (const [index, object] of objects.entries()) {
    const config = configOf(object);
    if (typeof config === "string") return unread(`entry ${index + 1}: ${config}`);
    configs.push(config);
  }
  return configs.length === 0 ? unread("no domain in it") : { ok: true, value: configs };
}

const unread = (problem: string): { ok: false; problem: string; offset: number } => ({ ok: false, problem, offset: 0 });

/** Windows PowerShell may wrap a list: `{"value": [...], "Count": 2}`. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null) return [];
  const wrapped: unknown = Object.hasOwn(value, "value") ? (value as { value: unknown }).value : undefined;
  return Array.isArray(wrapped) ? wrapped : [value];
}

function configOf(object: unknown): SigningConfig | string {
  if (typeof object !== "object" || object === null || Array.isArray(object)) return "not an object";
  const named = ["Domain", "Name", "Identity"].map((name) => textOf(memberOf(object, name))).find((one) => one);
  const domain = named === undefined ? undefined : nameOf(named);
  if (domain === undefined || !plainDomain.test(domain)) return "it names no domain (Domain, Name or Identity)";
  const member = (name: string): unknown => memberOf(object, name);
  return {
    domain,
    enabled: flagOf(member("Enabled")),
    status: textOf(member("Status"))?.slice(0, 100),
    targets: { selector1: targetOf(member("Selector1CNAME")), selector2: targetOf(member("Selector2CNAME")) },
    keyBits: { selector1: countOf(member("Selector1KeySize")), selector2: countOf(member("Selector2KeySize")) },
    keysMadeAt: secondsOf(member("KeyCreationTime")),
    rotatesAt: secondsOf(member("RotateOnDate")),
    signsBefore: selectorOf(member("SelectorBeforeRotateOnDate")),
    signsAfter: selectorOf(member("SelectorAfterRotateOnDate")),
  };
}

const nameOf = (text: string): string | undefined => {
  const name = parseName(text);
  return name.ok && name.value !== "." ? name.value : undefined;
};
const targetOf = (value: unknown): string | undefined => {
  const text = textOf(value);
  return text === undefined ? undefined : nameOf(text);
};
const selectorOf = (value: unknown): MicrosoftSelector | undefined => {
  const text = textOf(value)?.toLowerCase();
  return microsoftSelectors.find((one) => one === text);
};
