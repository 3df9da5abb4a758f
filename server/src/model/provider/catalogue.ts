import { labelsOf, type Parsed } from "chancery/dns";
import { buildNameIndex, findByName, type IndexEntry, type NameIndex } from "./name-index.ts";
import type { NamePattern } from "./name-pattern.ts";
import { parseProvider } from "./parse-provider.ts";
import type { MailFromRule, Provider, SelectorRule, SharedKeyRule } from "./provider.ts";
import { misshapen, shaped } from "./shape.ts";

/** A rule of a provider: `form` is the pattern or suffix as it is written. */
export type Ruled<Rule = undefined> = { provider: Provider; form: string; rule: Rule };

/** The catalogue with everything that finds a provider by what was seen. Built once, never changed. */
export type Catalogue = {
  version: string;
  /** By id, in the order of ids. */
  providers: ReadonlyMap<string, Provider>;
  /** Alias targets by their form, and hosts of keys by their end; `rule` says which. */
  targets: NameIndex<Ruled<"alias-target" | "key-host">>;
  nameServers: NameIndex<Ruled>;
  signsAs: NameIndex<Ruled>;
  spfIncludes: NameIndex<Ruled>;
  mailFrom: NameIndex<Ruled<MailFromRule>>;
  selectors: readonly Ruled<SelectorRule>[];
  sharedKeys: ReadonlyMap<string, Ruled<SharedKeyRule>>;
};

/** `version` as in the file of that name; `files` with the name of each, for the messages. */
export type CatalogueText = { version: string; files: readonly { file: string; text: string }[] };

const providersMax = 2000;
const versionForm = /^\d{4}\.\d{1,2}\.\d{1,3}$/;

/** Reads all entries and sees that they fit together. `problem` begins with the file that is wrong. */
export function parseCatalogue({ version, files }: CatalogueText): Parsed<Catalogue> {
  if (!versionForm.test(version)) return misshapen("version", "has to be year, month and number, as 2026.11.1");
  if (files.length > providersMax) return misshapen("", `more than ${providersMax} providers`);
  const providers = new Map<string, Provider>();
  for (const { file, text } of files) {
    const provider = parseProvider(text);
    if (!provider.ok) return misshapen(file, provider.problem);
    const { id } = provider.value;
    if (file !== `${id}.json`) return misshapen(file, `the file of ${id} has to be called ${id}.json`);
    providers.set(id, provider.value);
  }
  const catalogue = indexed(version, new Map([...providers].sort(([a], [b]) => (a < b ? -1 : 1))));
  for (const provider of catalogue.providers.values()) {
    const problem = contradiction(catalogue, provider);
    if (problem !== undefined) return misshapen(`${provider.id}.json`, problem);
  }
  return shaped(catalogue);
}

/** What of an entry cannot be true beside the others. */
function contradiction({ providers, targets }: Catalogue, provider: Provider): string | undefined {
  const unknown = provider.runsOn.find((id) => !providers.has(id) || id === provider.id);
  if (unknown !== undefined) return `runsOn: there is no other provider ${unknown}`;
  for (const { example, pattern } of provider.targets) {
    const [first, second] = findByName(targets, labelsOf(example));
    if (first?.provider !== provider) return `targets: ${example} is taken for ${first?.provider.id ?? "nobody"}'s`;
    if (second !== undefined && second.provider !== provider && second.form === pattern.text)
      return `targets: ${pattern.text} is a form of ${second.provider.id} too`;
  }
  return undefined;
}

function indexed(version: string, providers: ReadonlyMap<string, Provider>): Catalogue {
  const all = [...providers.values()];
  const byPattern = (patternsOf: (provider: Provider) => readonly NamePattern[]): NameIndex<Ruled> =>
    buildNameIndex(
      all.flatMap((provider) =>
        patternsOf(provider).map((pattern) => ({
          item: { provider, form: pattern.text, rule: undefined },
          pattern,
        })),
      ),
    );
  return {
    version,
    providers,
    targets: buildNameIndex(all.flatMap(targetEntries)),
    nameServers: byPattern(({ nameServers }) => nameServers),
    signsAs: byPattern(({ signsAs }) => signsAs),
    spfIncludes: byPattern(({ spfIncludes }) => spfIncludes),
    mailFrom: buildNameIndex(
      all.flatMap((provider) =>
        provider.mailFrom.map((rule) => ({
          item: { provider, form: rule.target.text, rule },
          pattern: rule.target,
        })),
      ),
    ),
    selectors: all.flatMap((provider) =>
      provider.selectors.map((rule) => ({ provider, form: rule.pattern.text, rule })),
    ),
    sharedKeys: new Map(
      all.flatMap((provider) =>
        provider.sharedKeys.map((rule) => [rule.fingerprint, { provider, form: rule.selector, rule }] as const),
      ),
    ),
  };
}

function targetEntries(provider: Provider): IndexEntry<Ruled<"alias-target" | "key-host">>[] {
  return [
    ...provider.targets.map(({ pattern }) => ({
      item: { provider, form: pattern.text, rule: "alias-target" as const },
      pattern,
    })),
    ...provider.keyHosts.map((suffix) => ({
      item: { provider, form: suffix, rule: "key-host" as const },
      suffix,
    })),
  ];
}
