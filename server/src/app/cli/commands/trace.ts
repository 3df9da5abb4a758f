import { domainToASCII } from "node:url";
import { parseName, readTxt, TYPE } from "chancery/dns";
import type { Command } from "commander";
import type { Resolution } from "../../../engine/resolver/resolution.ts";
import { judgeTrace, type TracedChain, type TraceVerdict } from "../../../model/trace.ts";
import { CommandFailed, exitStatus, print } from "../exit.ts";
import { type DnsOptions, dnsOptions, lookupOf } from "../lookup.ts";
import { type CommonOptions, common } from "../options.ts";
import { visible } from "../table.ts";

export function addTrace(program: Command): void {
  dnsOptions(
    common(
      program
        .command("trace <selector> <domain>")
        .description("follow a selector to its key, alias by alias; 0 when it leads to a sound key"),
      "chancery trace s1 customer.example",
    ),
  ).action(async (selector: string, domain: string, options: CommonOptions & DnsOptions) => {
    const name = keyName(selector, domain);
    const resolution = await (await lookupOf(options)).lookup(name, TYPE.TXT);
    const chain = chainOf(resolution);
    const verdict = judgeTrace(name, chain);
    print(
      options.json ? JSON.stringify({ selector, domain, name, ...chain, ...verdict }) : traceText(name, chain, verdict),
    );
    process.exitCode = { sound: exitStatus.done, broken: exitStatus.negative, unknown: exitStatus.undetermined }[
      verdict.verdict
    ];
  });
}

function keyName(selector: string, domain: string): string {
  const bare = domain.replace(/\.$/, "");
  // domainToASCII reads names as a URL has them: it would end this one at a backslash. Only U-labels need it.
  const ascii = /^[\x00-\x7f]*$/.test(bare) ? bare : domainToASCII(bare) || bare;
  const written = `${selector.replace(/\.$/, "")}._domainkey.${ascii}`.toLowerCase();
  const parsed = parseName(written);
  if (selector === "" || domain === "" || !parsed.ok) throw new CommandFailed(`${written} is not a DNS name`);
  return parsed.value;
}

function chainOf(resolution: Resolution): TracedChain {
  const chain = {
    aliases: resolution.aliases.map(({ name, target, ttl, server }) => ({ name, target, ttlSeconds: ttl, server })),
    finalName: resolution.finalName,
  };
  switch (resolution.outcome) {
    case "present":
      return {
        ...chain,
        outcome: "present",
        texts: resolution.records.map(({ data, ttl }) => ({ text: readTxt(data).join(""), ttlSeconds: ttl })),
      };
    case "absent":
      return { ...chain, outcome: "absent", reason: resolution.reason };
    case "unknown":
      return { ...chain, outcome: "unknown", reason: resolution.reason };
  }
}

function traceText(name: string, chain: TracedChain, { verdict, key, findings }: TraceVerdict): string {
  const lines = [visible(name)];
  for (const { target, ttlSeconds, server } of chain.aliases)
    lines.push(`  → CNAME ${visible(target)}  (TTL ${ttlSeconds}${server === undefined ? "" : `, said by ${server}`})`);
  if (chain.outcome === "present")
    for (const { text, ttlSeconds } of chain.texts)
      lines.push(`  = TXT ${visible(text.length > 70 ? `${text.slice(0, 70)}…` : text)}  (TTL ${ttlSeconds})`);
  else lines.push(`  = ${chain.outcome === "absent" ? `nothing (${chain.reason})` : `unknown (${chain.reason})`}`);
  if (key !== undefined) lines.push(`  key: ${key.type} ${key.bits} bits, SHA-256 ${key.fingerprint}`);
  for (const one of findings) lines.push(`${one.severity} ${one.code}: ${visible(one.summary)}`, `  do: ${one.remedy}`);
  lines.push(
    { sound: "leads to a sound key", broken: "does not lead to a sound key", unknown: "cannot be determined now" }[
      verdict
    ],
  );
  return lines.join("\n");
}
