import { expect, test } from "vitest";
import { catalogueOf, entry } from "../../../provider/test-catalogue.ts";
import { chainChecks } from "./chain-checks.ts";
import { chainTo, evidence, keys, selector, told } from "./test-evidence.ts";

const notFlattened = chainChecks.find(({ name }) => name === "alias-not-flattened")!;
const sharing = (modes: string[], more: object = {}) =>
  catalogueOf(
    entry("shop", {
      modes,
      key: { scope: "all-customers", rotation: "provider" },
      sharedKeys: [{ fingerprint: keys.now.fingerprint, selector: "k1", seen: "2026-01-31" }],
      ...more,
    }),
  );

test("AUD-C-10 a key that all of a provider's customers lead to by an alias, as a text", () => {
  expect(told(notFlattened, evidence({}), { catalogue: sharing(["cname"]) })).toEqual(["medium Flattened"]);
});

test("AUD-C-10 no copy: a provider who has its customers publish the text, an alias, another key", () => {
  expect(told(notFlattened, evidence({}), { catalogue: sharing(["txt"]) })).toBe("passed");
  const asText = sharing(["cname"], { selectors: [{ pattern: "s1", via: "txt" }] });
  expect(told(notFlattened, evidence({}), { catalogue: asText })).toBe("passed");
  const alias = evidence({ selectors: [selector(chainTo(keys.now.text, ["k1.shop.example"]))] });
  expect(told(notFlattened, alias, { catalogue: sharing(["cname"]) })).toBe("passed");
  const other = evidence({ selectors: [selector(chainTo(keys.before.text))] });
  expect(told(notFlattened, other, { catalogue: sharing(["cname"]) })).toBe("passed");
});
