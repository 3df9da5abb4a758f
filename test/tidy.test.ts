// Properties of the code itself: layers, purity, size. The rules are in STYLE.md.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { posix as path } from "node:path";
import { describe, expect, test } from "vitest";

/** Each folder may import itself and what is named beside it; `server/src/app` may import everything. */
const mayImport: Record<string, readonly string[]> = {
  protocol: [],
  api: [],
  "server/src/model": ["protocol"],
  "server/src/engine": ["protocol"],
  "server/src/service": ["protocol", "server/src/model", "server/src/engine"],
  "server/src/app": ["protocol", "api", "server/src/model", "server/src/engine", "server/src/service"],
};
/** Engine folders that may know our nouns. */
const engineWithModel = ["server/src/engine/database", "server/src/engine/keystore"];
/** The only files of the pure layers that may read the clock, start a thread or let the event loop go on. */
const impureOnPurpose = [
  "protocol/src/dkim/platform/clock.ts", // `now` may be left out by callers of the library
  "protocol/src/dkim/sign/sign-thread.ts", // signMany uses every core
  "protocol/src/mail/next-turn.ts", // a long message must not keep everything else waiting
];

const files = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "protocol/src", "api", "server"],
  { encoding: "utf8" },
)
  .split("\n")
  .filter((file) => file.endsWith(".ts"));
const isTest = (file: string): boolean => /\.(test|suite|fixture)\.ts$|\/(fake|test)-[^/]*\.ts$|-bench\.ts$/.test(file);
const sources = files.filter((file) => !isTest(file));
const importPattern = /^(?:import\s+|(?:import|export)\b[^;"=()]*?\bfrom\s+)"([^"]+)"|\bimport\("([^"]+)"\)/gm;
const importsOf = (file: string): string[] =>
  [...readFileSync(file, "utf8").matchAll(importPattern)].map((match) => match[1] ?? match[2]!);
/** Code without comments and strings. */
const bareCode = (file: string): string =>
  readFileSync(file, "utf8")
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
    .replace(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '""');

const layerOf = (file: string): string =>
  Object.keys(mayImport).find((layer) => file.startsWith(`${layer}/`)) ?? "elsewhere";
const workspaceOf = (specifier: string): string | undefined =>
  specifier === "@chancery/api" ? "api" : specifier.startsWith("chancery/") ? "protocol" : undefined;

/** Where an import leads: a layer, or undefined for a package or a built-in. */
function targetOf(file: string, specifier: string): { layer: string; path: string } | undefined {
  const workspace = workspaceOf(specifier);
  if (workspace !== undefined) return { layer: workspace, path: workspace };
  if (!specifier.startsWith(".")) return undefined;
  const target = path.normalize(path.join(path.dirname(file), specifier));
  return { layer: layerOf(target), path: target };
}

const serviceFolder = (file: string): string => file.split("/").slice(0, 4).join("/");

test.each(files)("%s imports only what its layer may", (file) => {
  const layer = layerOf(file);
  for (const specifier of importsOf(file)) {
    const target = targetOf(file, specifier);
    if (target === undefined || target.layer === layer) {
      if (target !== undefined && layer === "server/src/service" && !target.path.endsWith("service/refusal.ts"))
        expect(serviceFolder(target.path), `${file} reaches into a sibling service: ${specifier}`).toBe(
          serviceFolder(file),
        );
      continue;
    }
    if (isTest(file) && target.path.startsWith("test/")) continue; // fakes of the outside
    const allowed = [...(mayImport[layer] ?? [])];
    if (engineWithModel.some((folder) => file.startsWith(`${folder}/`))) allowed.push("server/src/model");
    expect(allowed, `${file} imports ${specifier}`).toContain(target.layer);
  }
});

/** The folders of a library's part: each may import those before it. */
const rooms: Record<string, readonly string[]> = {
  "protocol/src/dkim": ["platform", "hash", "signature", "key", "lint", "sign", "verify", "why"],
  "protocol/src/dns": [
    "name",
    "record",
    "cookie",
    "message",
    "zone-file",
    "dnssec",
    "zone",
    "answer",
    "tsig",
    "transfer",
  ],
};
describe.each(Object.entries(rooms))("%s", (part, folders) => {
  const folderOf = (file: string): string =>
    file.startsWith(`${part}/`) ? (/^([^/]+)\//.exec(file.slice(part.length + 1))?.[1] ?? "") : "";
  const inside = sources.filter((file) => file.startsWith(`${part}/`) && file !== `${part}/index.ts`);
  test.each(inside)("%s imports only folders below its own", (file) => {
    const own = folders.indexOf(folderOf(file));
    expect(own, `${file} is in no folder of the list`).toBeGreaterThanOrEqual(0);
    for (const specifier of importsOf(file)) {
      const target = targetOf(file, specifier)?.path ?? "";
      expect(target, "the entry is for others").not.toBe(`${part}/index.ts`);
      expect(folders.indexOf(folderOf(target)), `${file} imports ${specifier}`).toBeLessThanOrEqual(own);
    }
  });
});

const pureLayers = ["protocol", "server/src/model"];
test.each(sources.filter((file) => pureLayers.includes(layerOf(file)) && !impureOnPurpose.includes(file)))(
  "%s is pure",
  (file) => {
    expect(importsOf(file).filter((name) => name.startsWith("node:") && name !== "node:crypto")).toEqual([]);
    expect(
      importsOf(file).filter(
        (name) => !name.startsWith(".") && !name.startsWith("node:") && workspaceOf(name) === undefined,
      ),
    ).toEqual([]);
    const code = bareCode(file);
    expect(code).not.toMatch(/\bDate\b|\bset(?:Timeout|Interval|Immediate)\b|\bprocess\.|\bfetch\(|\bperformance\./);
  },
);

/** What `node:crypto` got after Node 20.0, which the library runs on: an import of such a name ends the program. See `sha256.ts`. */
const laterInCrypto = /\b(?:hash|argon2\w*|encapsulate|decapsulate)\b/;
test.each(sources.filter((file) => layerOf(file) === "protocol"))("%s runs on Node 20.0", (file) => {
  const imports = readFileSync(file, "utf8").matchAll(/^import \{([^}]*)\} from "node:crypto"/gm);
  for (const [, names] of imports) expect(names).not.toMatch(laterInCrypto);
});

test.each(sources)("%s fits in a reader's head", (file) => {
  expect(readFileSync(file, "utf8").split("\n").length).toBeLessThanOrEqual(400);
});

test("services take the time as an argument: only app reads the clock", () => {
  const readers = sources.filter(
    (file) => layerOf(file) === "server/src/service" && /\bDate\.now\(|\bnew Date\(\)/.test(bareCode(file)),
  );
  expect(readers).toEqual([]);
});

/** What is SQLite's own: its query plans, and a clock that stands still while nobody runs. */
const sqliteAlone = ["server/src/service/lifecycle/trusted-time.test.ts", "server/src/service/watch/plans.test.ts"];

test("tests of services ask for a fresh database, and so run on both", () => {
  const bySelf = files.filter(
    (file) => layerOf(file) === "server/src/service" && /\{ file: join\(/.test(readFileSync(file, "utf8")),
  );
  expect(bySelf.toSorted()).toEqual(sqliteAlone);
});
