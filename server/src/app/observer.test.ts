import { expect, test } from "vitest";
import { rootTrustAnchors } from "../engine/resolver/dnssec/trust-anchors.ts";
import type { Config } from "./config-keys.ts";
import { loadConfig } from "./config.ts";
import { newValidation } from "./observer.ts";

const privateRoot = { CHANCERY_RESOLVER_ROOT: '[{"name": "a.root.example", "addresses": ["192.0.2.1"]}]' };
const anchor = { CHANCERY_RESOLVER_TRUST_ANCHORS: `[". 20326 8 2 ${"ab".repeat(32)}"]` };
const configOf = (environment: Record<string, string>): Config => loadConfig({ environment, options: {} }).config;

test("S23 looks are validated from the public root, and below a private one only with keys of its own", () => {
  const validation = newValidation(() => 1_800_000_000);
  expect(validation(configOf({}))).toMatchObject({ anchors: rootTrustAnchors, now: 1_800_000_000 });
  expect(validation(configOf(privateRoot))).toBeUndefined();
  expect([...validation(configOf({ ...privateRoot, ...anchor }))!.anchors!.keys()]).toEqual(["."]);
});

test("what was learnt of zones serves other names for a minute, and a clock that jumps begins anew", () => {
  let now = 1_800_000_000;
  const validation = newValidation(() => now);
  const zonesAfter = (seconds: number) => {
    now += seconds;
    return validation(configOf({}))!.zones;
  };
  const first = zonesAfter(0);
  expect(zonesAfter(59)).toBe(first);
  const second = zonesAfter(1);
  expect(second).not.toBe(first);
  expect(zonesAfter(-3600)).not.toBe(second);
});
