import { buildZone, readTxt, type ResourceRecord, soaData, nameData, TYPE } from "chancery/dns";
import { parsePolicyRecord } from "chancery/dmarc";
import { parseKeyRecord } from "chancery/dkim";
import { parseBimiRecord, parseMtaStsRecord, parseSpfRecord, parseTlsRptRecord } from "chancery/policy";
import { describe, expect, test } from "vitest";
import { catalogueOf, entry } from "../../provider/test-catalogue.ts";
import { timingPresets } from "../../rotation/timing-policy.ts";
import { planChanges, type ZoneChange } from "../change.ts";
import { recordsOf, type Rrset, rrsetsOf, textOf } from "../rrset.ts";
import { changedLookup, lookupOf, type ZoneLookup } from "../zone-lookup.ts";
import { zoneTemplates } from "./all.ts";
import { applyTemplate, type TemplateResult } from "./template.ts";

const origin = "example.com";
const context = { editor: "tenant", wildcardKeys: "refused", policy: timingPresets.default } as const;
const apex: ResourceRecord[] = [
  {
    name: origin,
    type: TYPE.SOA,
    ttl: 300,
    data: soaData({
      mname: "ns.example.net",
      rname: "h.example.net",
      serial: 1,
      refresh: 3600,
      retry: 600,
      expire: 1_814_400,
      minimum: 300,
    }),
  },
  { name: origin, type: TYPE.NS, ttl: 3600, data: nameData("ns.example.net") },
];

const catalogue = catalogueOf(
  entry("sendgrid", {
    name: "Twilio SendGrid",
    selectors: [{ pattern: "s[12]", common: true }],
    targets: [{ pattern: "*.domainkey.u#.wl#.sendgrid.net", example: "s1.domainkey.u1234567.wl123.sendgrid.net" }],
    aliasSets: [["s1", "s2"]],
    spfIncludes: ["sendgrid.net"],
    mailFrom: [{ type: "CNAME", target: "u#.wl#.sendgrid.net" }],
  }),
);

