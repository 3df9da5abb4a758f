import { providerSchema } from "@chancery/api";
import { expect, test } from "vitest";
import type { Caller } from "./handler.ts";
import { providerHandlers } from "./provider-handlers.ts";

const caller: Caller = { tenantId: "t", tenantName: "default", admin: false, tokenId: "k" };
const { listProviders, showProvider } = providerHandlers();
const list = (query: Record<string, unknown>) => listProviders(caller, { params: {}, query, body: undefined });
const show = (id: string) => showProvider(caller, { params: { id }, query: {}, body: undefined });

test("pages hold every provider once, each as the contract has it", async () => {
  const ids: string[] = [];
  for (let after: string | undefined; ;) {
    const { items, next } = await list({ limit: 50, after });
    for (const item of items) expect(providerSchema.parse(item)).toEqual(item);
    ids.push(...items.map(({ id }) => id));
    if (next === null) break;
    after = next;
  }
  expect(ids.length).toBeGreaterThan(100);
  expect(new Set(ids).size).toBe(ids.length);
});

test("one provider, or a refusal", async () => {
  expect(await show("google-workspace")).toMatchObject({ modes: ["txt"], signsAs: ["*.#.gappssmtp.com"] });
  await expect(show("nobody")).rejects.toMatchObject({ code: "not-found" });
});
