import { expect, test } from "vitest";
import { authservIdOf } from "./authserv-id.ts";

test.each([
  ["mx1.example.org", "example.org"],
  ["mx2.eu.example.org", "example.org"],
  ["MX1.Example.ORG.", "example.org"],
  ["mail.example.co.uk", "example.co.uk"],
  ["localhost", "localhost"],
  ["3f9c1a7e", "localhost"],
  ["192.0.2.1", "localhost"],
  ["", "localhost"],
])("AR-20 the authserv-id of %s is %s: the same on every machine of an organisation", (host, id) => {
  expect(authservIdOf(host)).toBe(id);
});
