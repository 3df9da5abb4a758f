// The provider catalogue as it ships: sound, without contradictions, and telling its providers apart.
import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { openCatalogue } from "../server/src/app/provider-catalogue.ts";
import { shippedCatalogueFolder } from "../server/src/engine/provider-catalogue/load.ts";
import { attributeKey } from "../server/src/model/provider/attribute-key.ts";
import {
  ownerOfSelector,
  ownerOfSharedKey,
  ownersOfNameServer,
  ownersOfSigningDomain,
  ownersOfSpfInclude,
  ownersOfTarget,
} from "../server/src/model/provider/attribution.ts";
import type { Catalogue } from "../server/src/model/provider/catalogue.ts";
import { parseProvider } from "../server/src/model/provider/parse-provider.ts";
import type { Provider } from "../server/src/model/provider/provider.ts";

function shipped(): Catalogue {
  const opened = openCatalogue();
  if (!opened.ok) throw new Error(opened.problem);
  return opened.value;
}
const catalogue = shipped();
const providers = [...catalogue.providers.values()];
const schema = JSON.parse(readFileSync(`${shippedCatalogueFolder}/schema.json`, "utf8")) as object;
const fitsSchema = new Ajv2020({ strict: true }).compile(schema);
const files = readdirSync(`${shippedCatalogueFolder}/providers`);
const idsOf = (owners: readonly { provider: Provider }[]): string[] => owners.map(({ provider }) => provider.id);

test("over a hundred providers, and each is a file of its own", () => {
  expect(providers.length).toBeGreaterThan(100);
  expect(files.length).toBe(providers.length);
});

test.each(files)("%s keeps to the schema", (file) => {
  const entry: unknown = JSON.parse(readFileSync(`${shippedCatalogueFolder}/providers/${file}`, "utf8"));
  expect(fitsSchema(entry), JSON.stringify(fitsSchema.errors)).toBe(true);
});

/** Each is refused by the schema and by the program alike. */
const broken: [string, (entry: Record<string, unknown>) => void][] = [
  ["a member that nobody knows", (entry) => (entry["colour"] = "red")],
  ["no id", (entry) => delete entry["id"]],
  ["an id with a space", (entry) => (entry["id"] = "a b")],
  ["a kind of its own", (entry) => (entry["kind"] = "odd")],
  ["no mode", (entry) => (entry["modes"] = [])],
  ["a pattern that would claim a whole top-level domain", (entry) => (entry["nameServers"] = ["*.com"])],
  ["a pattern with a character of regular expressions", (entry) => (entry["nameServers"] = ["(a|b).example.com"])],
  ["a host in upper case", (entry) => (entry["keyHosts"] = ["Example.com"])],
  ["a host of one label", (entry) => (entry["keyHosts"] = ["com"])],
  [
    "a fingerprint that is too short",
    (entry) => (entry["sharedKeys"] = [{ selector: "a", fingerprint: "ab", seen: "there" }]),
  ],
  ["an address without TLS", (entry) => (entry["docs"] = "http://example.com/")],
  ["confidence without a source", (entry) => (entry["evidence"] = { confidence: "high", checked: "2026-01-31" })],
  ["a day that is none", (entry) => (entry["evidence"] = { confidence: "low", checked: "yesterday" })],
];
test.each(broken)("%s is refused by schema and program", (_, breakIt) => {
  const entry = JSON.parse(readFileSync(`${shippedCatalogueFolder}/providers/sendgrid.json`, "utf8")) as Record<
    string,
    unknown
  >;
  expect(parseProvider(JSON.stringify(entry)).ok).toBe(true);
  breakIt(entry);
  expect(fitsSchema(entry)).toBe(false);
  expect(parseProvider(JSON.stringify(entry)).ok).toBe(false);
});

