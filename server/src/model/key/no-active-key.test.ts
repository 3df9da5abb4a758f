import { expect, test } from "vitest";
import { type KeyFact, type KeyFactKind, readFact } from "./key-fact.ts";
import { whyNoKeySigns } from "./no-active-key.ts";

const key = (selector: string, ...kinds: KeyFactKind[]) => ({
  selector,
  role: "primary" as const,
  facts: kinds.map((kind): KeyFact => readFact({ kind, at: 1, trustedMs: 1, evidence: {} })),
});
const second = { ...key("e1", "activated"), role: "second" as const };

test.each<[string, string, Parameters<typeof whyNoKeySigns>[1], string]>([
  ["no key was made", "cname-ring", [], "customer.example has no active key yet"],
  [
    "its first is on its way",
    "cname-ring",
    [key("s1", "publishing"), second],
    "customer.example has no active key yet",
  ],
  [
    "§3.5 its key was revoked",
    "cname-ring",
    [key("s1", "activated", "revoking"), key("s2", "publishing")],
    "signing key rotation in progress: the next key of customer.example does not sign yet; s1 was revoked",
  ],
  [
    "S9 its key was lost",
    "cname-ring",
    [key("s1", "activated", "deactivated")],
    "signing key rotation in progress: the next key of customer.example does not sign yet",
  ],
  [
    "an upstream signs",
    "cname-chain",
    [],
    "nothing here signs for customer.example: its keys are an upstream provider's, which signs its mail; send it through there",
  ],
])("%s", (_, method, keys, text) => {
  expect(whyNoKeySigns({ domain: "customer.example", method }, keys)).toBe(text);
});
