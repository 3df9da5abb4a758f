import { afterEach, expect, test } from "vitest";
import type { Message } from "chancery/dns";
import { signing, zoneKey } from "../dnssec/test-signer.ts";
import { trustAnchors } from "../dnssec/trust-anchors.ts";
import { authorityFor, startAuthority, type Authority } from "../test-authority.ts";
import type { AuthorityObservation } from "./observation.ts";
import { observeValidated } from "./observe-validated.ts";

// A root, a top level, the customer's zone with an alias, and ours with the key: all signed.
const now = 1_800_000_000;
const at = (last: number): string => `127.53.64.${last}`;
const soa = "@ 3600 SOA ns hostmaster 1 3600 600 86400 300\n@ NS ns\n";
const keys = {
  root: zoneKey("."),
  top: zoneKey("example"),
  customer: zoneKey("customer.example"),
  ours: zoneKey("esp.example"),
};

type Fault = { dsOfCustomer?: string; endOfOurs?: number };

function serversOf({ dsOfCustomer = keys.customer.ds, endOfOurs = now + 3600 }: Fault) {
  const valid = () => ({ inception: now - 3600, expiration: now + 3600 });
  const ofOurs = () => ({ inception: now - 7200, expiration: endOfOurs });
  const root = `@ 3600 SOA ns.root. hostmaster.root. 1 3600 600 86400 300\n@ NS ns.root.\nexample. NS ns.example.\nns.example. A ${at(2)}\nexample. DS ${keys.top.ds}`;
  const top = `${soa}ns A ${at(2)}
    customer NS ns.customer\nns.customer A ${at(3)}\ncustomer DS ${dsOfCustomer}
    esp NS ns.esp\nns.esp A ${at(4)}\nesp DS ${keys.ours.ds}`;
  return new Map<string, (query: Message) => Message>([
    [at(1), signing([keys.root], authorityFor({ ".": root }), valid)],
    [at(2), signing([keys.top], authorityFor({ example: top }), valid)],
    [
      at(3),
      signing(
        [keys.customer],
        authorityFor({ "customer.example": `${soa}ns A ${at(3)}\ns1._domainkey CNAME s1.esp.example.` }),
        valid,
      ),
    ],
    [
      at(4),
      signing([keys.ours], authorityFor({ "esp.example": `${soa}ns A ${at(4)}\ns1 TXT "v=DKIM1; p=abc"` }), ofOurs),
    ],
  ]);
}

let authority: Authority | undefined;
afterEach(() => authority?.close());

async function observed(fault: Fault, validates = true): Promise<AuthorityObservation> {
  const servers = serversOf(fault);
  authority = await startAuthority([1, 2, 3, 4].map(at), ({ address, query }) => servers.get(address)?.(query));
  const options = { root: [{ name: "ns.root", addresses: [at(1)] }], authorityPort: authority.port, timeoutMs: 150 };
  const validation = validates ? { now, anchors: trustAnchors([`. ${keys.root.ds}`]) } : undefined;
  return observeValidated("s1._domainkey.customer.example", options, validation);
}

const keyAt = ({ names }: AuthorityObservation): unknown => names.at(-1)?.addresses[0]?.tcp;
const there = { state: "records", records: [{ text: "v=DKIM1; p=abc" }] };

test("a chain that is signed from end to end is believed", async () => {
  const seen = await observed({});
  expect(keyAt(seen)).toMatchObject(there);
  expect(seen.refused).toBeUndefined();
});

test.each<[string, Fault, object]>([
  [
    "a DS record at the parent that names no key of the customer's zone",
    { dsOfCustomer: zoneKey("customer.example").ds },
    { name: "s1._domainkey.customer.example", dnssec: { state: "bogus", reason: "ds-without-key" } },
  ],
  [
    "a signature of ours that ran out",
    { endOfOurs: now - 60 },
    { name: "s1.esp.example", dnssec: { state: "bogus", zone: "esp.example", reason: "signature-expired" } },
  ],
])("S23 %s: the servers have the key, and whoever validates refuses it", async (_, fault, refused) => {
  const seen = await observed(fault);
  expect(keyAt(seen)).toMatchObject(there);
  expect(seen.refused).toMatchObject(refused);
});

test("nothing is validated where no key is believed to begin with", async () => {
  const seen = await observed({ endOfOurs: now - 60 }, false);
  expect(keyAt(seen)).toMatchObject(there);
  expect(seen.refused).toBeUndefined();
});
