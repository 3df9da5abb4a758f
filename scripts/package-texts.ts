// The texts that differ between the tree and the package made of it (scripts/pack.ts).
import { posix as path } from "node:path";

/** What protocol/package.json holds: its `exports` name the sources. */
export type TreeManifest = {
  name: string;
  version: string;
  description: string;
  license: string;
  engines: Record<string, string>;
  exports: Record<string, string>;
};

/** `./src/dkim/index.ts` in the tree is `./dist/dkim/index.js` in the package. */
const compiledName = (source: string, ending: string): string =>
  source.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, ending);

/** The package's manifest: the same entries, each with its types. */
export function manifestOf({ name, version, description, license, engines, exports }: TreeManifest): object {
  const entries = Object.entries(exports).map(([entry, source]) => [
    entry,
    { types: compiledName(source, ".d.ts"), default: compiledName(source, ".js") },
  ]);
  return {
    name,
    version,
    description,
    keywords: ["dkim", "dmarc", "email", "authentication-results", "milter", "dns"],
    license,
    type: "module",
    exports: { ...Object.fromEntries(entries), "./package.json": "./package.json" },
    files: ["dist", "CHANGELOG.md"],
    sideEffects: false,
    engines,
    // Declarations name `KeyObject` and `Buffer`. Whoever writes JavaScript needs no types.
    peerDependencies: { "@types/node": ">=20" },
    peerDependenciesMeta: { "@types/node": { optional: true } },
  };
}

/**
 * Compiled text whose relative imports all end in `.js`: TypeScript leaves those of declarations as they are, and a file that is
 * named by a URL for a worker.
 */
export const compiledImports = (text: string): string => text.replace(/(["'])(\.\.?\/[\w./-]+)\.ts\1/g, "$1$2.js$1");

/** The library's README with its links into the tree as words: the package brings none of what they lead to. */
export const readmeOfPackage = (text: string): string =>
  text.replace(/\[([^\]]+)\]\((?![a-z]+:|#)([^)]+)\)/g, (_link, words: string, target: string) => {
    const name = path.normalize(path.join("protocol", target.replace(/#.*$/, "")));
    return words.replaceAll("`", "") === name ? words : `${words} (\`${name}\` of the repository)`;
  });

/** Of the changelog, the points that name an entry of the library (`chancery/…`), under their headings. */
export function changelogOfLibrary(text: string): string {
  const [introduction = "", ...versions] = text.split(/^(?=## )/m);
  const kept = versions.flatMap((version) => {
    const [heading = "", ...groups] = version.split(/^(?=### )/m);
    const named = groups.map(pointsOfLibrary).filter((group) => group !== "");
    return named.length === 0 ? [] : [heading, ...named];
  });
  return `${[introduction, ...kept].join("").trimEnd()}\n`;
}

/** A group with its heading, or nothing when no point of it is about the library. */
function pointsOfLibrary(group: string): string {
  const [heading = "", ...points] = group.split(/^(?=- )/m);
  const named = points.filter((point) => point.includes("`chancery/")).map((point) => `${point.trimEnd()}\n`);
  return named.length === 0 ? "" : `${heading}${named.join("")}\n`;
}
