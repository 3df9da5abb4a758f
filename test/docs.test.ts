// The documentation names what the code has: every configuration key, every limit of the tables, every link.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { posix as path } from "node:path";
import { describe, expect, test } from "vitest";
import { configKeys, runtimeKeys } from "../server/src/app/config-keys.ts";
import * as authres from "chancery/authres";
import * as dkim from "chancery/dkim";
import * as dmarc from "chancery/dmarc";
import * as dns from "chancery/dns";
import * as mail from "chancery/mail";
import * as milter from "chancery/milter";
import { dnsHostIds } from "../server/src/app/cli/domain/dns-hosts.ts";
import { degradingCodes } from "../server/src/model/claim/domain-status.ts";
import { claimCodes } from "../server/src/model/claim/claim-finding.ts";
import { rotationAlarmCodes } from "../server/src/model/rotation/rotation-alarm.ts";
import { steps } from "../server/src/model/audit/checklist/steps.ts";
import { findingCodes } from "../server/src/model/audit/finding-codes.ts";
import { scoreRules } from "../server/src/model/audit/score-rules.ts";
import { eventKinds } from "../server/src/model/watch/event.ts";
import { isProvenAtOnce } from "../server/src/model/watch/shown-at-once.ts";
import * as policy from "chancery/policy";
import { timingPresets } from "../server/src/model/rotation/timing-policy.ts";

const read = (file: string): string => readFileSync(file, "utf8");

/** The rows of the tables in a file whose first cell is code, by that code. */
function rowsOf(file: string): Map<string, string[]> {
  const rows = read(file)
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
  return new Map(rows.map((cells) => [cells[0]!.replaceAll("`", ""), cells]));
}

test("docs/why-signatures-break.md has a row for every known change, and no other", () => {
  const names = [...rowsOf("docs/why-signatures-break.md").keys()].flatMap((cell) => cell.split(", "));
  expect(names.sort()).toEqual(Object.keys(dkim.knownChanges).sort());
});

describe("docs/findings.md", () => {
  const rows = rowsOf("docs/findings.md");

  test.each(Object.entries(findingCodes))("has %s as it is", (code, { severity, meaning, symptoms }) => {
    expect(rows.get(code)?.slice(1)).toEqual([[severity].flat().join(", "), meaning, symptoms]);
  });

  test("has no row for a code that there is not", () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(findingCodes).sort());
  });
});

test("docs/ownership.md has what is told of a claim as it is", () => {
  const told = [...rowsOf("docs/ownership.md").values()].flatMap(([code, severity, meaning]) => {
    const name = code!.replaceAll("`", "");
    return Object.hasOwn(claimCodes, name) ? [[name, { severity, summary: meaning }]] : [];
  });
  const rows = Object.entries(claimCodes).map(([code, { severity, summary }]) => [code, { severity, summary }]);
  expect(told).toEqual(rows);
});

test("docs/delegation-methods.md names every finding that makes a domain degraded, and every DNS host", () => {
  const text = read("docs/delegation-methods.md");
  const named = (line: RegExp): string[] =>
    [...line.exec(text)![1]!.matchAll(/`([\w-]+)`/g)].map(([, code]) => code!).sort();
  expect(named(/one of these is told: (.*) \|/)).toEqual([...degradingCodes].sort());
  expect(named(/before anybody has looked: (.*)\./)).toEqual(dnsHostIds.toSorted());
});

test("docs/operate/troubleshooting.md has the alarms of rotations as they are", () => {
  const told = [...rowsOf("docs/operate/troubleshooting.md")].flatMap(([code, [, severity, summary]]) =>
    Object.hasOwn(rotationAlarmCodes, code) ? [[code, { severity, summary }]] : [],
  );
  expect(told).toEqual(Object.entries(rotationAlarmCodes));
});

test("docs/audit.md has the steps of the checklist in their order", () => {
  const rows = [...rowsOf("docs/audit.md")].filter(([cell]) => !cell.includes("--"));
  expect(rows.map(([step, cells]) => [step, cells[1]])).toEqual(steps.map(({ step, title }) => [step, title]));
});

test("docs/audit-score.md has the rules of the score", () => {
  const rows = [...rowsOf("docs/audit-score.md")].map(([rule, [, ...cells]]) => [rule, ...cells]);
  expect(rows).toEqual(scoreRules.map(({ rule, points, title, why }) => [rule, String(points), title, why]));
});

describe("docs/watching.md", () => {
  const text = read("docs/watching.md");

  test("names every finding that one look proves, and no other", () => {
    const row = /^\| a finding that a record itself proves: (.*) \| at the first look \|$/m.exec(text)![1]!;
    const named = [...row.matchAll(/`(\w+)`/g)].map(([, code]) => code);
    expect(named).toEqual(Object.keys(findingCodes).filter(isProvenAtOnce).sort());
  });

  test("names every event", () => {
    const section = text.split("| event | `detail` |")[1]!.split("\n\n")[0]!;
    const named = [...section.matchAll(/`((?:finding|key|chain|selector)-\w+)`/g)].map(([, kind]) => kind);
    expect(named).toEqual([...eventKinds]);
  });
});

