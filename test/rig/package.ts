import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "./peer.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** Runs a program to its end; any status but 0 throws with all that it said. */
export async function runWell(...given: Parameters<typeof run>): Promise<string> {
  const { status, stdout, stderr } = await run(...given);
  if (status !== 0) throw new Error(`${given[0]} ${given[1].join(" ")}: status ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Makes the package; answers the path of the tarball. */
export async function packInto(folder: string): Promise<string> {
  const output = await runWell("npm", ["run", "pack", "--", folder], { cwd: root });
  return /packed: (.*)$/m.exec(output)![1]!;
}

/** A project with the tarball and nothing else installed, without a network and without what npm has seen before. */
export async function installInto(folder: string, tarball: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await runWell("npm", ["install", "--offline", "--cache", path.join(folder, "npm-cache"), tarball], { cwd: folder });
}

/** Lends a project packages of this checkout: what an example of the README works with. */
export function lend(folder: string, ...names: string[]): void {
  for (const name of names) {
    const target = path.join(folder, "node_modules", name);
    mkdirSync(path.dirname(target), { recursive: true });
    symlinkSync(path.join(root, "node_modules", name), target);
  }
}

/**
 * The `node` of an exact version, fetched once from the registry into node_modules/.cache. Of the project's own version, the one that
 * runs. Not in the lock file: whoever installs Chancery shall not wait for Nodes that only a test needs.
 */
export async function nodeOf(version: string): Promise<string> {
  if (process.versions.node === version) return process.execPath;
  const folder = path.join(root, "node_modules/.cache/node", version);
  const packageName = `node-linux-${process.arch}`;
  const executable = path.join(folder, "node_modules", packageName, "bin/node");
  if (!existsSync(executable)) {
    const wanted = `${packageName}@${version}`;
    await runWell("npm", ["install", "--no-save", "--no-package-lock", "--prefix", folder, wanted], {
      seconds: 110,
    }).catch((error: unknown) => {
      throw new Error(`the package is tested with Node ${version}, and npm could not fetch ${wanted}`, {
        cause: error,
      });
    });
  }
  return executable;
}

/** The programs of a README by the heading above each. */
export function examplesOf(readme: string): Map<string, string> {
  const programs = readFileSync(readme, "utf8").matchAll(/^#+ (.+)\n(?:(?!#|```js)[^\n]*\n)*```js\n([\s\S]*?)^```$/gm);
  return new Map([...programs].map(([, heading, program]) => [heading!, program!]));
}
