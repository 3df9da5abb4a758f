import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Answer, type Call, type Problem, type RouteName, routes } from "@chancery/api";
import { absolute } from "../config.ts";
import { endpointText } from "../config-keys.ts";
import { exitStatusOf } from "../problem.ts";
import { CommandFailed, exitStatus } from "./exit.ts";
import { type CommonOptions, configOf } from "./options/common.ts";

const answerSecondsMax = 60;

/** Calls a running Chancery. Throws CommandFailed with what to do next. */
export type ApiClient = <N extends RouteName>(name: N, call: Call<N>) => Promise<Answer<N>>;

/** A client for the Chancery that the options name, with the admin token of its configuration or data directory. */
export function apiClient(options: CommonOptions): ApiClient {
  const { config } = configOf(options);
  const server = (options.server ?? `http://${endpointText(config["http.listen"])}`).replace(/\/$/, "");
  const token = config["admin.token"] ?? readToken(absolute(config["data.dir"]));
  return async (name, call) => {
    const {
      params = {},
      query = {},
      body,
    } = call as {
      params?: Record<string, string>;
      query?: Record<string, string | number | undefined>;
      body?: unknown;
    };
    const path = routes[name].path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(params[key]!));
    const search = new URLSearchParams(
      Object.entries(query).flatMap(([key, value]): [string, string][] =>
        value === undefined ? [] : [[key, String(value)]],
      ),
    );
    const url = `${server}${path}${search.size > 0 ? `?${search.toString()}` : ""}`;
    const response = await reach(url, server, {
      method: routes[name].method,
      headers: {
        accept: "application/json",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(options.tenant !== undefined && { "chancery-tenant": options.tenant }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerSecondsMax * 1000),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok && answer !== undefined) return answer as never;
    throw failure(answer as Problem | undefined, response.status, token);
  };
}

async function reach(url: string, server: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError")
      throw new CommandFailed(
        `${server} did not answer within ${answerSecondsMax} s; it may carry the request out all the same: look before you repeat it`,
        exitStatus.undetermined,
      );
    throw new CommandFailed(
      `no Chancery answers at ${server}; start one with "chancery up", or name another with --server`,
      exitStatus.undetermined,
    );
  }
}

function failure(problem: Problem | undefined, status: number, token: string | undefined): CommandFailed {
  if (problem?.code === undefined)
    return new CommandFailed(`the server answered ${status} without saying why`, exitStatus.undetermined);
  const hint =
    problem.code === "unauthorized" && token === undefined
      ? "; no token was found: set admin.token (CHANCERY_ADMIN_TOKEN), or name the data directory with --data"
      : "";
  return new CommandFailed(`${problem.detail}${hint}`, exitStatusOf(problem));
}

function readToken(dataRoot: string): string | undefined {
  try {
    return readFileSync(join(dataRoot, "admin-token"), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Follows the pages of a list to its end. */
export async function* everyPage<T>(
  fetchPage: (after: string | undefined) => Promise<{ items: T[]; next: string | null }>,
): AsyncGenerator<T> {
  for (let after: string | undefined; ;) {
    const { items, next } = await fetchPage(after);
    yield* items;
    if (next === null) return;
    after = next;
  }
}
