import { afterEach, expect, test } from "vitest";
import { RCODE, TYPE } from "chancery/dns";
import { signing, zoneKey } from "../../engine/resolver/dnssec/test-signer.ts";
import { trustAnchors } from "../../engine/resolver/dnssec/trust-anchors.ts";
import {
  authorityFor,
  replyTo,
  startAuthority,
  type Authority,
  type Behaviour,
} from "../../engine/resolver/test-authority.ts";
import { gatherDnssec } from "./dnssec.ts";

const here = "127.53.64.1";
const now = 1_800_000_000;
const key = zoneKey(".");
const soa = "@ 3600 SOA ns hostmaster 1 3600 600 86400 300\n";
const deepNames = Array.from({ length: 40 }, (_, index) => `${"a.".repeat(15)}n${index}.example`);
const zone = `${soa}@ NS ns.root.\nns.root. A ${here}\ns1._domainkey.customer.example. TXT "v=DKIM1; p=abc"
${deepNames.map((name) => `${name}. TXT "x"`).join("\n")}`;
const root = signing([key], authorityFor({ ".": zone }), () => ({ inception: now - 3600, expiration: now + 3600 }));

let authority: Authority | undefined;
afterEach(async () => {
  await authority?.close();
  authority = undefined;
});

async function gather(names: readonly string[], behave: Behaviour) {
  authority = await startAuthority([here], behave);
  const hints = [{ name: "ns.root", addresses: [here] }];
  const iterative = { root: hints, authorityPort: authority.port, timeoutMs: 60 };
  return gatherDnssec(names, now, { iterative, anchors: trustAnchors([`. ${key.ds}`]) });
}
const keyName = "s1._domainkey.customer.example";

test("each name has its steps with their states", async () => {
  const evidence = await gather([keyName, "none.example"], ({ query }) => root(query));
  expect(evidence).toEqual({
    state: "validated",
    chains: [
      { keyName, steps: [{ name: keyName, dnssec: { state: "secure" } }] },
      { keyName: "none.example", steps: [{ name: "none.example", dnssec: { state: "secure" } }] },
    ],
    zones: [],
  });
  expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence);
});

const unreachable: [what: string, behave: Behaviour][] = [
  ["silence", () => undefined],
  [
    "a resolver that answers in the place of the root",
    ({ query }) => replyTo(query, { authoritative: false, recursionAvailable: true, rcode: RCODE.NXDOMAIN }),
  ],
  ["a root with other keys", ({ query }) => ({ ...root(query), answers: [] })],
];
test.each(unreachable)("%s makes no state of the domain", async (_, behave) => {
  expect(await gather([keyName], behave)).toEqual({ state: "unreachable" });
});

test("R-51 names made to be walked label by label cost an audit its share of queries, and no more", async () => {
  // No text is signed, so that for each the whole way down has to be looked at.
  await gather(deepNames, ({ query, type }) => {
    const reply = root(query);
    return type === TYPE.TXT ? { ...reply, answers: reply.answers.slice(0, 1) } : reply;
  });
  // Three more find out whether the root is reached.
  expect(authority?.asked.length).toBeLessThanOrEqual(60 + 3);
  expect(authority?.asked.length).toBeGreaterThan(50);
});
