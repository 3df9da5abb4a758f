import * as fc from "fast-check";
import { expect, test } from "vitest";
import { answer } from "./answer.ts";
import { arbitraryName, arbitraryRecords, arbitraryType } from "../dnssec/test-arbitrary-zone.ts";
import { formatMessage, parseMessage, RCODE, type Message, plainQuery } from "../message/message.ts";
import { TYPE, txtData, type ResourceRecord } from "../record/record.ts";
import { zoneSet } from "../zone/zone-set.ts";
import { buildZone } from "../zone/zone.ts";

const spelt = (name: string, upper: number): string =>
  name.replaceAll(/./g, (letter, at: number) => ((upper >> (at % 16)) & 1 ? letter.toUpperCase() : letter));

const query = (name: string, type: number, withEdns: boolean): Uint8Array =>
  formatMessage(
    plainQuery(name, type, {
      id: 4711,
      recursionDesired: true,
      ...(withEdns && { edns: { udpSize: 1232, version: 0, dnssecOk: false, extendedRcode: 0, options: [] } }),
    }),
  );

const parsed = (octets: Uint8Array | undefined): Message => {
  const message = parseMessage(octets ?? expect.fail("no answer"));
  return message.ok ? message.value : expect.fail(message.problem);
};

/** A set that no datagram without EDNS holds, so that some answers are too long. */
const long: ResourceRecord[] = [1, 2, 3].map((seed) => ({
  name: "a.example",
  type: TYPE.TXT,
  ttl: 600,
  data: txtData(`${seed}`.repeat(240)),
}));

test("D4 every answer repeats ID and question as they were spelt, has authority or refers, has the SOA when it denies, and TC when it is cut", () => {
  let cut = 0;
  fc.assert(
    fc.property(
      arbitraryRecords,
      fc.boolean(),
      fc.array(fc.tuple(arbitraryName, arbitraryType, fc.nat(0xffff), fc.boolean()), { minLength: 5, maxLength: 20 }),
      (records, isLong, asked) => {
        const withLong = buildZone("example", isLong ? [...records, ...long] : records);
        const zone = withLong.ok ? withLong : buildZone("example", records);
        const zones = zoneSet([zone.ok ? zone.value : expect.fail(zone.problem)]);
        for (const [name, type, upper, withEdns] of asked) {
          const octets = query(spelt(name, upper), type, withEdns);
          const bytes = answer(zones, octets, "udp");
          const reply = parsed(bytes);
          const whole = parsed(answer(zones, octets, "tcp"));
          expect([reply.id, reply.response, reply.questions]).toEqual([4711, true, parsed(octets).questions]);
          expect(bytes!.length).toBeLessThanOrEqual(withEdns ? 1232 : 512);
          if (reply.truncated) {
            cut++;
            expect(whole.answers.length + whole.authority.length).toBeGreaterThan(0);
            continue;
          }
          expect({ ...reply, edns: undefined }).toEqual({ ...whole, edns: undefined });
          const isReferral = reply.authority.some((record) => record.type === TYPE.NS) && reply.answers.length === 0;
          expect(reply.authoritative).toBe(!isReferral);
          const soa = reply.authority.filter((record) => record.type === TYPE.SOA);
          const endsInAlias = reply.answers.length > 0;
          if (reply.rcode === RCODE.NXDOMAIN) expect(soa).toHaveLength(1);
          if (reply.rcode === RCODE.NOERROR && !endsInAlias && !isReferral) expect(soa).toHaveLength(1);
        }
      },
    ),
    { numRuns: 80 },
  );
  expect(cut).toBeGreaterThan(0);
});
