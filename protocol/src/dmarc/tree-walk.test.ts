import { describe, expect, test } from "vitest";
import { resolver, type Names } from "../../vectors/dmarc/example.ts";
import { recordSource } from "./record-lookup.ts";
import { discoverPolicy, organizationalDomain, walkTargets, walkTree } from "./tree-walk.ts";

const labels = (count: number): string => Array.from({ length: count }, (_, at) => `l${count - at}`).join(".");

describe("which names a walk asks", () => {
  test.each([
    ["DMARC-T-04 one label: never the root", "example", ["example"]],
    ["DMARC-T-04 up to the top level", "mail.example.com", ["mail.example.com", "example.com", "com"]],
    ["DMARC-T-03 seven labels", labels(7), [7, 6, 5, 4, 3, 2, 1].map(labels)],
    ["DMARC-T-03 eight labels", labels(8), [8, 7, 6, 5, 4, 3, 2, 1].map(labels)],
    ["DMARC-T-03 nine labels", labels(9), [9, 7, 6, 5, 4, 3, 2, 1].map(labels)],
    ["DMARC-T-03 fourteen labels", labels(14), [14, 7, 6, 5, 4, 3, 2, 1].map(labels)],
  ])("%s", (_title, domain, targets) => {
    expect(walkTargets(domain)).toEqual(targets);
  });

  test("DMARC-T-04 a name is asked once, however many walks pass it", async () => {
    const { resolveTxt, asked } = resolver({ "_dmarc.example.com": ["v=DMARC1; p=none"] });
    const source = recordSource(resolveTxt);
    await Promise.all(["a.example.com", "b.example.com", "a.example.com"].map((name) => walkTree(name, source)));
    expect(asked.sort()).toEqual(["_dmarc.a.example.com", "_dmarc.b.example.com", "_dmarc.com", "_dmarc.example.com"]);
  });

  test("a name too long to stand below _dmarc is not asked", async () => {
    const { resolveTxt, asked } = resolver({});
    const domain = `${"a".repeat(62)}.`.repeat(4).slice(0, 250);
    await walkTree(domain, recordSource(resolveTxt));
    expect(asked.every((name) => name.length <= 253)).toBe(true);
    expect(asked).toHaveLength(3);
  });
});

describe("the organizational domain", () => {
  const of = async (domain: string, records: Record<string, string>): Promise<string> => {
    const names: Names = Object.fromEntries(
      Object.entries(records).map(([name, tags]) => [`_dmarc.${name}`, [`v=DMARC1; p=none; ${tags}`]]),
    );
    return organizationalDomain(await walkTree(domain, recordSource(resolver(names).resolveTxt)));
  };
  test.each<[string, Record<string, string>, string]>([
    ["DMARC-T-07 first example", { "mail.example.com": "", "example.com": "" }, "example.com"],
    ["DMARC-T-07 second example", { "mail.example.com": "psd=n", "example.com": "" }, "mail.example.com"],
    ["DMARC-T-07 third example", { com: "psd=y" }, "example.com"],
    ["DMARC-T-07 no record at all", {}, "a.mail.example.com"],
    ["DMARC-T-07 psd=y at the beginning", { "a.mail.example.com": "psd=y", "example.com": "" }, "a.mail.example.com"],
    ["DMARC-T-07 psd=n at the beginning", { "a.mail.example.com": "psd=n", "example.com": "" }, "a.mail.example.com"],
    ["DMARC-T-06 psd=y stops the walk", { "mail.example.com": "psd=y", "example.com": "" }, "a.mail.example.com"],
    ["DMARC-T-07 the top level publishes without psd=", { com: "" }, "com"],
  ])("%s", async (_title, records, expected) => {
    expect(await of("a.mail.example.com", records)).toBe(expected);
  });
});

describe("existence and errors", () => {
  test.each([
    ["DMARC-T-09 NXDOMAIN", {}, "does-not-exist"],
    ["DMARC-T-09 NODATA", { "a.example.com": [] }, "exists"],
    ["DMARC-T-09 text of another kind", { "a.example.com": ["v=spf1 -all"] }, "exists"],
    ["DMARC-T-09 a name below it", { "x.a.example.com": [] }, "exists"],
    ["DMARC-T-09 an error", { "a.example.com": { code: "ESERVFAIL" } }, "unknown"],
    ["DMARC-T-09 an error below it says nothing", { "_dmarc.a.example.com": { code: "ESERVFAIL" } }, "exists"],
  ] as [string, Names, string][])("%s", async (_title, names, expected) => {
    expect(await recordSource(resolver(names).resolveTxt).existence("a.example.com")).toBe(expected);
  });

  test.each(["ESERVFAIL", "EREFUSED", "ETIMEOUT", "ECONNREFUSED", "EBADRESP"])(
    "DMARC-T-12 %s on the way is neither presence nor absence",
    async (code) => {
      const { resolveTxt } = resolver({
        "_dmarc.mail.example.com": { code },
        "_dmarc.example.com": ["v=DMARC1; p=none"],
      });
      expect((await discoverPolicy("a.mail.example.com", recordSource(resolveTxt))).state).toBe("unknown");
    },
  );

  test("DMARC-T-12 an error above a psd=n decides nothing: nobody asks there", async () => {
    const { resolveTxt } = resolver({
      "_dmarc.mail.example.com": ["v=DMARC1; p=none; psd=n"],
      "_dmarc.example.com": { code: "ESERVFAIL" },
    });
    expect(await discoverPolicy("a.mail.example.com", recordSource(resolveTxt))).toMatchObject({
      state: "present",
      domain: "mail.example.com",
      source: "organizational-domain",
    });
  });

  test("a resolver that rejects with anything, throws at once or gives what is no list is no answer", async () => {
    const rejects = [undefined, null, "text", new Error("x")].map((reason) => () => Promise.reject<never>(reason));
    const throws = (): never => {
      throw new Error("x");
    };
    const shapes = [undefined, "text", ["text"], [{ join: () => 5 }]].map(
      (answer: unknown) => () => Promise.resolve(answer as string[][]),
    );
    const odd = (): never => {
      throw Object.assign(new Error("x"), { code: Object.create(null) as unknown });
    };
    for (const resolveTxt of [...rejects, ...shapes, throws, odd])
      expect((await discoverPolicy("example.com", recordSource(resolveTxt))).state).toBe("unknown");
  });
});
