import { expect, test } from "vitest";
import { everyAddressLives } from "./dead-address.ts";
import { address, lookAt, silent, zone } from "./test-evidence.ts";

const also = (literal: string, dead: boolean) =>
  address(literal, { servers: ["ns1.customer.example"], ...(dead && { udp: silent, tcp: silent }) });
const heard = address("2a00::9", { servers: ["ns2.customer.example"] });

test("RES-10 a dead IPv6 address is told alone", () => {
  const addresses = [...zone().addresses, heard, also("2a00::1", true)];
  expect(lookAt(everyAddressLives, [zone({ addresses })])).toMatchObject([
    {
      code: "ServerAddressDead",
      severity: "medium",
      subject: "ns1.customer.example",
      summary: "ns1.customer.example keeps silent at its IPv6 address 2a00::1, and answers at others",
    },
  ]);
});

test.each([
  ["a living second address", [...zone().addresses, heard, also("2a00::1", false)]],
  ["IPv6 that is dead everywhere, since this machine may have none", [...zone().addresses, also("2a00::1", true)]],
  ["a server that is dead everywhere, which is lame", [address("9.1.1.1", { udp: silent, tcp: silent })]],
])("RES-10 no finding: %s", (_title, addresses) => {
  expect(lookAt(everyAddressLives, [zone({ addresses })])).toBe("passed");
});
