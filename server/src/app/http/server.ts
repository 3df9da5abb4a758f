import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type Problem, problemSchema, type RouteName, routes, type Route } from "@chancery/api";
import swagger from "@fastify/swagger";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { z } from "zod";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { MalformedCursor } from "../../engine/database/page.ts";
import type { Log } from "../log.ts";
import { problemOfRefusal } from "../problem.ts";
import { Refusal } from "../../service/refusal.ts";
import { type IdempotencyStore, replayed } from "./idempotency.ts";
import type { Caller, Handlers } from "./handler.ts";
import { methodsOf, openApiOptions } from "./openapi.ts";

export type HttpOptions = {
  handlers: Handlers;
  /** Throws Refusal `unauthorized` or `forbidden`. */
  authenticate(token: string | undefined, tenant: string | undefined): Promise<Caller>;
  idempotency: IdempotencyStore;
  metrics(): Promise<string>;
  /** Roles that do not listen at this moment. */
  rolesDown(): readonly string[];
  /** Why this Chancery is not ready to serve; empty when it is. */
  notReady(): Promise<string[]>;
  version: string;
  log: Log;
};

const bodyBytesMax = 16 * 1024 * 1024;

/** The HTTP API: every row of the route table, OpenAPI, health and metrics. Not yet listening. */
export async function httpServer(options: HttpOptions): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: bodyBytesMax,
    routerOptions: { maxParamLength: 300 },
    forceCloseConnections: true,
    // What is wrong before a route is found: an escape that is no character, headers too long, bytes that are no HTTP.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, toProblem(error, options.log)),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, toProblem(error, options.log)));
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsOf(request.url.split("?")[0]!);
    if (methods.length === 0)
      return sendProblem(reply, problem(404, "not-found", "There is no such resource; /openapi.json lists them"));
    void reply.header("allow", methods.join(", "));
    return sendProblem(reply, problem(405, "method-not-allowed", `This resource takes ${methods.join(", ")}`));
  });
  readBodies(app);
  await app.register(swagger, openApiOptions(options.version));
  for (const name of Object.keys(routes) as RouteName[]) register(app, name, routes[name], options);
  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  app.get("/healthz", { schema: { hide: true } }, async (_request, reply) => {
    const down = options.rolesDown();
    if (down.length > 0) void reply.code(503);
    return down.length === 0 ? { status: "ok" } : { status: "down", down };
  });
  app.get("/readyz", { schema: { hide: true } }, async (_request, reply) => {
    const reasons = await options.notReady();
    if (reasons.length > 0) void reply.code(503);
    return { status: reasons.length === 0 ? "ready" : "not ready", reasons };
  });
  app.get("/metrics", { schema: { hide: true } }, async (_request, reply) =>
    reply.type("text/plain; version=0.0.4").send(await options.metrics()),
  );
  return app;
}

function register(app: FastifyInstance, name: RouteName, route: Route, options: HttpOptions): void {
  const { method, path, summary, params, query, body, answer } = route;
  app.route({
    method,
    url: path,
    schema: {
      operationId: name,
      summary,
      tags: [path.split("/")[2]!],
      ...(route.public && { security: [] }),
      ...(params && { params }),
      ...(query && { querystring: query }),
      ...(body && { body }),
      headers: method === "POST" ? postHeaders : commonHeaders,
      response: { 200: answer, default: refused },
    },
    handler: async (request, reply) => {
      const caller = route.public
        ? nobody
        : await options.authenticate(bearerOf(request), headerOf(request, "chancery-tenant"));
      const input = {
        params: request.params as Record<string, string>,
        query: (request.query ?? {}) as Record<string, unknown>,
        body: request.body,
        ifMatch: headerOf(request, "if-match")?.replace(/^(?:W\/)?"(.*)"$/, "$1"),
      };
      const run = (): Promise<unknown> => options.handlers[name](caller, input);
      const key = method === "POST" ? headerOf(request, "idempotency-key") : undefined;
      return key === undefined
        ? run()
        : replayed(
            options.idempotency,
            {
              key,
              caller,
              operation: `${caller.admin ? "operator" : "tenant"} ${name} ${request.url}`,
              body: request.body,
            },
            run,
            reply,
          );
    },
  });
}

const refused = {
  description: "refused, or not possible now (RFC 9457)",
  content: { "application/problem+json": { schema: problemSchema } },
};

/** Bodies are JSON and nothing else. A client that names the type of a body that it does not send is understood. */
function readBodies(app: FastifyInstance): void {
  const readJson = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) =>
    body.length === 0 ? done(null, undefined) : readJson(request, body as string, done),
  );
}

/** Who asks for what is public. */
const nobody: Caller = { tenantId: "", tenantName: "", admin: false, tokenId: "nobody" };

const commonHeaders = z.looseObject({
  "chancery-tenant": z.string().optional().describe("the tenant to act for; a tenant's token needs none"),
});
const postHeaders = commonHeaders.extend({
  "idempotency-key": z
    .string()
    .max(255)
    .optional()
    .describe("the same request again under this key is done once; kept 24 h"),
});

const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
};
const bearerOf = (request: FastifyRequest): string | undefined => {
  const value = headerOf(request, "authorization");
  return value?.slice(0, 7).toLowerCase() === "bearer " ? value.slice(7).trim() : undefined;
};

const problem = (status: number, code: string, detail: string): Problem => ({
  type: `urn:chancery:problem:${code}`,
  title: titles[status] ?? STATUS_CODES[status]!,
  status,
  code,
  detail,
});

/** What is wrong with a request before it is any of ours, in the words that its refusals have too. */
const titles: Record<number, string> = {
  400: "The request cannot be understood",
  404: "There is no such thing",
  405: "This cannot be done here",
  413: "The request is too long",
  415: "Only JSON is understood",
  500: "Something went wrong here",
};
const codes: Record<number, string> = { 413: "too-long", 415: "not-json" };

const databaseAway = new Refusal("temporarily-unavailable", "the database cannot be used now; try again", {
  retryAfterSeconds: 5,
});

function toProblem(error: unknown, log: Log): Problem {
  if (error instanceof Refusal) return problemOfRefusal(error);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const where = error.validation.map(
      ({ instancePath, message }) => `${instancePath.replaceAll("/", ".").slice(1) || "body"}: ${message}`,
    );
    return problemOfRefusal(new Refusal("invalid-input", where.join("; ")));
  }
  if (error instanceof MalformedCursor)
    return problemOfRefusal(
      new Refusal("invalid-input", "after: this is no cursor of this list; take next of the page before"),
    );
  if (error instanceof DatabaseUnavailable) {
    log.warn({ problem: error.message }, "a request found the database away");
    return problemOfRefusal(databaseAway);
  }
  const status = (error as { statusCode?: number }).statusCode;
  if (status !== undefined && status < 500)
    return problem(status, codes[status] ?? "invalid-input", (error as Error).message);
  log.error({ error: (error as Error).stack ?? String(error) }, "a request failed");
  return problem(500, "internal-error", "Something went wrong here; the log says what");
}

/** The parser of HTTP gave up on this connection; there is no request to answer through. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ""] ?? 400;
  const body = JSON.stringify(problem(status, "invalid-input", "this is no HTTP request that can be read"));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const sendProblem = (reply: FastifyReply, body: Problem): FastifyReply => {
  if (body.retryAfterSeconds !== undefined) void reply.header("retry-after", Math.ceil(body.retryAfterSeconds));
  if (body.status === 401) void reply.header("www-authenticate", "Bearer");
  return reply.code(body.status).type("application/problem+json").serializer(JSON.stringify).send(body);
};
