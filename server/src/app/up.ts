import process from "node:process";
import { absolute, type LoadedConfig } from "./config.ts";
import { AlreadyRunning, lockDataDirectory, openDataDirectory } from "./data-directory.ts";
import { makeLog } from "./log.ts";
import { CommandFailed, exitStatus, note } from "./cli/exit.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { problemOf, runRole } from "./role-process.ts";
import { isRoleName, roleNames } from "./role.ts";
import { Supervisor } from "./supervisor.ts";
import { welcome } from "./welcome.ts";

/** `chancery up`: every role on this machine, each a process of its own. Ends when it is told to stop or a role cannot start. */
export async function up(loaded: LoadedConfig): Promise<void> {
  const dataRoot = absolute(loaded.config["data.dir"]);
  const release = lock(dataRoot);
  const log = makeLog("supervisor", loaded.config["log.level"]);
  const supervisor = new Supervisor(loaded, dataRoot, log);
  const stopped = stopRequested();
  try {
    // The name server needs nothing of what is prepared: it answers from its snapshot even when the database is away.
    const nameserver = supervisor.start(["nameserver"]);
    nameserver.catch(() => {});
    const prepared = await prepareOrRetry(loaded, dataRoot, stopped);
    if (prepared !== undefined) {
      const others = Promise.all([
        nameserver,
        supervisor.start(roleNames.filter((name) => name !== "nameserver" && name !== "api")),
      ]);
      const api = supervisor.start(["api"]);
      await Promise.race([Promise.all([others.then(() => supervisor.announce()), api]), stopped]);
      process.stdout.write(welcome(prepared, supervisor.listening(), dataRoot));
      await stopped;
    }
  } catch (error) {
    process.exitCode = exitStatus.refused;
    note(`chancery: ${problemOf(error)}`);
  }
  await supervisor.stop();
  release();
  process.exit();
}

/** `chancery run ROLE`: one role in this process, for machines that share a PostgreSQL. */
export async function run(name: string, loaded: LoadedConfig): Promise<void> {
  if (!isRoleName(name)) throw new CommandFailed(`no such role: ${name}; one of ${roleNames.join(", ")} is expected`);
  const dataRoot = absolute(loaded.config["data.dir"]);
  const stopped = stopRequested();
  if (name !== "nameserver") await prepareOrRetry(loaded, dataRoot, stopped);
  let role: Awaited<ReturnType<typeof runRole>>;
  try {
    role = await runRole(name, loaded, dataRoot, Promise.resolve(), () => []);
  } catch (error) {
    throw new CommandFailed(`${name}: ${problemOf(error)}`);
  }
  note(`${name}: ${role.listening ?? "running"}`);
  await stopped;
  setTimeout(() => process.exit(0), 8000).unref();
  await role.close();
  process.exit(0);
}

function lock(dataRoot: string): () => void {
  try {
    openDataDirectory(dataRoot);
    return lockDataDirectory(dataRoot);
  } catch (error) {
    if (error instanceof AlreadyRunning) throw new CommandFailed(error.message);
    throw new CommandFailed(`${dataRoot}: ${(error as Error).message}`);
  }
}

/** A database that is away now may come back: say so, and try until it does or a stop is asked for. */
async function prepareOrRetry(
  loaded: LoadedConfig,
  dataRoot: string,
  stopped: Promise<void>,
): Promise<Prepared | undefined> {
  for (let delaySeconds = 1; ; delaySeconds = Math.min(delaySeconds * 2, 30)) {
    const outcome = await prepare(loaded, openDataDirectory(dataRoot), Math.floor(Date.now() / 1000));
    if (outcome.ok) return outcome.prepared;
    note(
      `chancery: the database cannot be reached (${outcome.problem}); trying again in ${delaySeconds} s. The name server answers from its snapshot meanwhile.`,
    );
    const waited = await Promise.race([
      stopped.then(() => "stop"),
      new Promise((resolve) => setTimeout(resolve, delaySeconds * 1000, "again")),
    ]);
    if (waited === "stop") return undefined;
  }
}

function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
}
