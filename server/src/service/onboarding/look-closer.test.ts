import { expect, test } from "vitest";
import type { NameObservation } from "../../model/rotation/chain-observation.ts";
import { lookAtRecord } from "./look-closer.ts";

const name = "s1._domainkey.customer.example";
const nothingThere: NameObservation = {
  name,
  type: "CNAME",
  zone: "customer.example",
  negativeTtlSeconds: 300,
  answers: [{ address: "192.0.2.1", transport: "udp", said: { kind: "answer", authoritative: true, records: [] } }],
};

test("S15 a text in the place of an alias, which no server shows that is asked for aliases, is told with its TTL", async () => {
  const looked = await lookAtRecord(
    { name, type: "CNAME", data: "s1.keys.esp.example.", purpose: "key-alias" },
    nothingThere,
    [],
    {
      follow: async () => ({
        aliases: [],
        finalName: name,
        outcome: "present",
        texts: [{ text: "not a key", ttlSeconds: 86_400 }],
      }),
      addresses: async () => [],
      openDomains: async () => [],
    },
  );
  expect(looked).toMatchObject({ state: "wrong", found: ["TXT not a key"], otherTtlSeconds: 86_400 });
});
