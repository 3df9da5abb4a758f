import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readAddress } from "chancery/dns";
import { UdpClients } from "./udp-clients.ts";

test.each([4, 16] as const)(
  "a client of %d octets is told as it is, whoever came before and fell on the same place",
  (octets) => {
    const memory = new Uint8Array(64);
    const clients = new UdpClients(memory, octets);
    const near = fc.tuple(fc.nat(3), fc.nat(40)).map(([high, low]) => {
      const address = new Uint8Array(octets);
      address.set([high, 0, low], 0);
      address[octets - 1] = low;
      return address;
    });
    const any = fc.uint8Array({ minLength: octets, maxLength: octets });
    fc.assert(
      fc.property(fc.array(fc.oneof(near, any), { maxLength: 50 }), fc.constantFrom(0, 8, 48), (addresses, at) => {
        for (const address of addresses) {
          memory.set(address, at);
          const via = clients.at(at);
          expect(via).toMatchObject({ transport: "udp", from: readAddress(address), reply: "copied" });
          expect([...via.octets]).toEqual([...address]);
        }
      }),
    );
  },
);

test("a client that comes again is the same value, and the address of nobody is one as well", () => {
  const memory = Uint8Array.of(192, 0, 2, 1, 0, 0, 0, 0);
  const clients = new UdpClients(memory, 4);
  expect(clients.at(0)).toBe(clients.at(0));
  expect(clients.at(4).from).toBe("0.0.0.0");
});
