import { setImmediate } from "node:timers/promises";
import { nameData, TYPE } from "chancery/dns";
import { expect, test } from "vitest";
import type { Lookup, Resolution } from "../engine/resolver/resolution.ts";
import { lookAtNames } from "./name-search.ts";

const origin = "mail.customer.example";
const text = Buffer.from("\x0dv=spf1 -all..");
type Answer = Partial<Pick<Resolution, "outcome" | "records" | "aliases">>;
const record = (name: string, type: number, data: Uint8Array) => ({ name, type, class: 1, ttl: 60, data });

/** A zone of a few names; every other one does not exist. */
const answers: Record<string, Answer> = {
  [`${origin} ${TYPE.TXT}`]: { outcome: "present", records: [record(origin, TYPE.TXT, text)] },
  [`www.${origin} ${TYPE.NS}`]: {
    outcome: "absent",
    aliases: [{ name: `www.${origin}`, target: "web.example.net", ttl: 30, zone: origin, server: "ns" }],
  },
  [`app.${origin} ${TYPE.NS}`]: {
    outcome: "present",
    records: [record(`app.${origin}`, TYPE.NS, nameData("ns1.vendor.example"))],
  },
  [`api.${origin} ${TYPE.NS}`]: {
    outcome: "present",
    records: [record(`api.${origin}`, TYPE.NS, nameData(`ns1.api.${origin}`))],
  },
  [`smtp.${origin} ${TYPE.A}`]: { outcome: "unknown" },
};
const lookup: Lookup = {
  lookup: async (name, type) =>
    ({ outcome: "absent", records: [], aliases: [], ...answers[`${name} ${type}`] }) as unknown as Resolution,
};

test("S18 what stands at usual names is taken as it is: records, aliases, delegations; silence is not absence", async () => {
  const seen = await lookAtNames(origin, [`rare.${origin}`], lookup);
  const at = (name: string) => seen.find((sight) => sight.name === name);
  expect(at(origin)).toMatchObject({ state: "present", records: [{ name: origin, type: TYPE.TXT, ttl: 60 }] });
  expect(at(`www.${origin}`)).toMatchObject({ state: "present", records: [{ type: TYPE.CNAME, ttl: 30 }] });
  expect(at(`app.${origin}`)).toMatchObject({ state: "present", records: [{ type: TYPE.NS }] });
  expect(at(`api.${origin}`)?.state).toBe("unknown"); // its servers lie below it, and their addresses nobody can ask for
  expect(at(`smtp.${origin}`)?.state).toBe("unknown");
  expect(at(`rare.${origin}`)?.state).toBe("absent");
});

test("S18 a server is never asked for so many names at once that the last ones run out of time while they wait for their turn", async () => {
  let [asking, most] = [0, 0];
  const slow: Lookup = {
    lookup: async (name, type) => {
      most = Math.max(most, ++asking);
      await setImmediate();
      asking -= 1;
      return lookup.lookup(name, type);
    },
  };
  await lookAtNames(origin, [], slow);
  const inFiveSeconds = 20 * 5; // what a server is asked in the time of one question
  expect(most).toBeLessThan(inFiveSeconds / 2);
});
