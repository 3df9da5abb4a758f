import { TYPE } from "chancery/dns";
import type { Command } from "commander";
import { judgeTrace, type TraceVerdict } from "../../../model/trace.ts";
import { withoutSecrets } from "../../../model/traced-chain.ts";
import { tracedChainOf } from "../../../service/audit/chain.ts";
import { gatherPlaces } from "../../../service/audit/delegation/places.ts";
import type { Lookup } from "../../../engine/resolver/resolution.ts";
import type { Catalogue } from "../../../model/provider/catalogue.ts";
import type { Provider } from "../../../model/provider/provider.ts";
import { fellowsToLookFor, idleSelectors, type SelectorChain } from "../../../model/provider/selector-chain.ts";
import type { ValidatedStep } from "../../../model/audit/evidence/dnssec.ts";
import { gatherDnssec } from "../../../service/audit/dnssec.ts";
import { custodyOf } from "../../../model/provider/custody.ts";
import { catalogueOf, catalogueOption, type CatalogueOptions } from "../options/catalogue.ts";
import { CommandFailed, exitStatus, print } from "../exit.ts";
import { nameOf } from "../dns-name.ts";
import { expectedFingerprint } from "../expected-key.ts";
import { type DnsOptions, dnsOptions, lookupOf } from "../lookup.ts";
import { dnssecSourceOf } from "../../observer.ts";
import { type CommonOptions, common, configOf } from "../options/common.ts";
import { visible } from "../table.ts";
import { traceText } from "../trace-text.ts";
import { weakKeysOf, weakKeysOption, type WeakKeysOptions } from "../weak-keys.ts";

type TraceOptions = CommonOptions &
  CatalogueOptions &
  DnsOptions &
  WeakKeysOptions & { expectKey?: string; dnssec?: true };

export function addTrace(program: Command): void {
  const command = program
    .command("trace <selector> <domain>")
    .description(
      "follow a selector to its key, alias by alias; 0 when it leads to a sound key, and to the one expected",
    )
    .option(
      "--expect-key <file|fingerprint>",
      "the key that has to be there: a PEM file, a file with its record or its base64, or SHA-256 of its SubjectPublicKeyInfo",
    )
    .option("--dnssec", "validate each alias from the root down, at the authoritative servers");
  const withCommon = common(command, "chancery trace s1 customer.example --expect-key s1.pem");
  catalogueOption(weakKeysOption(dnsOptions(withCommon))).action(trace);
}

async function trace(selector: string, domain: string, options: TraceOptions): Promise<void> {
  const name = keyName(selector, domain);
  const expected = options.expectKey === undefined ? undefined : expectedFingerprint(options.expectKey);
  const lookup = await lookupOf(options);
  const catalogue = catalogueOf(options);
  const chain = tracedChainOf(await lookup.lookup(name, TYPE.TXT));
  const judged = judgeTrace(name, chain, { expected, isKnownWeak: weakKeysOf(options) });
  const shown = withoutSecrets(chain);
  const seen = { selector: selectorOf(name), keyName: name, chain };
  const places = await gatherPlaces(lookup, [chain]);
  const custody = custodyOf(catalogue, seen, { fingerprint: judged.key?.fingerprint, places });
  const idle = await idleAt(catalogue, seen, lookup, judged);
  const dnssec = options.dnssec ? await stepsOf(name, options) : undefined;
  const verdict =
    idle === undefined ? judged : { ...judged, findings: judged.findings.filter(({ code }) => !isRest(code)) };
  const answer = {
    selector,
    domain,
    name,
    ...shown,
    ...verdict,
    custody,
    ...(idle && { idle: { id: idle.id, name: idle.name } }),
    ...(dnssec && { dnssec }),
    ...(expected !== undefined && { expected }),
  };
  print(
    options.json
      ? visible(JSON.stringify(answer))
      : traceText(name, shown, verdict, { custody, idle, dnssec, expected }),
  );
  process.exitCode = { sound: exitStatus.done, broken: exitStatus.negative, unknown: exitStatus.undetermined }[
    verdict.verdict
  ];
}

async function stepsOf(name: string, options: CommonOptions & DnsOptions): Promise<readonly ValidatedStep[]> {
  if (options.dns !== undefined) throw new CommandFailed("--dnssec asks the network: leave --dns out");
  const source = dnssecSourceOf(configOf(options).config);
  if (source === undefined)
    throw new CommandFailed(
      "--dnssec: below a private root (resolver.root), resolver.trust_anchors has to name its keys",
    );
  const evidence = await gatherDnssec([name], Math.floor(Date.now() / 1000), source);
  if (evidence.state === "unreachable")
    throw new CommandFailed("--dnssec: the name servers of the root are not reached from here");
  return evidence.chains[0]?.steps ?? [];
}

function keyName(selector: string, domain: string): string {
  if (selector === "" || domain === "")
    throw new CommandFailed("a selector and a domain are expected: chancery trace s1 example.com");
  return nameOf(`${selector.replace(/\.$/, "")}._domainkey.${domain}`);
}

/** The key name was made of it. */
const selectorOf = (name: string): string => name.slice(0, name.indexOf("._domainkey."));

/** What is as it should be at a selector whose turn it is not. */
const isRest = (code: string): boolean => code === "TargetMissing" || code === "KeyRevoked";

/** The provider that keeps this selector empty while it signs with another. Its others are looked up only where that may be so. */
async function idleAt(
  catalogue: Catalogue,
  seen: SelectorChain,
  lookup: Lookup,
  { findings }: TraceVerdict,
): Promise<Provider | undefined> {
  if (!findings.some(({ code }) => isRest(code))) return undefined;
  const fellows = fellowsToLookFor(catalogue, [seen]).map(async (selector): Promise<SelectorChain> => {
    const keyName = selector + seen.keyName.slice(seen.selector.length);
    return { selector, keyName, chain: tracedChainOf(await lookup.lookup(keyName, TYPE.TXT)) };
  });
  return idleSelectors(catalogue, [seen, ...(await Promise.all(fellows))]).get(seen.keyName);
}
