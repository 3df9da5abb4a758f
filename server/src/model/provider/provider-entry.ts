import type { NamePattern } from "./name-pattern.ts";
import type { Provider } from "./provider.ts";

/** A provider with its patterns as they are written: what is printed and sent. Every member is there. */
export function entryOf(provider: Provider) {
  const texts = (patterns: readonly NamePattern[]): string[] => patterns.map(({ text }) => text);
  return {
    id: provider.id,
    name: provider.name,
    kind: provider.kind,
    modes: [...provider.modes],
    selectors: provider.selectors.map(({ pattern, common, via }) => ({
      pattern: pattern.text,
      common,
      via: via ?? null,
    })),
    targets: provider.targets.map(({ pattern, example, about }) => ({
      pattern: pattern.text,
      example,
      about: about ?? null,
    })),
    aliasSets: provider.aliasSets.map((set) => [...set]),
    aliasesRequired: provider.aliasesRequired,
    standby: provider.standby,
    keyHosts: [...provider.keyHosts],
    nameServers: texts(provider.nameServers),
    signsAs: texts(provider.signsAs),
    spfIncludes: texts(provider.spfIncludes),
    mailFrom: provider.mailFrom.map(({ label, type, target }) => ({
      label: label?.text ?? null,
      type,
      target: target.text,
    })),
    key: { scope: provider.key.scope, rotation: provider.key.rotation, about: provider.key.about ?? null },
    sharedKeys: provider.sharedKeys.map((key) => ({ ...key })),
    runsOn: [...provider.runsOn],
    customDkim: provider.customDkim ?? null,
    leaving: [...provider.leaving],
    notes: [...provider.notes],
    docs: provider.docs ?? null,
    evidence: { ...provider.evidence, sources: [...provider.evidence.sources] },
  };
}
