import type { Database } from "../../engine/database/schema.ts";
import type { LoadedConfig } from "../config.ts";
import type { DataDirectory } from "../data-directory.ts";
import type { Log } from "../log.ts";
import { accessHandlers } from "./access-handlers.ts";
import { domainHandlers } from "./domain-handlers.ts";
import { doctorHandlers } from "./doctor-handlers.ts";
import { keyHandlers } from "./key-handlers.ts";
import type { ServedBy } from "./served.ts";
import type { Handlers } from "./server.ts";
import { zoneHandlers } from "./zone-handlers.ts";

/** What the handlers work with. */
export type HandlerContext = {
  db: Database;
  loaded: LoadedConfig;
  directory: DataDirectory;
  now: () => number;
  log: Log;
  servedBy: ServedBy;
};

/** One handler a route, from one file a subject. */
export const apiHandlers = async (context: HandlerContext): Promise<Handlers> => ({
  ...accessHandlers(context),
  ...domainHandlers(context),
  ...keyHandlers(context),
  ...zoneHandlers(context),
  ...doctorHandlers(context),
});