/** A zone with what changes make of it. Not for zones in which something is refused. */
function zoneAfter(
  zone: ZoneLookup,
  changes: readonly ZoneChange[],
): { sets: Rrset[]; zone: ZoneLookup; done: string[] } {
  const plan = planChanges(zone, changes, { ...context, wildcardKeys: "wanted" });
  if (!plan.ok) throw new Error(plan.problem);
  expect(plan.problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const names = new Map<string, Rrset[]>();
  for (const { name, type, after } of plan.differences) {
    const others = (names.get(name) ?? [...zone.at(name)]).filter((set) => set.type !== type);
    names.set(name, after === undefined ? others : [...others, after]);
  }
  const after = changedLookup(zone, names);
  const done = plan.differences.flatMap((one) =>
    [one.before, one.after].flatMap((set, index) =>
      set === undefined
        ? []
        : textOf(set).data.map((data) => `${index === 0 ? "-" : "+"} ${set.name} ${textOf(set).type} ${data}`),
    ),
  );
  return { sets: [...names.values()].flat(), zone: after, done };
}

const fresh = (...records: ResourceRecord[]): ZoneLookup => lookupOf(origin, rrsetsOf([...apex, ...records]));
const text = (name: string, value: string): ResourceRecord => ({
  name,
  type: TYPE.TXT,
  ttl: 3600,
  data: Uint8Array.from([value.length, ...Buffer.from(value)]),
});
const templateOf = (name: string) => zoneTemplates.find((one) => one.name === name)!;
function apply(name: string, set: Record<string, string>, zone = fresh()): Extract<TemplateResult, { ok: true }> {
  const result = applyTemplate(templateOf(name), set, { zone, catalogue });
  if (!result.ok) throw new Error(result.problem);
  return result;
}
const problemOf = (name: string, set: Record<string, string>, zone = fresh()): string => {
  const result = applyTemplate(templateOf(name), set, { zone, catalogue });
  return result.ok ? "" : result.problem;
};

/** Every text that stands after it, by its owner, is what our own readers make sense of. */
function expectSound(sets: readonly Rrset[]): void {
  for (const { name, type, data } of sets.filter((set) => set.type === TYPE.TXT))
    for (const value of data.map((one) => readTxt(one).join(""))) {
      const parse = value.startsWith("v=spf1")
        ? parseSpfRecord
        : name.includes("_report._dmarc")
          ? undefined
          : name.startsWith("_dmarc.")
            ? parsePolicyRecord
            : name.startsWith("_mta-sts.")
              ? parseMtaStsRecord
              : name.startsWith("_smtp._tls.")
                ? parseTlsRptRecord
                : name.includes("._bimi.")
                  ? parseBimiRecord
                  : name.includes("_domainkey")
                    ? parseKeyRecord
                    : undefined;
      expect(parse?.(value).ok ?? true, `${name} ${type} ${value}`).toBe(true);
    }
}

describe.each(zoneTemplates.map((template) => [template.name, template] as const))(
  "the template %s",
  (name, template) => {
    test("does as its example says, is read by our own readers, can be served, and does nothing the second time", () => {
      const { zone, sets } = zoneAfter(fresh(), apply(name, { ...template.example }).changes);
      expect(sets.length).toBeGreaterThan(0);
      expectSound(sets);
      expect(
        buildZone(origin, [...apex, ...sets.filter((set) => set.name !== origin || set.type > 6).flatMap(recordsOf)]),
      ).toMatchObject({ ok: true });
      expect(zoneAfter(zone, apply(name, { ...template.example }, zone).changes).done).toEqual([]);
    });

    test("refuses a parameter that it does not have, and a name outside the zone", () => {
      expect(problemOf(name, { ...template.example, nonsense: "1" })).toContain("has no parameter nonsense");
      const place = name === "report-authorisation" ? "host" : "name";
      expect(problemOf(name, { ...template.example, [place]: "elsewhere.example.net" })).toContain("outside the zone");
    });
  },
);

describe("what templates write", () => {
  test.each([
    [
      "spf",
      { include: "_spf.example.net", ip: "192.0.2.0/24,2001:db8::/32", all: "-all" },
      ['+ example.com TXT "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 include:_spf.example.net -all"'],
    ],
    [
      "return-path",
      { name: "bounce.example.com", mx: "mx1.example.net,mx2.example.net", ip: "192.0.2.1" },
      [
        "+ bounce.example.com MX 10 mx1.example.net.",
        "+ bounce.example.com MX 20 mx2.example.net.",
        '+ bounce.example.com TXT "v=spf1 ip4:192.0.2.1 ~all"',
      ],
    ],
    [
      "tracking",
      { name: "click.example.com", target: "track.example.net" },
      ["+ click.example.com CNAME track.example.net."],
    ],
    [
      "tls-rpt",
      { rua: "a@example.com,https://example.net/r" },
      ['+ _smtp._tls.example.com TXT "v=TLSRPTv1; rua=mailto:a@example.com,https://example.net/r"'],
    ],
    [
      "dmarc",
      { p: "reject", np: "reject", aspf: "s", rua: "d@example.com" },
      ['+ _dmarc.example.com TXT "v=DMARC1; p=reject; np=reject; aspf=s; rua=mailto:d@example.com"'],
    ],
    [
      "report-authorisation",
      { domain: "customer.example" },
      ['+ customer.example._report._dmarc.example.com TXT "v=DMARC1;"'],
    ],
    [
      "parked",
      {},
      [
        "+ example.com MX 0 .",
        '+ example.com TXT "v=spf1 -all"',
        '+ _dmarc.example.com TXT "v=DMARC1; p=reject; sp=reject; np=reject; adkim=s; aspf=s"',
      ],
    ],
  ])("%s", (name, set: Record<string, string>, lines) => {
    expect(zoneAfter(fresh(), apply(name, set).changes).done).toEqual(lines);
  });

  test("a record of the same kind is replaced, other texts at the name stay", () => {
    const zone = fresh(text(origin, "v=spf1 -all"), text(origin, "some-site-verification=1"));
    expect(zoneAfter(zone, apply("spf", { ip: "192.0.2.1" }, zone).changes).done).toEqual([
      '- example.com TXT "v=spf1 -all"',
      '- example.com TXT "some-site-verification=1"',
      '+ example.com TXT "some-site-verification=1"',
      '+ example.com TXT "v=spf1 ip4:192.0.2.1 ~all"',
    ]);
  });

  test("the wildcard key of a parked domain comes only when it is asked for (DNS-B-18)", () => {
    expect(apply("parked", {}).allowWildcard).toBe(false);
    const asked = apply("parked", { "wildcard-key": "yes" });
    expect(asked.allowWildcard).toBe(true);
    expect(asked.changes.at(-1)).toMatchObject({ name: "*._domainkey.example.com", data: ['"v=DKIM1; p="'] });
  });

  test("STS-01 the id of an MTA-STS record follows from the policy: the same for the same, another for another", () => {
    const idOf = (set: Record<string, string>): string =>
      JSON.stringify(apply("mta-sts", { host: "192.0.2.1", mx: "mx.example.net", ...set }).changes[0]);
    expect(idOf({})).toBe(idOf({}));
    expect(
      new Set([idOf({}), idOf({ mode: "enforce" }), idOf({ mx: "mx2.example.net" }), idOf({ "max-age": "86400" })])
        .size,
    ).toBe(4);
    expect(idOf({ id: "20261122" })).toContain("id=20261122;");
  });

  test("STS-05 enforcing at once is told to be tried first; the policy to serve is in the notes", () => {
    const { notes } = apply("mta-sts", { host: "policy.example.net", mx: "mx.example.net", mode: "enforce" });
    expect(notes.join("\n")).toContain("version: STSv1\nmode: enforce\nmx: mx.example.net\nmax_age: 604800");
    expect(notes.join("\n")).toContain("begin with mode=testing");
  });

  test("a DMARC template tells who has to agree to reports that go elsewhere", () => {
    const { notes } = apply("dmarc", { p: "none", rua: "a@example.com,b@reports.example.net" });
    expect(notes).toEqual([expect.stringContaining("example.com._report._dmarc.reports.example.net")]);
  });

  test("a provider's aliases are checked against the catalogue, and the rest of a set follows", () => {
    const set = { id: "sendgrid", aliases: "s1=s1.domainkey.u1234567.wl123.sendgrid.net" };
    expect(zoneAfter(fresh(), apply("provider", set).changes).done).toEqual([
      "+ s1._domainkey.example.com CNAME s1.domainkey.u1234567.wl123.sendgrid.net.",
      "+ s2._domainkey.example.com CNAME s2.domainkey.u1234567.wl123.sendgrid.net.",
    ]);
    expect(problemOf("provider", { ...set, aliases: "s1=s1.domainkey.u1.wl1.example.net" })).toContain(
      "no name of Twilio SendGrid",
    );
    expect(problemOf("provider", { id: "nobody", spf: "yes" })).toContain("no provider nobody");
    const zone = fresh(text(origin, "v=spf1 mx -all"));
    expect(zoneAfter(zone, apply("provider", { id: "sendgrid", spf: "yes" }, zone).changes).done).toContain(
      '+ example.com TXT "v=spf1 mx include:sendgrid.net -all"',
    );
  });

  test.each([
    ["spf", {}, "nobody would be allowed to send"],
    ["spf", { ip: "192.0.2.300" }, "no IP address"],
    ["spf", { include: "a b" }, "no host name"],
    ["dmarc", { p: "rejekt" }, "one of none, quarantine, reject"],
    ["dmarc", { rua: "x@example.com; p=none" }, "no mail address"],
    ["tls-rpt", {}, "rua has to be given"],
    ["tls-rpt", { rua: "ftp:x" }, "rua"],
    ["bimi", { logo: "http://example.com/a.svg" }, "no https address"],
    ["bimi", { logo: "https://example.com/a.svg; a=x" }, "no https address"],
    ["mta-sts", { host: "192.0.2.1" }, "has no MX in this zone"],
    ["mta-sts", { mx: "mx.example.net" }, "is not there yet"],
    ["mta-sts", { host: "192.0.2.1", mx: "mx.example.net", "max-age": "99999999" }, "max_age"],
    [
      "tracking",
      { name: "click.example.com", target: "a.example.net", caa: "ca.example" },
      "nothing can stand beside an alias",
    ],
    ["provider", { id: "sendgrid" }, "nothing to put"],
  ])("%s refuses %j", (name, set: Record<string, string>, problem) => {
    expect(problemOf(name, set)).toContain(problem);
  });
});