describe("docs/operate/configuration.md", () => {
  const rows = rowsOf("docs/operate/configuration.md");

  test.each(Object.keys(configKeys))("has a row for %s", (key) => {
    expect(rows.get(key)?.[1]).toBe(`\`CHANCERY_${key.replaceAll(".", "_").toUpperCase()}\``);
  });

  test("has no row for a key that is gone", () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(configKeys).sort());
  });

  test("says which keys can be set on a running Chancery", () => {
    const marked = [...rows].filter(([, cells]) => cells[3] === "yes").map(([key]) => key);
    expect(marked.sort()).toEqual([...runtimeKeys].sort());
  });
});

describe("docs/operate/rotation.md", () => {
  const rows = rowsOf("docs/operate/rotation.md");
  const { default: standard, lab } = timingPresets;
  const written = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

  test.each(Object.keys(standard) as (keyof typeof standard)[])("has %s as it is", (field) => {
    expect(rows.get(written(field))?.slice(1, 3)).toEqual([String(standard[field]), String(lab[field])]);
  });
});

describe("protocol/README.md", () => {
  const sections = read("protocol/README.md").split(/^##+ /m);
  const rowsUnder = (heading: string): string[] =>
    sections
      .find((text) => text.startsWith(`${heading}\n`))!
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .slice(2);
  const codeIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

  test("has each reason under the result that it comes to, and no other", () => {
    let result = "";
    const rows = rowsUnder("Results and reasons").flatMap((line) => {
      const [, first = "", reasons = ""] = line.split("|");
      result = codeIn(first)[0] ?? result;
      return codeIn(reasons).map((reason) => [reason, result]);
    });
    expect(Object.fromEntries(rows)).toEqual(dkim.resultOf);
  });

  test("names every property of a verification", async () => {
    const message = Buffer.from("DKIM-Signature: v=1\r\n\r\n");
    const [verification] = await dkim.verify(message, { resolveTxt: () => Promise.resolve([]) });
    const section = sections.find((text) => text.startsWith("A verification\n"))!;
    expect(Object.keys(verification!).filter((property) => !codeIn(section).includes(property))).toEqual([]);
  });

  const entries = { authres, dkim, dmarc, dns, mail, milter, policy };
  /** The names in the API's table, by the entry whose rows they stand in. */
  const named: Record<string, string[]> = {};
  let entry = "";
  for (const line of rowsUnder("The API")) {
    const [, first = "", names = ""] = line.split("|");
    entry = codeIn(first)[0]?.replace("chancery/", "") ?? entry;
    (named[entry] ??= []).push(...codeIn(names).map((name) => name.replace(/\(.*$/, "")));
  }

  test("names no export that is gone", () => {
    for (const [name, exported] of Object.entries(entries)) {
      expect(Object.keys(exported), `chancery/${name}`).toEqual(expect.arrayContaining(named[name]!));
    }
  });

  test.each(["authres", "dkim", "dmarc", "policy"] as const)("names every export of chancery/%s", (name) => {
    expect(named[name]!.sort()).toEqual(Object.keys(entries[name]).sort());
  });
});

test("docs/key-records.md explains every mistake that the linter names, and no other", () => {
  const union = (file: string, name: string): string[] => {
    const declared = new RegExp(`export type ${name} =([^;]*);`).exec(read(file))![1]!;
    return [...declared.matchAll(/\| "([a-z0-9-]+)"/g)].map(([, mistake]) => mistake!);
  };
  const named = [
    ...union("protocol/src/dkim/lint/finding.ts", "Mistake"),
    ...union("protocol/src/dkim/key/weak-key.ts", "Weakness"),
  ];
  const explained = [...rowsOf("docs/key-records.md").keys()].flatMap((cell) => cell.split(", "));
  expect(new Set(explained)).toEqual(new Set(named));
});

const documents = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(file));

test.each(documents)("%s: every link leads to a file, and to a heading of it", (file) => {
  for (const [, target] of read(file).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target!)) continue;
    const [name, heading] = target!.split("#");
    const linked = name === "" ? file : path.join(path.dirname(file), name!);
    expect(existsSync(linked), `${file} links to ${target}`).toBe(true);
    if (heading !== undefined) expect(headingsOf(read(linked)), `${file} links to ${target}`).toContain(heading);
  }
});

/** Headings as a link names them. */
const headingsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

/** Words in backticks that are a path of the tree: a folder, or a file with an ending. */
const pathPattern = /`((?:protocol|api|server|test|bench|docs|scripts)\/[\w./-]*[\w/])`/g;

test.each(documents.filter((file) => file !== "CHANGELOG.md"))("%s names no file that is gone", (file) => {
  for (const [, name] of read(file).matchAll(pathPattern))
    expect(existsSync(name!), `${file} names ${name}`).toBe(true);
});
