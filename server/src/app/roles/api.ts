import { stat } from "node:fs/promises";
import { collectDefaultMetrics, Registry } from "prom-client";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { listReports } from "../../service/name-server/report.ts";
import { authenticate } from "../../service/access/tokens.ts";
import { Refusal } from "../../service/refusal.ts";
import { endpointText } from "../config-keys.ts";
import { readOrMakeSecret } from "../data-directory.ts";
import { apiHandlers } from "../http/handlers.ts";
import { databaseIdempotency } from "../http/idempotency.ts";
import { httpServer } from "../http/server.ts";
import { servedBy } from "../http/served.ts";
import { nameServerMetrics } from "../name-server/metrics.ts";
import { openKeystore } from "../keystore.ts";
import { kekFileOf, openConfiguredDatabase } from "../prepare.ts";
import type { RoleContext, RunningRole } from "../role-context.ts";
import { version } from "../version.ts";

/** The HTTP API. Its listener opens when every other role listens, so that /healthz answering means that all do. */
export async function startApi({
  loaded,
  directory,
  log,
  othersListening,
  rolesDown,
}: RoleContext): Promise<RunningRole> {
  const db = await openConfiguredDatabase(loaded, directory);
  const now = (): number => Math.floor(Date.now() / 1000);
  const { kek } = await openKeystore(db, kekFileOf(loaded, directory), now());
  const adminToken = loaded.config["admin.token"] ?? readOrMakeSecret(directory.adminToken, missingToken).value;
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const showNameServers = nameServerMetrics(metrics);
  const app = await httpServer({
    handlers: await apiHandlers({
      db,
      kek,
      loaded,
      directory,
      now,
      log,
      servedBy: servedBy(loaded.config["dns.listen"]),
    }),
    authenticate: (token, tenant) => authenticate(db, adminToken, token, tenant),
    idempotency: databaseIdempotency(db, kek, now),
    metrics: async () => {
      showNameServers(await listReports(db, now()).catch(noneWhileAway), now());
      return metrics.metrics();
    },
    rolesDown,
    notReady: async () => {
      try {
        await db.selectFrom("changeCounter").select("value").executeTakeFirst();
        await stat(directory.root);
        return [];
      } catch (error) {
        return [error instanceof DatabaseUnavailable ? `database: ${error.message}` : String(error)];
      }
    },
    version,
    log,
  });
  const { host, port } = loaded.config["http.listen"];
  await othersListening;
  await app.listen({ host, port });
  const address = app.server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    listening: `http://${endpointText({ host, port: bound })}`,
    close: async () => {
      await app.close();
      await db.destroy();
    },
  };
}

/** The other metrics are worth having while the database is away. */
function noneWhileAway(error: unknown): [] {
  if (error instanceof DatabaseUnavailable) return [];
  throw error;
}

function missingToken(): never {
  throw new Refusal("not-configured", "the admin token is missing: start with `chancery up` once, or set admin.token");
}
