import { generateKeyPairSync } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { TYPE } from "chancery/dns";
import { describe, expect, test } from "vitest";
import { loadCatalogue, shippedCatalogueFolder } from "../../engine/provider-catalogue/load.ts";
import { parseFixture } from "../../engine/resolver/fixture.ts";
import type { Lookup, Resolution } from "../../engine/resolver/resolution.ts";
import { nothingExpected } from "../../model/audit/expectations.ts";
import { parseCatalogue } from "../../model/provider/catalogue.ts";
import { lookUpChain } from "./chain.ts";
import { limitedLookup } from "./limited-lookup.ts";
import { gatherSelectors } from "./selectors.ts";
import type { SelectorSearch } from "./selector-search.ts";

const rsa = formatKeyRecord(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey);
const at = (selector: string): string => `${selector}._domainkey.example.com`;
const text = (value: string): object => ({ TXT: [value] });

/** A DNS of the network's kind, which lists no names, and every question that it was asked. */
function network(zone: object): Lookup & { asked: string[] } {
  const fixture = parseFixture(JSON.stringify(zone));
  if (!fixture.ok) throw new Error(fixture.problem);
  const asked: string[] = [];
  return {
    asked,
    lookup: (name, type) => {
      asked.push(name);
      return fixture.value.lookup(name, type);
    },
  };
}

const search = (lookup: Lookup, more: Partial<SelectorSearch> = {}): ReturnType<typeof gatherSelectors> =>
  gatherSelectors({
    domain: "example.com",
    dns: "network",
    lookup,
    namesInZone: [],
    expectations: nothingExpected,
    named: {},
    ...more,
  });
const given = (...selectors: string[]): Pick<SelectorSearch, "expectations"> => ({
  expectations: { ...nothingExpected, selectors },
});

describe("looking for selectors", () => {
  test("a branch that does not exist ends the search: nothing is below it (RFC 8020)", async () => {
    const lookup = network({ "example.com": text("v=spf1 -all") });
    const { selectors, discovery } = await search(lookup);
    expect([selectors, discovery.domainkeyNode, discovery.namesTried]).toEqual([[], "nxdomain", 0]);
    expect(lookup.asked.length).toBeLessThanOrEqual(3);
  });

  test("common names are tried where the branch exists", async () => {
    const { selectors, discovery } = await search(network({ [at("google")]: text(rsa), [at("mail")]: text(rsa) }));
    expect(selectors.map(({ selector, sources }) => [selector, ...sources])).toEqual([
      ["google", "common-name"],
      ["mail", "common-name"],
    ]);
    expect(discovery).toMatchObject({ domainkeyNode: "exists" });
    expect(discovery.namesTried).toBeGreaterThan(50);
  });

  test("that guessing found nothing leaves it open", async () => {
    const { selectors, discovery } = await search(network({ [at("a-name-that-nobody-guesses")]: text(rsa) }));
    expect([selectors, discovery.domainkeyNode]).toEqual([[], "exists"]);
  });

  test("providers whom the SPF record names come first", async () => {
    const onDisk = loadCatalogue(shippedCatalogueFolder);
    const catalogue = onDisk.ok ? parseCatalogue(onDisk.value) : onDisk;
    if (!catalogue.ok) throw new Error(catalogue.problem);
    const lookup = network({ "example.com": text("v=spf1 include:mailgun.org -all"), [at("pdk1")]: text(rsa) });
    const { selectors } = await search(lookup, { catalogue: catalogue.value });
    expect(selectors[0]).toMatchObject({ selector: "pdk1", sources: ["catalogue"] });
    expect(lookup.asked.indexOf(at("pdk1"))).toBeLessThan(lookup.asked.indexOf(at("google")));
  });

  test("AUD-C-11 under a wildcard no common name is found; one that has a record of its own is", async () => {
    const zone = { "*._domainkey.example.com": text("v=spf1 -all"), [at("mail")]: text(rsa) };
    const { selectors, discovery } = await search(network(zone));
    expect(selectors.map(({ selector }) => selector)).toEqual(["mail"]);
    expect(discovery.wildcard).toMatchObject({ outcome: "present" });
  });

  test("AUD-C-03 silence is neither presence nor absence", async () => {
    let asked = 0;
    const silent: Lookup = {
      lookup: (name, type) => {
        asked += 1;
        return Promise.resolve(unknown(name, type, "timeout"));
      },
    };
    const { selectors, discovery } = await search(silent, given("s1"));
    expect(asked).toBeLessThan(10);
    expect(discovery.domainkeyNode).toBe("unknown");
    expect(selectors.map(({ selector, chain }) => [selector, chain.outcome])).toEqual([["s1", "unknown"]]);
  });

  test("a zone that denies the branch, and has a key below it, is not believed", async () => {
    const zone = network({ [at("s1")]: text(rsa) });
    const denying: Lookup = {
      lookup: (name, type) =>
        name === "_domainkey.example.com"
          ? Promise.resolve({ ...unknown(name, type, "timeout"), outcome: "absent", reason: "nxdomain" } as Resolution)
          : zone.lookup(name, type),
    };
    expect((await search(denying, given("s1"))).discovery.domainkeyNode).toBe("exists");
  });
});

