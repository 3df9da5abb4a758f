import { expect, test } from "vitest";
import { day } from "../seconds.ts";
import { zoneAlarms } from "./zone-alarm.ts";
import type { ZoneKey } from "./zone-key.ts";
import type { ParentSeen, ServerSeen, ZoneLook } from "./zone-look.ts";

const now = 1_770_000_000;
const key: ZoneKey = {
  id: "k",
  role: "ksk",
  algorithm: 13,
  keyTag: 7,
  dnskey: "AAAA",
  ds: ["7 13 2 AB"],
  facts: [{ kind: "shown", evidence: { trace: "dnskey", serial: 1 }, at: 1, trustedMs: 1 }],
};
const server = (expiresAt?: number): ServerSeen => ({
  address: "192.0.2.1",
  state: "answered",
  serial: 5,
  dnskeys: [],
  dnskeyTtl: 1,
  signers: [],
  cds: [],
  cdnskey: [],
  ...(expiresAt !== undefined && { expiresAt }),
});
const parent = (...ds: string[]): ParentSeen => ({ address: "198.51.100.1", state: "answered", ds, ttl: 1 });
const look = (servers: ServerSeen[], parents: ParentSeen[]): ZoneLook => ({ trustedMs: 0, servers, parents, gaps: [] });

test.each<[string, Parameters<typeof zoneAlarms>[0], string[]]>([
  ["all is well", { look: look([server(now + 7 * day)], [parent("7 13 2 AB")]), keys: [key] }, []],
  ["no DS record: insecure is no fault", { look: look([server()], [parent()]), keys: [key] }, []],
  ["nobody was asked yet", { look: undefined, keys: [key] }, []],
  [
    "F-29 a server with old signatures",
    { look: look([server(now + 2 * day)], []), keys: [key] },
    ["192.0.2.1 serves signatures that end at 2026-02-04"],
  ],
  [
    "F-29 nothing was signed for days",
    { look: undefined, keys: [], ownExpiresAt: now + 2 * day },
    ["the signatures in the database end"],
  ],
  [
    "a server without signatures",
    { look: look([server()], [parent("7 13 2 AB")]), keys: [key] },
    ["serves no signatures"],
  ],
  [
    "a DS record that leads nowhere",
    { look: look([server(now + 7 * day)], [parent("8 13 2 CD")]), keys: [key] },
    ["name no key of the zone (8)"],
  ],
])("%s", (_, seen, expected) => {
  const alarms = zoneAlarms(seen, now);
  expect(alarms).toEqual(expected.map((words) => expect.stringContaining(words) as string));
});
