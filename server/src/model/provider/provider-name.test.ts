import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Catalogue, parseCatalogue } from "./catalogue.ts";
import { isProviderName } from "./provider-name.ts";

function catalogueOf(id: string): Catalogue {
  const text = readFileSync(new URL(`../../../../catalogue/providers/${id}.json`, import.meta.url), "utf8");
  const parsed = parseCatalogue({ version: "2026.11.1", files: [{ file: `${id}.json`, text }] });
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}

const sendgrid = catalogueOf("sendgrid");

test.each<[name: string, known: boolean]>([
  ["s1.domainkey.u123.wl045.sendgrid.net", true],
  ["sendgrid.net", true],
  ["something.else.sendgrid.net", true],
  ["notsendgrid.net", false],
  ["sendgrid.net.example.com", false],
  ["net", false],
])("%s is a provider's name: %s", (name, known) => {
  expect(isProviderName(sendgrid, name)).toBe(known);
});