describe("the budget", () => {
  test("R-51 thirty selectors that are not there cost 200 questions at the most", async () => {
    const lookup = network({ [at("other")]: text(rsa) });
    const { selectors } = await search(lookup, given(...Array.from({ length: 30 }, (_, n) => `gone${n}`)));
    expect(selectors).toHaveLength(30);
    expect(lookup.asked.length).toBeLessThanOrEqual(200);
  });

  test("R-51 what was not asked is not known", async () => {
    const lookup = network({});
    const { selectors } = await search(lookup, given(...Array.from({ length: 250 }, (_, n) => `s${n}`)));
    expect(lookup.asked.length).toBeLessThanOrEqual(200);
    expect(selectors.at(-1)?.chain).toMatchObject({ outcome: "unknown", reason: "query-limit" });
  });

  test("twenty selectors are asked for at once", async () => {
    const zone = network({});
    const waiting: (() => void)[] = [];
    const gate: Lookup = {
      lookup: async (name, type) => {
        if (/^s\d+\._domainkey/.test(name) && waiting.length < 20)
          await new Promise<void>((go) => {
            waiting.push(go);
            if (waiting.length === 20) for (const one of waiting) one();
          });
        return zone.lookup(name, type);
      },
    };
    const { selectors } = await search(gate, given(...Array.from({ length: 20 }, (_, n) => `s${n}`)));
    expect(selectors).toHaveLength(20);
  });

  test("a question that nobody answers is given up", async () => {
    const deaf: Lookup = {
      lookup: (name, type, signal) =>
        new Promise((resolve) => signal?.addEventListener("abort", () => resolve(unknown(name, type, "cancelled")))),
    };
    const limited = limitedLookup(deaf, { queriesMax: 9, questionMs: 5, totalMs: 60_000 });
    expect(await limited.lookup("example.com", TYPE.TXT)).toMatchObject({ outcome: "unknown", reason: "cancelled" });
  });

  test("after its time an audit asks nothing more", async () => {
    const lookup = network({ "example.com": text("v=spf1 -all") });
    const limited = limitedLookup(lookup, { queriesMax: 9, questionMs: 1000, totalMs: 0 });
    await new Promise((go) => setTimeout(go, 5));
    expect(await limited.lookup("example.com", TYPE.TXT)).toMatchObject({ outcome: "unknown", reason: "timeout" });
    expect([limited.left(), lookup.asked]).toEqual([0, []]);
  });
});

describe("AUD-C-03 where a resolver says SERVFAIL alone, each alias is asked for", () => {
  const failing = (zone: object): Lookup => {
    const lookup = network(zone);
    return {
      lookup: async (name, type) => (type === TYPE.TXT ? unknown(name, type, "servfail") : lookup.lookup(name, type)),
    };
  };

  test.each<[title: string, zone: object, expected: object]>([
    [
      "a loop is told as one",
      { [at("s1")]: { CNAME: "a.esp.example" }, "a.esp.example": { CNAME: at("s1") } },
      { outcome: "unknown", reason: "alias-loop" },
    ],
    [
      "a zone that fails behind an alias",
      { [at("s1")]: { CNAME: "a.esp.example" }, "a.esp.example": { error: "SERVFAIL" } },
      { outcome: "unknown", reason: "servfail", finalName: "a.esp.example" },
    ],
    [
      "a chain that nobody follows to its end",
      Object.fromEntries([
        [at("s1"), { CNAME: "a0.esp.example" }],
        ...Array.from({ length: 20 }, (_, n) => [`a${n}.esp.example`, { CNAME: `a${n + 1}.esp.example` }] as const),
      ]),
      { outcome: "unknown", reason: "alias-chain-too-long" },
    ],
    ["no alias", { [at("s1")]: text(rsa) }, { outcome: "unknown", reason: "servfail", finalName: at("s1") }],
  ])("%s", async (_title, zone, expected) => {
    expect(await lookUpChain(failing(zone), at("s1"))).toMatchObject(expected);
  });
});

function unknown(name: string, type: number, reason: "timeout" | "servfail" | "cancelled"): Resolution {
  const nothing = { aliases: [], finalName: name, records: [], zones: [], exchanges: [] };
  return { question: { name, type }, ...nothing, outcome: "unknown", reason };
}
