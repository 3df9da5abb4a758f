import { type ChildProcess, fork } from "node:child_process";
import { compileCacheDirectory } from "./compile-cache.ts";
import type { LoadedConfig } from "./config.ts";
import type { Log } from "./log.ts";
import type { FromRole, ToRole } from "./role-process.ts";
import { type RoleName, roleNames } from "./role.ts";

/** How long roles have to stop before they are killed. `chancery up` promises 10 s. */
const stopSecondsMax = 8;
const restartDelaySecondsMax = 30;
/** A role that ran this long is taken to have started well, so its next restart is quick again. */
const steadySeconds = 60;

type Child = { role: RoleName; process: ChildProcess; where: string | undefined; listening: boolean; restarts: number };

/**
 * Runs every role as a process of its own and starts one that dies again, so that no role's death reaches another.
 * `start` the roles, then `announce`: the HTTP listener opens last.
 */
export class Supervisor {
  readonly #children = new Map<RoleName, Child>();
  readonly #loaded: LoadedConfig;
  readonly #dataRoot: string;
  readonly #log: Log;
  #stopping = false;

  constructor(loaded: LoadedConfig, dataRoot: string, log: Log) {
    this.#loaded = loaded;
    this.#dataRoot = dataRoot;
    this.#log = log;
  }

  /** Starts the named roles; resolves when they listen, rejects with what the first failing one said. */
  async start(names: readonly RoleName[] = roleNames): Promise<void> {
    await Promise.all(names.map((name) => this.#spawn(name, 0)));
  }

  /** Lets the API open its listener, which is the sign that every role listens. */
  announce(): void {
    this.#tell("api", { say: "others-listening" });
  }

  /** The API answers for all roles: /healthz is 200 while every one of them listens. */
  #tellWhoIsDown(): void {
    const down = [...this.#children.values()].filter(({ listening, role }) => !listening && role !== "api");
    this.#tell("api", { say: "down", roles: down.map(({ role }) => role) });
  }

  listening(): { role: RoleName; where: string | undefined }[] {
    return [...this.#children.values()].map(({ role, where }) => ({ role, where }));
  }

  /** Asks every role to stop and waits; kills what is left after `stopSecondsMax`. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const gone = [...this.#children.values()].map(
      ({ process: child }) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve();
          child.once("exit", () => resolve());
          if (child.connected) child.send({ say: "stop" } satisfies ToRole, () => {});
          else child.kill("SIGTERM");
          setTimeout(() => child.kill("SIGKILL"), stopSecondsMax * 1000).unref();
        }),
    );
    await Promise.all(gone);
  }

  #tell(role: RoleName, message: ToRole): void {
    const child = this.#children.get(role)?.process;
    if (child?.connected) child.send(message, () => {});
  }

  /** Forks a role. The promise settles with its first word; later deaths are answered with a restart. */
  #spawn(role: RoleName, restarts: number): Promise<void> {
    const startedAt = performance.now();
    const child = fork(new URL("./role-process.ts", import.meta.url), ["--supervised", role], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      execArgv: ["--disable-warning=ExperimentalWarning"],
      // Six processes that compile everything anew would take most of a second start.
      env: { ...(compileCacheDirectory && { NODE_COMPILE_CACHE: compileCacheDirectory }), ...process.env },
    });
    const entry: Child = { role, process: child, where: undefined, listening: false, restarts };
    this.#children.set(role, entry);
    child.send({ say: "start", role, loaded: this.#loaded, dataRoot: this.#dataRoot } satisfies ToRole, () => {});
    return new Promise((resolve, reject) => {
      let problem: string | undefined;
      child.on("message", (message: FromRole) => {
        switch (message.say) {
          case "listening":
            entry.where = message.where;
            entry.listening = true;
            this.#tellWhoIsDown();
            resolve();
            return;
          case "failed":
            problem = message.problem;
        }
      });
      child.once("exit", (code, signal) => {
        if (this.#stopping) return resolve();
        const began = entry.listening;
        entry.listening = false;
        this.#tellWhoIsDown();
        const why = problem ?? `exited with ${signal ?? `status ${code}`}`;
        if (!began && restarts === 0) return reject(new RoleFailed(role, why));
        this.#restartLater(entry, why, (performance.now() - startedAt) / 1000);
        return undefined;
      });
    });
  }

  #restartLater({ role, restarts }: Child, why: string, ranSeconds: number): void {
    const count = ranSeconds > steadySeconds ? 1 : restarts + 1;
    const delaySeconds = Math.min(2 ** (count - 1) * 0.5, restartDelaySecondsMax);
    this.#log.error({ stopped: role, why, delaySeconds }, "role stopped; starting it again");
    setTimeout(() => {
      if (this.#stopping) return;
      void this.#spawn(role, count);
      if (role !== "api") return;
      this.announce();
      this.#tellWhoIsDown();
    }, delaySeconds * 1000).unref();
  }
}

/** A role that could not start. The message is for people. */
export class RoleFailed extends Error {
  override name = "RoleFailed";
  constructor(role: RoleName, why: string) {
    super(`${role}: ${why}`);
  }
}
