import type { Answer, RouteName } from "@chancery/api";
import type { PageRequest } from "../../engine/database/page.ts";
import type { Database } from "../../engine/database/schema.ts";
import type { Kek } from "../../engine/keystore/kek.ts";
import { Refusal } from "../../service/refusal.ts";
import type { LoadedConfig } from "../config.ts";
import type { DataDirectory } from "../data-directory.ts";
import type { Log } from "../log.ts";
import type { ServedBy } from "./served.ts";

/** Who calls: the tenant acted for, and whether the token may act for every tenant. */
export type Caller = { tenantId: string; tenantName: string; admin: boolean; tokenId: string };

/** One handler a route. `input` has been checked against the route's schemas. */
export type Handlers = {
  [N in RouteName]: (
    caller: Caller,
    input: {
      params: Record<string, string>;
      query: Record<string, unknown>;
      body: unknown;
      /** What If-Match holds, without its quotes (RFC 9110 §13.1.1). */
      ifMatch?: string | undefined;
    },
  ) => Promise<Answer<N>>;
};

/** What the handlers work with. */
export type HandlerContext = {
  db: Database;
  /** Seals private keys that a customer brings, or that are made with a claim. */
  kek: Kek;
  loaded: LoadedConfig;
  directory: DataDirectory;
  now: () => number;
  log: Log;
  servedBy: ServedBy;
};

/** Refuses who is not the operator. */
export function onlyAdmin(caller: Caller): void {
  if (!caller.admin) throw new Refusal("forbidden", "this needs the admin token");
}

export const pageRequest = (query: Record<string, unknown>): PageRequest => ({
  limit: query["limit"] as number,
  after: query["after"] as string | undefined,
});

export const pageOf = <Row, Item>(
  { rows, next }: { rows: Row[]; next: string | undefined },
  item: (row: Row) => Item,
): { items: Item[]; next: string | null } => ({
  items: rows.map(item),
  next: next ?? null,
});
