// The RFC 7208 suite of the openspf project, through our own resolver's form of answers.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { mxData, nameData, rdataFromText, TYPE, txtDataOf, typeName, type ResourceRecord } from "chancery/dns";
import { isSpfRecord, parseSpfRecord } from "chancery/policy";
import { checkSpf } from "../server/src/engine/mail-authentication/spf.ts";
import type { Lookup, Resolution } from "../server/src/engine/resolver/resolution.ts";

const corpora = process.env["CHANCERY_CORPORA"];

type ZoneEntry = {
  [type in "TXT" | "A" | "AAAA" | "PTR"]?: (string | string[])[];
} & { MX?: [preference: number, exchange: string][]; CNAME?: string; timeout_other?: true; timeout_types?: string[] };
type Case = { helo: string; host: string; mailfrom: string; result: string[]; explanation?: string };
type Scenario = { description: string; tests: Record<string, Case>; zone: Record<string, ZoneEntry> };

if (corpora === undefined) {
  test.skipIf(process.env["CI"] === undefined)("the corpora were given", () => {
    expect.fail("CHANCERY_CORPORA is not set: the SPF suite of other projects did not run");
  });
  console.warn("test/corpora-spf.test.ts was given no corpora: set CHANCERY_CORPORA to their folder to run them");
} else {
  const file = path.join(corpora, "spf", "rfc7208-tests.json");
  const { scenarios } = JSON.parse(readFileSync(file, "utf8")) as { scenarios: Scenario[] };

  describe.each(scenarios.map((scenario) => [scenario.description, scenario] as const))("%s", (_title, scenario) => {
    const lookup = lookupIn(scenario.zone);
    test("a record that does not parse is a permerror to every test of it", () => {
      for (const { helo, mailfrom, result } of Object.values(scenario.tests)) {
        const domain = (mailfrom === "" ? helo : mailfrom.slice(mailfrom.lastIndexOf("@") + 1)).toLowerCase();
        const entry = Object.entries(scenario.zone).find(([name]) => name.toLowerCase() === domain)?.[1];
        const texts = (entry?.TXT ?? []).map((text) => (typeof text === "string" ? text : text.join("")));
        for (const text of texts.filter(isSpfRecord))
          if (!parseSpfRecord(text).ok) expect(result, text).toContain("permerror");
      }
    });
    test.each(Object.entries(scenario.tests))("%s", async (_id, { helo, host, mailfrom, result, explanation }) => {
      const check = await checkSpf({ ip: host, mailFrom: mailfrom, helo }, lookup);
      expect(result, check.detail).toContain(check.result);
      // Hexadecimal digits of an address may be of either case.
      if (explanation !== undefined)
        expect((check.explanation ?? "DEFAULT").toLowerCase()).toBe(explanation.toLowerCase());
    });
  });
}

/** The suite's zone, by its rules: `zone_rules` in its file says them. */
function lookupIn(zone: Record<string, ZoneEntry>): Lookup {
  const names = new Map(Object.entries(zone).map(([name, entry]) => [name.toLowerCase(), entry]));
  const answer = (asked: string, type: number): Resolution => {
    // The suite writes names with their octets as they are.
    const name = asked.replaceAll(/\\([0-9]{3})/g, (_escape, octet) => String.fromCharCode(Number(octet)));
    const common = {
      question: { name: asked, type },
      aliases: [],
      finalName: asked,
      records: [],
      zones: [],
      exchanges: [],
    };
    const entry = names.get(name);
    const unknown: Resolution = { ...common, outcome: "unknown", reason: "timeout" };
    if (entry === undefined)
      return name.startsWith("error.") ? unknown : { ...common, outcome: "absent", reason: "nxdomain" };
    const records = recordsOf(entry, asked, type);
    if (records.length > 0) return { ...common, outcome: "present", records };
    if (entry.CNAME !== undefined) return answer(entry.CNAME.toLowerCase(), type);
    if (entry.timeout_other === true || entry.timeout_types?.includes(typeName(type)) === true) return unknown;
    return { ...common, outcome: "absent", reason: "nodata" };
  };
  return { lookup: (name, type) => Promise.resolve(answer(name, type)) };
}

function recordsOf(entry: ZoneEntry, name: string, type: number): ResourceRecord[] {
  const of = (datas: Uint8Array[]): ResourceRecord[] => datas.map((data) => ({ name, type, ttl: 60, data }));
  switch (type) {
    case TYPE.TXT:
      return of((entry.TXT ?? []).map(textData));
    case TYPE.MX:
      return of((entry.MX ?? []).map(([preference, host]) => mxData(preference, host === "" ? "." : host)));
    case TYPE.PTR:
      return of((entry.PTR ?? []).map((host) => nameData(String(host))));
    case TYPE.A:
    case TYPE.AAAA: {
      const addresses = type === TYPE.A ? entry.A : entry.AAAA;
      return of(
        (addresses ?? []).map((address) => {
          const data = rdataFromText(type, String(address), ".");
          if (!data.ok) throw new Error(data.problem);
          return data.value;
        }),
      );
    }
    default:
      return [];
  }
}

/** Each character of the suite's texts is an octet. */
const textData = (text: string | string[]): Uint8Array =>
  typeof text === "string"
    ? txtDataOf((text.match(/[^]{1,255}/g) ?? [""]).map((part) => Buffer.from(part, "latin1")))
    : txtDataOf(text.map((part) => Buffer.from(part, "latin1")));
