// What the package says of itself, made of what the tree says (scripts/package-texts.ts).
import { expect, test } from "vitest";
import { changelogOfLibrary, compiledImports, manifestOf, readmeOfPackage } from "../scripts/package-texts.ts";

test("an entry leads to the compiled file and to its types", () => {
  const tree = { name: "x", version: "1.0.0", description: "", license: "", engines: {} };
  expect(manifestOf({ ...tree, exports: { "./dkim": "./src/dkim/index.ts" } })).toMatchObject({
    exports: { "./dkim": { types: "./dist/dkim/index.d.ts", default: "./dist/dkim/index.js" } },
  });
});

test.each([
  [`export { a } from "./a.ts";`, `export { a } from "./a.js";`],
  [`let a: import("../mail/a.ts").A;`, `let a: import("../mail/a.js").A;`],
  [`new URL("./a.ts", import.meta.url)`, `new URL("./a.js", import.meta.url)`],
  [`import { a } from "node:a.ts";`, `import { a } from "node:a.ts";`],
  [`const text = "a.ts";`, `const text = "a.ts";`],
])("%s becomes %s", (text, compiled) => {
  expect(compiledImports(text)).toBe(compiled);
});

test.each([
  ["a link into the tree", "[The page](../docs/page.md#here)", "The page (`docs/page.md` of the repository)"],
  [
    "a link beside it",
    "[vectors](vectors/dkim/README.md)",
    "vectors (`protocol/vectors/dkim/README.md` of the repository)",
  ],
  ["a link to elsewhere", "[npm](https://example.com/a)", "[npm](https://example.com/a)"],
  ["a link within", "[below](#limits)", "[below](#limits)"],
])("%s in the README can be followed from the package, or names its place", (_what, text, expected) => {
  expect(readmeOfPackage(text)).toBe(expected);
});

test("the changelog keeps what names an entry of the library, and drops what is empty then", () => {
  const text = [
    "# Changelog\n\nAll of it.\n\n## 0.2.0\n\n### Added\n\n- `chancery/dkim` signs.\n- The server serves.\n\n### Fixed\n\n- The relay.\n\n",
    "## 0.1.0\n\n### Added\n\n- The milter.\n",
  ].join("");
  expect(changelogOfLibrary(text)).toBe(
    "# Changelog\n\nAll of it.\n\n## 0.2.0\n\n### Added\n\n- `chancery/dkim` signs.\n",
  );
});
