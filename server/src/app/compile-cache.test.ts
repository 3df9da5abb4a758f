import { expect, test } from "vitest";
import { cacheDirectory } from "./compile-cache.ts";

const noHome = (): string => {
  throw new Error("ENOENT"); // as os.homedir says it of a user id without an account
};

test.each([
  ["in the home", undefined, () => "/home/a", "/home/a/.cache/chancery"],
  ["where XDG_CACHE_HOME says", "/var/cache/a", () => "/home/a", "/var/cache/a/chancery"],
  ["in the home, when XDG_CACHE_HOME is empty", "", () => "/home/a", "/home/a/.cache/chancery"],
  ["nowhere for a user without a home, who can start all the same", undefined, noHome, undefined],
])("what is compiled is kept %s", (_, xdg, home, directory) => {
  expect(cacheDirectory(xdg, home)).toBe(directory);
});
