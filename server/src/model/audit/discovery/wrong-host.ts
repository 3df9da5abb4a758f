import { isAtOrBelow, labelsOf, parentName, parseName } from "chancery/dns";
import { looksLikeKeyRecord } from "chancery/dkim";
import type { TracedChain } from "../../traced-chain.ts";
import { isNearSelector } from "./near-selector.ts";

/** A name at which a key record ends up by mistake. */
export type WrongName = { name: string; mistake: string };

/** What goes wrong with `_domainkey`, in the form `{s}` for the selector and `{d}` for the domain. */
const forms: readonly { form: string; mistake: string }[] = [
  { form: "{s}._domainkey.{d}.{d}", mistake: "the domain is doubled" },
  { form: "{s}.{d}", mistake: "_domainkey is missing" },
  { form: "{s}.domainkey.{d}", mistake: "the underscore of _domainkey is missing" },
  { form: "{s}.-domainkey.{d}", mistake: "a hyphen stands for the underscore of _domainkey" },
  { form: "{s}-domainkey.{d}", mistake: "a hyphen stands for the dot and the underscore before domainkey" },
  { form: "{s}-_domainkey.{d}", mistake: "a hyphen stands for the dot before _domainkey" },
  { form: "{s}_domainkey.{d}", mistake: "the dot before _domainkey is missing" },
  { form: "{s}.__domainkey.{d}", mistake: "the underscore of _domainkey is doubled" },
  { form: "{s}._domainkeys.{d}", mistake: "_domainkey is mis-spelt as _domainkeys" },
  { form: "{s}._domain-key.{d}", mistake: "_domainkey is mis-spelt as _domain-key" },
  { form: "{s}._domain_key.{d}", mistake: "_domainkey is mis-spelt as _domain_key" },
  { form: "{s}._domiankey.{d}", mistake: "_domainkey is mis-spelt as _domiankey" },
  { form: "{s}._dkim.{d}", mistake: "_domainkey is written as _dkim" },
  { form: "{s}.dkim.{d}", mistake: "_domainkey is written as dkim" },
  { form: "_domainkey.{s}.{d}", mistake: "selector and _domainkey are swapped" },
  { form: "_domainkey.{d}", mistake: "the selector is missing" },
  { form: "{s}._domainkey.{s}._domainkey.{d}", mistake: "selector and _domainkey are doubled" },
];

/** Labels in front of a domain under which mail is often sent, tried where the record may stand at a subdomain. */
const usualSubdomains = ["mail", "www", "email"];

/** `target`: where an alias was said to lead. `registrableDomain`: what of the domain somebody registered; nothing above it is looked at. */
export type KeyNameHints = { target?: string | undefined; registrableDomain?: string | undefined };

/** Names to look at where nothing is at `<selector>._domainkey.<domain>`: the record may have been made there by mistake. */
export function wrongNames(selector: string, domain: string, hints: KeyNameHints): WrongName[] {
  const written = forms.map(({ form, mistake }) => ({ name: fill(form, selector, domain), mistake }));
  return [
    ...written,
    { name: domain, mistake: "selector and _domainkey are missing" },
    ...otherDomains(selector, domain, hints.registrableDomain),
    ...nearSelectors(selector, domain),
    ...targetAsName(domain, hints.target),
  ].filter(({ name }) => parseName(name).ok);
}

const fill = (form: string, selector: string, domain: string): string =>
  form.replaceAll("{s}", selector).replaceAll("{d}", domain);

/** The right form, below another domain than the one audited. */
function otherDomains(selector: string, domain: string, registrableDomain: string | undefined): WrongName[] {
  const front = `${selector}._domainkey`;
  const [first = ""] = labelsOf(domain);
  const parents = parentsOf(domain, registrableDomain);
  return [
    { name: `${front}.${first}.${domain}`, mistake: `a part of the domain is doubled` },
    ...parents.map((parent) => ({ name: `${front}.${domain}.${parent}`, mistake: `${parent} is doubled` })),
    ...parents.map((parent) => ({ name: `${front}.${parent}`, mistake: `it is that of ${parent}, not of ${domain}` })),
    ...usualSubdomains.map((label) => ({
      name: `${front}.${label}.${domain}`,
      mistake: `it is that of ${label}.${domain}, not of ${domain}`,
    })),
  ];
}

/** Domains above that belong to the same owner; two at the most. */
function parentsOf(domain: string, registrableDomain: string | undefined): string[] {
  const parents: string[] = [];
  for (let at = parentName(domain); at !== undefined && parents.length < parentsMax; at = parentName(at))
    if (registrableDomain !== undefined && isAtOrBelow(at, registrableDomain)) parents.push(at);
  return parents;
}
const parentsMax = 2;

