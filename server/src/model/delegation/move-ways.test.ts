import { describe, expect, test } from "vitest";
import type { Claim, MethodName } from "./delegation.ts";
import { noWayTo } from "./move-ways.ts";

const columns: readonly MethodName[] = [
  "txt",
  "cname-ring",
  "cname-series",
  "ns-branch",
  "ns-domainkey",
  "ns-subdomain",
  "customer-key",
  "cname-chain",
  "third-party-domain",
];

/** `+`: the move is made. Else why not, by the words that say it. */
const reasons = {
  "=": /is delegated by [\w-]+ already/,
  up: /upstream provider makes the keys and signs\..* --method cname-chain/,
  left: /are an upstream provider's.* domain remove customer\.example.* domain add customer\.example --method/,
  ours: /does not align with DMARC.* --method third-party-domain/,
  inside: /lie in _domainkey\.customer\.example.* --method ns-branch.* --method ns-subdomain/,
  vouched: /nothing proves that the owner of customer\.example agrees.* domain remove customer\.example.*aligned/,
} as const;

/** Every pair: from the method of the row to that of the column, in the order above. */
const table: Record<MethodName, string> = {
  txt: "=       +       +       +       +       +       +       up      ours",
  "cname-ring": "+       =       +       +       +       +       +       up      ours",
  "cname-series": "+       +       =       +       +       +       +       up      ours",
  "ns-branch": "+       +       +       =       +       +       +       up      ours",
  "ns-domainkey": "+       +       +       +       =       inside  +       up      ours",
  "ns-subdomain": "+       +       +       +       +       =       +       up      ours",
  "customer-key": "+       +       +       +       +       +       =       up      ours",
  "cname-chain": "left    left    left    left    left    left    left    =       ours",
  "third-party-domain": "vouched vouched vouched vouched vouched vouched vouched vouched =",
};

describe.each(columns)("from %s", (from) => {
  test.each(columns.map((to, index) => [to, table[from].split(/ +/)[index]!] as const))("to %s: %s", (to, way) => {
    const claim: Claim = {
      domain: "customer.example",
      method: from,
      label: "s",
      seed: "seed",
      challengeToken: "token",
      options: {},
    };
    const why = noWayTo(to, claim);
    if (way === "+") expect(why).toBeUndefined();
    else expect(why).toMatch(reasons[way as keyof typeof reasons]);
  });
});
