import { z } from "zod";

/** One operation of the API. `answer` is the body of its 200. */
export type Route = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  summary: string;
  /** Whoever asks is answered, without a token; absent: a token is needed. */
  public?: true;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  answer: z.ZodType;
};

export const route = <const R extends Route>(row: R): R => row;

export const pageQuery = z.object({
  after: z.string().optional().describe("the cursor of the page before"),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });
export const domainName = z
  .string()
  .min(1, { error: "a domain name is expected" })
  .max(255, { error: "a domain name has 253 characters at most" });
export const domainParams = z.object({ domain: domainName });
export const tenantName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
export const nothing = z.object({});
