import { parseName } from "chancery/dns";
import type { Command } from "commander";
import { type Expectations, nothingExpected } from "../../../model/audit/expectations.ts";
import { keyNameOf } from "../../../model/audit/discovery/known-selectors.ts";
import { isSelector } from "../../../model/audit/discovery/wrong-host.ts";
import type { Catalogue } from "../../../model/provider/catalogue.ts";
import { nearest } from "../../nearest.ts";
import { CommandFailed } from "../exit.ts";
import { expectedFingerprint } from "../expected-key.ts";
import { repeated } from "./repeated.ts";

export type ExpectationOptions = { selector: string[]; expect: string[]; retired: string[] };

/** Adds the options by which an owner says what should be. */
export const expectationOptions = (command: Command): Command =>
  command
    .option("--selector <name>", "a selector that has to be there; may be given again", repeated, [])
    .option(
      "--expect <selector=target>",
      "where the alias of a selector has to lead, or the key that has to be there (a file or a SHA-256); may be given again",
      repeated,
      [],
    )
    .option(
      "--retired <provider>",
      "a provider that is no longer used, by its name in the catalogue or a domain its aliases lead to; may be given again",
      repeated,
      [],
    );

export function expectationsOf(options: ExpectationOptions, domain: string, catalogue: Catalogue): Expectations {
  const targets: Record<string, string> = {};
  const fingerprints: Record<string, string> = {};
  for (const written of options.expect) {
    const split = written.indexOf("=");
    const expected = written.slice(split + 1);
    if (split < 1 || expected === "")
      throw new CommandFailed(`--expect: ${written} is not SELECTOR=TARGET, for example s1=s1.dkim.provider.example`);
    const keyName = keyNameOf(selectorOf("--expect", written.slice(0, split), domain), domain);
    const target = isFingerprint(expected) ? undefined : hostNameOf(expected);
    if (target === undefined) fingerprints[keyName] = expectedFingerprint(expected, "--expect");
    else targets[keyName] = target;
  }
  return {
    ...nothingExpected,
    selectors: options.selector.map((written) => selectorOf("--selector", written, domain)),
    targets,
    fingerprints,
    retiredProviders: options.retired.map((written) => retiredProvider(written, catalogue)),
  };
}

/** The selector alone, also where the whole key name was pasted. */
function selectorOf(option: string, written: string, domain: string): string {
  const name = parseName(written);
  const whole = name.ok ? name.value : "";
  const end = [`._domainkey.${domain}`, "._domainkey"].find((one) => whole.endsWith(one)) ?? "";
  const selector = whole.slice(0, whole.length - end.length);
  if (!/^[\w-]+(?:\.[\w-]+)*$/.test(selector) || !isSelector(selector) || !parseName(keyNameOf(selector, domain)).ok)
    throw new CommandFailed(
      `${option}: ${written} is no selector; the part of the key name before ._domainkey is expected`,
    );
  return selector;
}

const isFingerprint = (text: string): boolean => /^[0-9a-f]{64}$/i.test(text);

/** A name of several labels; a path or a bare word is a file. */
function hostNameOf(text: string): string | undefined {
  const name =
    /^[\w-]+(?:\.[\w-]+)+\.?$/.test(text) && !/\.(?:pem|txt|key|pub)$/i.test(text) ? parseName(text) : undefined;
  return name?.ok === true ? name.value : undefined;
}

/** The identifier of a provider, or the domain as it is. */
function retiredProvider(written: string, catalogue: Catalogue): string {
  const wanted = written.toLowerCase();
  const providers = [...catalogue.providers.values()];
  const known = providers.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted);
  if (known !== undefined) return known.id;
  const domain = hostNameOf(written);
  if (domain !== undefined) return domain;
  const meant = nearest(wanted, [...catalogue.providers.keys()]);
  throw new CommandFailed(
    `--retired: ${written} is no provider of the catalogue; was ${meant} meant? A domain that its aliases lead to will do as well`,
  );
}