/** An alias target pasted as the name, to which the DNS host added the zone. */
const targetAsName = (domain: string, target: string | undefined): WrongName[] =>
  target === undefined || isAtOrBelow(target, domain)
    ? []
    : [{ name: `${target}.${domain}`, mistake: "the target of the alias was entered as the name" }];

function nearSelectors(selector: string, domain: string): WrongName[] {
  const digits = /^(.*[a-z])([-_]?)(\d+)$/.exec(selector);
  const spelt = new Set<string>();
  if (digits !== null) {
    const [, front = "", between, number = ""] = digits;
    for (const mark of ["-", "", "_"]) if (mark !== between) spelt.add(`${front}${mark}${number}`);
  }
  const last = selector.at(-1) ?? "";
  for (const twin of twins[last] ?? []) spelt.add(selector.slice(0, -1) + twin);
  return [...spelt].map((other) => ({
    name: `${other}._domainkey.${domain}`,
    mistake: `the selector is ${other}, not ${selector}`,
  }));
}

/** Characters that are taken for one another. */
const twins: Readonly<Record<string, readonly string[]>> = {
  "1": ["l", "i"],
  l: ["1", "i"],
  i: ["1", "l"],
  "0": ["o"],
  o: ["0"],
};

/** The selector that was meant by a name at which a key was found: any host's name too, since hosts have no keys. */
export function selectorOfKeyAt(name: string, domain: string): string | undefined {
  const meant = selectorMeantBy(name, domain);
  if (meant !== undefined || parentName(name) !== domain) return meant?.selector;
  const [selector] = labelsOf(name);
  // `_dmarc` and the like are no hosts, and what stands there may have a `p=` of its own.
  return selector === "*" || selector?.startsWith("_") ? undefined : selector;
}

/**
 * The selector that was meant by a name, and what is wrong with it, where the name is a usual wrong one. Undefined for every
 * other name: also for `<label>.<domain>`, which any host has.
 */
export function selectorMeantBy(name: string, domain: string): { selector: string; mistake: string } | undefined {
  for (const { form, mistake } of forms) {
    const selector = form === "{s}.{d}" ? undefined : filledIn(form, name, domain);
    if (selector !== undefined) return { selector, mistake };
  }
  if (name.endsWith(`.${keyBranch}`))
    return { selector: name.slice(0, -keyBranch.length - 1), mistake: "the domain is missing" };
  if (!isAtOrBelow(name, domain)) return undefined;
  const labels = labelsOf(name).slice(0, -labelsOf(domain).length);
  const branch = labels.at(-1) ?? "";
  const selector = labels.slice(0, -1).join(".");
  if (!isSelector(selector) || !isNearSelector(branch, keyBranch)) return undefined;
  return { selector, mistake: `_domainkey is mis-spelt as ${branch}` };
}

const keyBranch = "_domainkey";

/** One label or several, none of them a part of the form of key names. */
export const isSelector = (text: string): boolean =>
  text.split(".").every((label) => label !== "" && label !== "*" && label !== keyBranch);

/** What stands for `{s}` where the name is of this form. */
function filledIn(form: string, name: string, domain: string): string | undefined {
  if (!form.includes("{s}")) return undefined;
  const [front = "", ...rest] = form.replaceAll("{d}", domain).split("{s}");
  const end = rest.at(-1) ?? "";
  if (!name.startsWith(front) || !name.endsWith(end) || name.length <= front.length + end.length) return undefined;
  const selector = rest.length > 1 ? (labelsOf(name)[0] ?? "") : name.slice(front.length, name.length - end.length);
  return fill(form, selector, domain) === name && isSelector(selector) ? selector : undefined;
}

/** Whether what stands at a wrong name is a key, or leads to where keys stand; `expected`: and to the right one, where that is known. */
export function isKeyLike(chain: TracedChain, expected: { target?: string | undefined }): boolean {
  if (expected.target !== undefined && chain.aliases.some(({ target }) => target === expected.target)) return true;
  if (chain.outcome === "present") return chain.texts.some(({ text }) => looksLikeKeyRecord(text) && hasKey.test(text));
  return chain.aliases.some(({ target }) => labelsOf(target).some((label) => keyLabel.test(label)));
}

/** Records of other standards have a `p=` too, at names where nobody looks for keys. */
const hasKey = /dkim1|p\s*=\s*[A-Za-z0-9+/]{40}/i;
const keyLabel = /^_?domainkey$|^dkim\d*$|^_dkim$/;
