// Makes the package that npm installs out of protocol/: npm run pack [-- FOLDER]. Compiled files, their types, README, LICENSE
// and what changed; no sources, tests or vectors. The same tree gives the same octets.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  changelogOfLibrary,
  compiledImports,
  manifestOf,
  readmeOfPackage,
  type TreeManifest,
} from "./package-texts.ts";

const root = path.dirname(import.meta.dirname);
const folder = path.resolve(process.argv[2] ?? root);
const tree = JSON.parse(readFileSync(path.join(root, "protocol/package.json"), "utf8")) as TreeManifest;

process.umask(0o022); // The modes of the files are in the tarball.
const stage = mkdtempSync(path.join(tmpdir(), "chancery-pack-"));
try {
  compile(path.join(stage, "dist"));
  writeTexts(stage);
  const tarball = pack(stage);
  const octets = readFileSync(tarball);
  for (const file of filesBelow(stage))
    console.log(`${String(statSync(path.join(stage, file)).size).padStart(8)}  ${file}`);
  console.log(`${String(octets.length).padStart(8)}  packed: ${tarball}`);
  console.log(`sha256 ${createHash("sha256").update(octets).digest("hex")}`);
} finally {
  rmSync(stage, { recursive: true });
}

/** ES modules and declarations, as TypeScript writes them, with the endings of imports mended in what it leaves alone. */
function compile(target: string): void {
  const arguments_ = ["-p", path.join(root, "protocol/tsconfig.package.json"), "--outDir", target];
  execFileSync(path.join(root, "node_modules/.bin/tsc"), arguments_, { stdio: "inherit" });
  for (const file of filesBelow(target)) {
    const name = path.join(target, file);
    writeFileSync(name, compiledImports(readFileSync(name, "utf8")));
  }
}

function writeTexts(target: string): void {
  const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
  const texts: Record<string, string> = {
    "package.json": `${JSON.stringify(manifestOf(tree), undefined, 2)}\n`,
    "README.md": readmeOfPackage(read("protocol/README.md")),
    "CHANGELOG.md": changelogOfLibrary(read("CHANGELOG.md")),
    LICENSE: read("LICENSE"),
  };
  for (const [file, text] of Object.entries(texts)) writeFileSync(path.join(target, file), text);
}

/** npm writes the same times, owners and order whenever it packs. */
function pack(from: string): string {
  mkdirSync(folder, { recursive: true });
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: from,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return path.join(folder, `${tree.name}-${tree.version}.tgz`);
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => statSync(path.join(directory, file)).isFile())
    .sort();
}
