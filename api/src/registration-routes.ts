import { z } from "zod";
import { domainName, page, route } from "./route.ts";

const timeOrNull = z.int().nullable();

/** What is known of the registration of a domain that a zone of ours is in. */
export const registrationSchema = z.object({
  name: z.string(),
  expiresAt: timeOrNull.describe("null: nobody says"),
  source: z
    .enum(["registry", "operator", "setting"])
    .nullable()
    .describe("who says so: the registry by RDAP, a word by hand, or delegation.held_zone_registered_until"),
  knownAt: timeOrNull.describe("when that was said"),
  problem: z.string().nullable().describe("why the registry said nothing when it was asked last"),
});
export type Registration = z.infer<typeof registrationSchema>;

/** The domains of ours that names are held in for others. */
export const registrationRoutes = {
  listRegistrations: route({
    method: "GET",
    path: "/v1/registrations",
    summary: "List the domains in which names are held for others, and until when they are registered",
    answer: page(registrationSchema),
  }),
  tellRegistration: route({
    method: "PUT",
    path: "/v1/registrations/:name",
    summary: "Say by hand until when such a domain is registered",
    params: z.object({ name: domainName }),
    body: z.object({ expiresOn: z.iso.date() }),
    answer: registrationSchema,
  }),
};
