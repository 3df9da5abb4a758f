import type { Connect } from "chancery/milter";
import { expect, test } from "vitest";
import { milterOrigin } from "./milter-trust.ts";

const from = (address: string | undefined, family: Connect["family"] = "inet"): Connect => ({
  hostname: "client.example.net",
  family,
  port: 4711,
  address,
});
const trusted = (address: string): boolean => address.startsWith("127.");

test.each([
  ["an authenticated client", from("192.0.2.7"), { auth_authen: "app" }, "submitted"],
  ["a client whose login is empty", from("192.0.2.7"), { auth_authen: "" }, "inbound"],
  ["a stranger", from("192.0.2.7"), {}, "inbound"],
  ["a trusted address", from("127.0.0.1"), {}, "submitted"],
  ["a local submission over a socket", from(undefined, "unix"), {}, "submitted"],
  ["nobody who was introduced", undefined, {}, "inbound"],
  ["a client of an unknown kind", from(undefined, "unknown"), {}, "inbound"],
  [
    "a stranger who names himself in other macros",
    from("192.0.2.7"),
    { mail_addr: "app", auth_author: "app" },
    "inbound",
  ],
] as const)("MLT-28 DKIM-S-22 R-8 mail of %s is %s", (_who, connect, macros: Record<string, string>, origin) => {
  expect(milterOrigin({ connect, macros: new Map(Object.entries(macros)) }, trusted)).toBe(origin);
});