const examples = providers.flatMap((provider) => provider.targets.map(({ example }) => ({ id: provider.id, example })));
test.each(examples)("$example is $id's, and certainly so", ({ id, example }) => {
  const [first, ...others] = ownersOfTarget(catalogue, example);
  expect(first).toMatchObject({ provider: { id }, certainty: "certain", by: "alias-target" });
  // Another may only be there because this one sends through it.
  expect(idsOf(others).filter((other) => !first?.provider.runsOn.includes(other))).toEqual([]);
});

test.each(examples)("nobody can pass for $id by a name that only looks like $example", ({ id, example }) => {
  const labels = example.split(".");
  const at = labels.length - 2;
  const looksLike = [
    [...labels.slice(0, at), `not${labels[at]}`, ...labels.slice(at + 1)].join("."),
    `${example}.example.net`,
    [...labels.slice(0, at - 1), `${labels[at - 1]}\\.${labels[at]}`, labels[at + 1]].join("."),
    example.replaceAll(".", "-") + ".example.net",
  ];
  for (const name of looksLike) expect(idsOf(ownersOfTarget(catalogue, name)), name).not.toContain(id);
});

const plainNames = (kind: "nameServers" | "signsAs" | "spfIncludes"): { id: string; name: string }[] =>
  providers.flatMap((provider) =>
    provider[kind].map(({ text }) => ({
      id: provider.id,
      name: text
        .replace("**", "a.b")
        .replaceAll("#", "12")
        .replaceAll("*", "abc")
        .replaceAll(/\[(.)[^\]]*\]/g, "$1"),
    })),
  );
test.each(plainNames("nameServers"))("the name server $name is $id's alone", ({ id, name }) => {
  expect(idsOf(ownersOfNameServer(catalogue, name))).toEqual([id]);
  expect(ownersOfNameServer(catalogue, `${name}.example.net`)).toEqual([]);
});
test.each(plainNames("signsAs"))("d=$name is $id's alone", ({ id, name }) => {
  expect(idsOf(ownersOfSigningDomain(catalogue, name))).toEqual([id]);
  expect(ownersOfSigningDomain(catalogue, `not${name}`).length).toBeLessThanOrEqual(name.startsWith("abc") ? 1 : 0);
});
test.each(plainNames("spfIncludes"))("include:$name is $id's alone", ({ id, name }) => {
  expect(idsOf(ownersOfSpfInclude(catalogue, name))).toEqual([id]);
  expect(ownersOfSpfInclude(catalogue, `${name}.example.net`)).toEqual([]);
});

test("a shared key names its provider whatever selector it stands at", () => {
  const shared = providers.flatMap(({ id, sharedKeys }) => sharedKeys.map(({ fingerprint }) => ({ id, fingerprint })));
  expect(shared.length).toBeGreaterThanOrEqual(3);
  for (const { id, fingerprint } of shared) {
    expect(ownerOfSharedKey(catalogue, fingerprint)?.provider.id).toBe(id);
    const attributed = attributeKey(catalogue, { selector: "mail", targets: [], fingerprint });
    expect(attributed.visible).toMatchObject({ provider: { id }, certainty: "certain", by: "key-fingerprint" });
  }
});

test.each(["selector1", "s1", "k1", "mail", "default", "key1", "pdk1", "m1", "krs", "e1", "dkim", "x"])(
  "the selector %s alone names nobody",
  (selector) => {
    expect(ownerOfSelector(catalogue, selector, "txt")).toBeUndefined();
    expect(ownerOfSelector(catalogue, selector, "cname")).toBeUndefined();
  },
);
test.each([
  ["google", "google-workspace"],
  ["20260102030405pm", "postmark"],
  ["scph0126", "sparkpost"],
  ["mailjet", "mailjet"],
  ["resend", "resend"],
])("the selector %s with a key record is weak evidence of %s", (selector, id) => {
  expect(ownerOfSelector(catalogue, selector, "txt")).toMatchObject({ provider: { id }, certainty: "weak" });
});
