import type { RouteName } from "@chancery/api";
import { routes, type Route } from "@chancery/api";
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";

type TransformObject = NonNullable<FastifyDynamicSwaggerOptions["transformObject"]>;
type Operation = { operationId?: string; requestBody?: { required?: boolean } };

/** How the OpenAPI document is made of the route table. */
export const openApiOptions = (version: string): FastifyDynamicSwaggerOptions => ({
  openapi: {
    openapi: "3.1.0",
    info: {
      title: "Chancery",
      version,
      description: "DKIM delegation: domains, records, keys, rotations, zones",
    },
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    security: [{ bearer: [] }],
  },
  transform: jsonSchemaTransform,
  transformObject: (document) => withOptionalBodies(jsonSchemaTransformObject(document)),
});

/** A body that may be left out is one that is not required: the schema alone does not say so. */
function withOptionalBodies(document: ReturnType<TransformObject>): ReturnType<TransformObject> {
  for (const path of Object.values(document.paths ?? {}))
    for (const operation of Object.values(path ?? {}) as Operation[]) {
      const route: Route | undefined = routes[operation.operationId as RouteName];
      if (operation.requestBody !== undefined && route?.body?.safeParse(undefined).success === true)
        operation.requestBody.required = false;
    }
  return document;
}

const patterns = Object.values(routes).map(({ method, path }) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`),
}));

/** The methods that a path of the API takes; none: there is no such path. */
export function methodsOf(path: string): string[] {
  const found = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  return [...new Set(found.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
}
