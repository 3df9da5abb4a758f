import { expect, test } from "vitest";
import { leavingSteps } from "./leaving.ts";
import { catalogueOf, entry } from "./test-catalogue.ts";

const { providers } = catalogueOf(
  entry("full", {
    modes: ["cname", "txt", "ns"],
    aliasSets: [["f1", "f2"]],
    nameServers: ["ns[12].full.example"],
    spfIncludes: ["spf.full.example"],
    mailFrom: [{ type: "CNAME", target: "b.full.example" }],
    runsOn: ["bare"],
    leaving: ["full remove example.com"],
  }),
  entry("bare", { targets: [{ pattern: "*.bare.example", example: "a.bare.example" }] }),
);
const steps = (id: string, domain?: string) => {
  const provider = providers.get(id);
  if (provider === undefined) throw new Error(id);
  return leavingSteps(provider, domain);
};

test("first on its side, then every record that lets it sign", () => {
  expect(steps("full", "customer.example")).toEqual({
    provider: ["full remove customer.example"],
    dns: [
      "Wait until the mail that it signed has arrived: a week, unless yours waits longer in queues",
      "Remove those of the aliases that are there: f1._domainkey.customer.example, f2._domainkey.customer.example",
      "Remove its key records below _domainkey.customer.example",
      "Remove the NS records that hand a name to it (ns[12].full.example)",
      "Take include:spf.full.example out of the SPF record, unless another service needs it",
      "Remove the names for bounces that lead to b.full.example",
      "Look for what is left of bare, through which it sends",
    ],
  });
});

test("where nothing particular is known", () => {
  expect(steps("bare")).toMatchObject({
    provider: ["Remove DOMAIN from the account at BARE, and whatever can send with it"],
    dns: [expect.any(String), "Remove the aliases below _domainkey.DOMAIN that lead to BARE (*.bare.example)"],
  });
});
