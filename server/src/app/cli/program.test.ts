import type { Command } from "commander";
import { expect, test } from "vitest";
import { chanceryProgram } from "./program.ts";

type Named = { words: string; command: Command };
const under = (words: string, command: Command): Named[] =>
  command.commands.flatMap((one) => {
    const own = `${words} ${one.name()}`;
    return [{ words: own, command: one }, ...under(own, one)];
  });
const program = await chanceryProgram();
const commands = [{ words: "chancery", command: program }, ...under("chancery", program)];
const leaves = commands.filter(({ command }) => command.commands.length === 0);

test.each(commands)(
  "$words says what it does, with an example of itself, and takes --help and --version",
  ({ words, command }) => {
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(command.description()).not.toBe("");
    expect(help).toMatch(new RegExp(`\\nExamples?:\\n(.*\\n)*?  \\$ (.* )?${words}( |\\n|$)`));
    expect(help).toContain("--help");
    expect(help).toContain("--version");
  },
);

test.each(leaves)("$words takes --json, --config and --data", ({ command }) => {
  const flags = command.options.map(({ long }) => long);
  expect(flags).toEqual(expect.arrayContaining(["--json", "--config", "--data"]));
});

test("the commands that scripts use are there", () => {
  const fixed = [
    "up",
    "run",
    "doctor",
    "config",
    ...["add", "list", "show"].map((word) => `tenant ${word}`),
    ...["add", "list", "revoke"].map((word) => `token ${word}`),
    ...["add", "list", "remove"].map((word) => `sender ${word}`),
    ...["add", "list", "show", "verify", "remove"].map((word) => `domain ${word}`),
    "records",
    ...["list", "show", "import", "export"].map((word) => `zone ${word}`),
    ...["list", "show", "rotate", "revoke", "import"].map((word) => `key ${word}`),
    "sign",
    "verify",
    "trace",
    "audit",
    "import opendkim",
    "rolls export",
    "rolls verify",
    ...["up", "list", "run"].map((word) => `lab ${word}`),
  ];
  const there = leaves.map(({ words }) => words.replace(/^chancery /, ""));
  expect(fixed.filter((one) => !there.includes(one))).toEqual([]);
});
