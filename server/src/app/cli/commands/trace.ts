import { TYPE } from "chancery/dns";
import type { Command } from "commander";
import { judgeTrace, type TracedChain, type TraceVerdict, withoutSecrets } from "../../../model/trace.ts";
import { tracedChainOf } from "../../../service/audit/chain.ts";
import type { Lookup } from "../../../engine/resolver/resolution.ts";
import type { Catalogue } from "../../../model/provider/catalogue.ts";
import type { Provider } from "../../../model/provider/provider.ts";
import { fellowsToLookFor, idleSelectors, type SelectorChain } from "../../../model/provider/selector-chain.ts";
import { type Custody, custodyOf } from "../../../model/provider/custody.ts";
import { catalogueOf, catalogueOption, type CatalogueOptions } from "../catalogue-option.ts";
import { chainLines } from "../audit/chain-lines.ts";
import { CommandFailed, exitStatus, print } from "../exit.ts";
import { nameOf } from "../dns-name.ts";
import { expectedFingerprint } from "../expected-key.ts";
import { type DnsOptions, dnsOptions, lookupOf } from "../lookup.ts";
import { type CommonOptions, common } from "../options.ts";
import { visible } from "../table.ts";
import { weakKeysOf, weakKeysOption, type WeakKeysOptions } from "../weak-keys.ts";

export function addTrace(program: Command): void {
  catalogueOption(
    weakKeysOption(
      dnsOptions(
        common(
          program
            .command("trace <selector> <domain>")
            .description(
              "follow a selector to its key, alias by alias; 0 when it leads to a sound key, and to the one expected",
            )
            .option(
              "--expect-key <file|fingerprint>",
              "the key that has to be there: a PEM file, a file with its record or its base64, or SHA-256 of its SubjectPublicKeyInfo",
            ),
          "chancery trace s1 customer.example --expect-key s1.pem",
        ),
      ),
    ),
  ).action(
    async (
      selector: string,
      domain: string,
      options: CommonOptions & CatalogueOptions & DnsOptions & WeakKeysOptions & { expectKey?: string },
    ) => {
      const name = keyName(selector, domain);
      const expected = options.expectKey === undefined ? undefined : expectedFingerprint(options.expectKey);
      const lookup = await lookupOf(options);
      const catalogue = catalogueOf(options);
      const chain = tracedChainOf(await lookup.lookup(name, TYPE.TXT));
      const judged = judgeTrace(name, chain, { expected, isKnownWeak: weakKeysOf(options) });
      const shown = withoutSecrets(chain);
      const seen = { selector: selectorOf(name), keyName: name, chain };
      const custody = custodyOf(catalogue, seen, { fingerprint: judged.key?.fingerprint });
      const idle = await idleAt(catalogue, seen, lookup, judged);
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
        ...(expected !== undefined && { expected }),
      };
      print(
        options.json ? visible(JSON.stringify(answer)) : traceText(name, shown, verdict, { custody, idle, expected }),
      );
      process.exitCode = { sound: exitStatus.done, broken: exitStatus.negative, unknown: exitStatus.undetermined }[
        verdict.verdict
      ];
    },
  );
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

function traceText(
  name: string,
  chain: TracedChain,
  { verdict, key, findings, meant }: TraceVerdict,
  { custody, idle, expected }: { custody: Custody; idle: Provider | undefined; expected: string | undefined },
): string {
  const lines = chainLines(name, chain, custody).map(visible);
  if (key !== undefined) lines.push(`  key: ${key.type} ${key.bits} bits, SHA-256 ${key.fingerprint}`);
  if (expected !== undefined)
    lines.push(key?.fingerprint === expected ? "  that is the expected key" : `  expected: SHA-256 ${expected}`);
  for (const one of findings) lines.push(`${one.severity} ${one.code}: ${visible(one.summary)}`, `  do: ${one.remedy}`);
  if (idle !== undefined) lines.push(`nothing to mend: ${idle.name} keeps this one empty while another selector signs`);
  if (meant !== undefined) lines.push("what was probably meant:", `  ${visible(meant)}`);
  lines.push(
    {
      sound: expected === undefined ? "leads to a sound key" : "leads to the expected key",
      broken: expected === undefined ? "does not lead to a sound key" : "does not lead soundly to the expected key",
      unknown: "cannot be determined now",
    }[verdict],
  );
  return lines.join("\n");
}
