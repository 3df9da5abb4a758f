import { expect, test } from "vitest";
import { registrableDomainOf } from "./registrable-domain.ts";

test.each([
  ["s1.domainkey.u123.wl.esp.com", "esp.com"],
  ["_spf.shop.co.uk", "shop.co.uk"],
  // A private suffix is not where domains are registered: its owner answers for every name below it.
  ["tenant.github.io", "github.io"],
  ["mail.esp.example", "esp.example"],
  ["mail.esp.test", "esp.test"],
  ["_dmarc.esp.example", "esp.example"],
  ["co.uk", undefined],
  ["com", undefined],
  ["spf.exmaple.con", undefined],
  ["mx.corp.internal", undefined],
  ["192.0.2.1", undefined],
])("%s is registered as %s", (name, domain) => {
  expect(registrableDomainOf(name)).toBe(domain);
});
