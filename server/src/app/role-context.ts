import type { LoadedConfig } from "./config.ts";
import type { DataDirectory } from "./data-directory.ts";
import type { Log } from "./log.ts";

/** What a role needs to start. */
export type RoleContext = {
  loaded: LoadedConfig;
  directory: DataDirectory;
  log: Log;
  /** Resolves when every other role listens: the HTTP listener opens last. */
  othersListening: Promise<void>;
  /** Roles beside this one that do not listen at this moment; each is being started again. */
  rolesDown: () => readonly string[];
};

/** A running role. `listening` is where, for people; undefined for a role that listens nowhere. */
export type RunningRole = { listening: string | undefined; close(): Promise<void> };
