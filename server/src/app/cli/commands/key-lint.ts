import { readFileSync } from "node:fs";
import process from "node:process";
import { fingerprintOf, type KeyRecordLint, lintKeyRecord } from "chancery/dkim";
import type { Command } from "commander";
import { CommandFailed, exitStatus, print } from "../exit.ts";
import { type CommonOptions, common } from "../options/common.ts";
import { stdinText } from "../stdin.ts";
import { visible } from "../table.ts";
import { weakKeysOf, weakKeysOption, type WeakKeysOptions } from "../weak-keys.ts";

export function addKeyLint(key: Command): void {
  weakKeysOption(
    common(
      key
        .command("lint [file]")
        .description(
          "say what is wrong with the text of a key record, as somebody pasted it (default: standard input); needs no server",
        ),
      "chancery key lint record.txt",
    ),
  ).action(async (file: string | undefined, options: CommonOptions & WeakKeysOptions) => {
    const lint = lintKeyRecord(await recordText(file ?? "-"), { isKnownWeak: weakKeysOf(options) });
    const isSound = lint.read !== undefined && !lint.findings.some(({ severity }) => severities.includes(severity));
    print(options.json ? visible(JSON.stringify(asJson(lint, isSound))) : textOf(lint, isSound));
    process.exitCode = isSound ? exitStatus.done : exitStatus.negative;
  });
}

/** What a verifier cannot use, or should not. */
const severities: readonly string[] = ["critical", "high"];

/** The text as it would be in a form's field: the line end that an editor puts at the end of a file is not part of it. */
async function recordText(file: string): Promise<string> {
  try {
    return (file === "-" ? await stdinText() : readFileSync(file, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    throw new CommandFailed((error as Error).message);
  }
}

function keyOf({ read }: KeyRecordLint): { type: string; bits: number; fingerprint: string } | null {
  if (read === undefined) return null;
  const { keyType, bits, object } = read.publicKey;
  return { type: keyType, bits, fingerprint: fingerprintOf(object) };
}

const asJson = (lint: KeyRecordLint, sound: boolean): object => ({
  sound,
  key: keyOf(lint),
  findings: lint.findings,
  meant: lint.meant ?? null,
});

function textOf(lint: KeyRecordLint, isSound: boolean): string {
  const key = keyOf(lint);
  const lines = key === null ? [] : [`key: ${key.type} ${key.bits} bits, SHA-256 ${key.fingerprint}`];
  for (const { severity, code, problem, remedy } of lint.findings)
    lines.push(`${severity} ${code}: ${visible(problem)}`, `  do: ${remedy}`);
  if (lint.meant !== undefined) lines.push("what was probably meant:", `  ${visible(lint.meant)}`);
  lines.push(isSound ? "a sound key record" : "no sound key record");
  return lines.join("\n");
}
