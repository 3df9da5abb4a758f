import { readFileSync, statSync } from "node:fs";
import process from "node:process";
import type { Command } from "commander";
import { exportOctetsMax } from "../../../model/rolls/read-export.ts";
import { type RollsVerdict, verifyExport } from "../../../model/rolls/verify-export.ts";
import { apiClient } from "../api-client.ts";
import { CommandFailed, exitStatus, print } from "../exit.ts";
import { type CommonOptions, common, group, remote } from "../options/common.ts";
import { shown, visible } from "../table.ts";

type VerifyOptions = CommonOptions & { earlier?: string; signer?: string };

export function addRolls(program: Command): void {
  const rolls = group(program, "rolls", "the record of every key's life", "chancery rolls export customer.example");

  remote(
    common(
      rolls
        .command("export <domain>")
        .description("write the record of a domain's keys to standard output: JSON lines, the last one signed"),
      "chancery rolls export customer.example > customer.example.rolls",
    ),
  ).action(async (domain: string, options: CommonOptions) => {
    const call = apiClient(options);
    for (let after: number | null = 0; after !== null;) {
      const { lines, next }: { lines: string[]; next: number | null } = await call("exportRolls", {
        params: { domain },
        query: { after },
      });
      print(lines.map((line) => `${line}\n`).join(""));
      after = next;
    }
  });

  common(
    rolls
      .command("verify <file>")
      .description(
        "judge an export without asking anybody: chain, order of each key's life, signed end; needs no server",
      )
      .option("--earlier <file>", "an export made before: the later one has to continue it")
      .option(
        "--signer <sha256>",
        "the Chancery that has to have signed: the signer that an earlier verification printed",
      ),
    "chancery rolls verify customer.example.rolls --earlier last-month.rolls",
  ).action((file: string, options: VerifyOptions) => {
    const verdict = verifyExport(octetsOf(file), {
      ...(options.earlier !== undefined && { earlier: octetsOf(options.earlier) }),
      ...(options.signer !== undefined && { signer: options.signer.toLowerCase() }),
    });
    if (verdict.verdict === "unreadable") throw new CommandFailed(`${file}: ${verdict.problem}`);
    print(options.json ? visible(JSON.stringify(verdict)) : textOf(verdict));
    process.exitCode = verdict.verdict === "sound" ? exitStatus.done : exitStatus.negative;
  });
}

/** Refuses before it reads what nobody would read to the end. */
function octetsOf(file: string): Uint8Array {
  try {
    if (statSync(file).size > exportOctetsMax)
      throw new CommandFailed(`${file} has more than ${exportOctetsMax} octets: it is no export of one domain`);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed((error as Error).message);
  }
}

function textOf(verdict: Exclude<RollsVerdict, { verdict: "unreadable" }>): string {
  const { domain, claim, entries, keys, head, checkpointAt, signer, violations, unknownKinds } = verdict;
  const lines =
    signer === ""
      ? []
      : [
          `${visible(domain)} (${visible(claim)}): ${entries} entries about ${keys} keys`,
          `head    ${head}`,
          `signer  ${signer}, ${shown.time(checkpointAt)}`,
        ];
  for (const { line, code, about, detail } of violations)
    lines.push(`line ${line}: ${code}: ${about === undefined ? "" : `${visible(about)} `}${visible(detail)}`);
  if (unknownKinds.length > 0)
    lines.push(`not judged, since this version does not know them: ${unknownKinds.map(visible).join(", ")}`);
  lines.push(
    violations.length === 0
      ? "sound"
      : `${violations.length === 1 ? "1 violation" : `${violations.length} violations`}: this is not what was recorded, or a rule was broken`,
  );
  return lines.join("\n");
}
