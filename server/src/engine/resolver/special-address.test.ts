import { expect, test } from "vitest";
import { rootHints } from "./root-hints.ts";
import { isSpecialAddress } from "./special-address.ts";

test.each([
  "127.0.0.1",
  "10.1.2.3",
  "172.31.0.1",
  "192.168.0.1",
  "169.254.169.254",
  "0.0.0.0",
  "255.255.255.255",
  "::1",
  "::",
  "::ffff:127.0.0.1",
  "fd00::1",
  "fe80::1",
])("AUD-D-03 %s is nobody's public name server", (address) => expect(isSpecialAddress(address)).toBe(true));

test("AUD-D-03 the root servers are public", () => {
  expect(rootHints.flatMap((server) => server.addresses).filter(isSpecialAddress)).toEqual([]);
});
