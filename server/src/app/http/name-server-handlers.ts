import type { NameServer } from "@chancery/api";
import { listReports, type NameServerReport, silentAfterSeconds } from "../../service/name-server/report.ts";
import { type Handlers, type HandlerContext, onlyAdmin } from "./handler.ts";

/** What each name server last said of itself. */
export function nameServerHandlers({ db, now }: HandlerContext): Pick<Handlers, "listNameServers"> {
  return {
    listNameServers: async (caller) => {
      onlyAdmin(caller);
      return { items: (await listReports(db, now())).map((report) => nameServer(report, now())) };
    },
  };
}

function nameServer(report: NameServerReport, now: number): NameServer {
  const { node, version, listen, startedAt, at, zones, notReady, queries, copies = [], visible = {} } = report;
  const { udp, tcp, dropped, slipped } = queries;
  const { conflicts = [], overrides = [], lost = null } = report;
  return {
    node,
    version,
    listen,
    state: now - at <= silentAfterSeconds ? "up" : "silent",
    startedAt,
    at,
    zones,
    notReady: [...notReady],
    conflicts: [...conflicts],
    overrides: [...overrides],
    lost,
    queries: { udp, tcp, dropped, slipped },
    copies: copies.map(({ worst, ...copy }) => ({ ...copy, worst: [...worst] })),
    visible,
  };
}
