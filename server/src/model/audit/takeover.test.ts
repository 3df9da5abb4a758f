import { expect, test } from "vitest";
import { takeoverRisk, type RelyingName } from "./takeover.ts";

const name = "s1.dkim.gone.example";
const registrableDomain = "gone.example";
const isProviderName = (asked: string): boolean => asked === "esp.example" || asked.endsWith(".esp.example");

test.each<[title: string, seen: RelyingName, risk: ReturnType<typeof takeoverRisk>]>([
  ["AUD-D-10 an unregistered domain", { name, registrableDomain, registration: "does-not-exist" }, "open"],
  ["AUD-D-10 a registered one", { name, registrableDomain, registration: "exists" }, "held"],
  ["AUD-D-14 no answer", { name, registrableDomain, registration: "unknown" }, "unknown"],
  [
    "a name in a top-level domain that does not exist",
    { name: "spf.exmaple.con", registrableDomain: undefined, registration: "does-not-exist" },
    "held",
  ],
  [
    "a domain reserved for documentation, which a file does not list",
    { name: "dkim.example.net", registrableDomain: "example.net", registration: "does-not-exist" },
    "held",
  ],
  [
    "a known provider's name, whatever the answer",
    { name: "s1.dkim.esp.example", registrableDomain: "esp.example", registration: "does-not-exist" },
    "held",
  ],
  [
    "a name that only ends in the letters of a provider's",
    { name: "dkim.not-esp.example", registrableDomain: "not-esp.example", registration: "does-not-exist" },
    "open",
  ],
])("%s", (_title, seen, risk) => {
  expect(takeoverRisk(seen, isProviderName)).toBe(risk);
});
