// The program of one role. Under the supervisor it is forked and spoken to over IPC; `chancery run ROLE` calls runRole itself.
import process from "node:process";
import { type LoadedConfig, reread } from "./config.ts";
import { openDataDirectory } from "./data-directory.ts";
import { makeLog } from "./log.ts";
import type { RunningRole } from "./role-context.ts";
import { type RoleName, startRole } from "./role.ts";

/** Supervisor → role. `others-listening` lets the role open its HTTP listener. */
export type ToRole =
  | { say: "start"; role: RoleName; loaded: LoadedConfig; dataRoot: string }
  | { say: "others-listening" }
  | { say: "down"; roles: RoleName[] }
  | { say: "stop" };
/** Role → supervisor. `failed` is what a person has to read; the role exits after it. */
export type FromRole = { say: "listening"; where: string | undefined } | { say: "failed"; problem: string };

/** Starts a role in this process. Resolves when it listens. */
export async function runRole(
  role: RoleName,
  loaded: LoadedConfig,
  dataRoot: string,
  othersListening: Promise<void>,
  rolesDown: () => readonly RoleName[],
): Promise<RunningRole> {
  const log = makeLog(role, loaded.config["log.level"]);
  return startRole(role, { loaded, directory: openDataDirectory(dataRoot), log, othersListening, rolesDown });
}

/** What a person needs of an error that stopped a role: no stack for what the system says, all of it for a bug. */
export function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === "EADDRINUSE")
    return `${address ?? ""}:${port ?? ""} is in use by another program; set another address in the configuration`;
  if (code === "EACCES" && port !== undefined)
    return `${address ?? ""}:${port} needs more rights: ports under 1024 are root's`;
  return code !== undefined || !error.name.endsWith("Error") || error.name === "ConfigError"
    ? error.message
    : (error.stack ?? error.message);
}

if (process.send !== undefined && process.argv[2] === "--supervised") {
  const tell = (message: FromRole): void => void process.send?.(message, undefined, {}, () => {});
  let open: () => void;
  let down: readonly RoleName[] = [];
  const othersListening = new Promise<void>((resolve) => (open = resolve));
  let running: Promise<{ close(): Promise<void>; listening: string | undefined }> | undefined;
  // ^C reaches the whole process group; the supervisor decides the order in which roles stop.
  process.on("SIGINT", () => {});
  const stop = (): void => {
    setTimeout(() => process.exit(0), 6000).unref();
    void (async () => {
      await (await running)?.close();
      process.exit(0);
    })();
  };
  process.on("SIGTERM", stop);
  process.on("disconnect", () => process.exit(0)); // the supervisor is gone: no role outlives it
  process.on("message", (message: ToRole) => {
    switch (message.say) {
      case "start":
        running = runRole(message.role, reread(message.loaded), message.dataRoot, othersListening, () => down);
        running.then(
          (role) => tell({ say: "listening", where: role.listening }),
          (error: unknown) => {
            tell({ say: "failed", problem: problemOf(error) });
            setTimeout(() => process.exit(1), 100);
          },
        );
        return;
      case "others-listening":
        open();
        return;
      case "down":
        down = message.roles;
        return;
      case "stop":
        stop();
    }
  });
}
