import { TYPE } from "chancery/dns";
import type { Command } from "commander";
import { judgeTrace, type TracedChain, type TraceVerdict, withoutSecrets } from "../../../model/trace.ts";
import { tracedChainOf } from "../../../service/audit/chain.ts";
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
      const resolution = await (await lookupOf(options)).lookup(name, TYPE.TXT);
      const chain = tracedChainOf(resolution);
      const verdict = judgeTrace(name, chain, { expected, isKnownWeak: weakKeysOf(options) });
      const shown = withoutSecrets(chain);
      const seen = { selector: selector.replace(/\.$/, ""), keyName: name, chain };
      const custody = custodyOf(catalogueOf(options), seen, verdict.key?.fingerprint);
      const answer = {
        selector,
        domain,
        name,
        ...shown,
        ...verdict,
        custody,
        ...(expected !== undefined && { expected }),
      };
      print(options.json ? visible(JSON.stringify(answer)) : traceText(name, shown, verdict, custody, expected));
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

function traceText(
  name: string,
  chain: TracedChain,
  { verdict, key, findings, meant }: TraceVerdict,
  custody: Custody,
  expected: string | undefined,
): string {
  const lines = chainLines(name, chain, custody).map(visible);
  if (key !== undefined) lines.push(`  key: ${key.type} ${key.bits} bits, SHA-256 ${key.fingerprint}`);
  if (expected !== undefined)
    lines.push(key?.fingerprint === expected ? "  that is the expected key" : `  expected: SHA-256 ${expected}`);
  for (const one of findings) lines.push(`${one.severity} ${one.code}: ${visible(one.summary)}`, `  do: ${one.remedy}`);
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
