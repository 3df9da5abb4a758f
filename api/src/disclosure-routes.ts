import { z } from "zod";
import { domainName, domainParams, page, pageQuery, route } from "./route.ts";

const disclosedKeySchema = z.object({
  domain: z.string(),
  selector: z.string(),
  name: z.string(),
  algorithm: z.string(),
  record: z.string().describe("the key record as it was"),
  privateKey: z.string().describe("the private half: PKCS#8, PEM"),
  disclosedAt: z.int(),
});

/** Private halves of keys that nobody has to believe any more. */
export const disclosureRoutes = {
  listDisclosedKeys: route({
    method: "GET",
    path: "/v1/disclosed-keys",
    summary: "The private halves of withdrawn keys that were made public; needs no token",
    public: true,
    query: pageQuery.extend({ domain: domainName }),
    answer: page(disclosedKeySchema),
  }),
  setDisclosure: route({
    method: "PUT",
    path: "/v1/domains/:domain/disclosure",
    summary:
      "Say whether the private halves of this domain's withdrawn keys are made public after their time; null: as the policy of its tenant, or rotation.disclose, says",
    params: domainParams,
    body: z.object({ disclose: z.boolean().nullable() }),
    answer: z.object({ domain: z.string(), disclose: z.boolean().nullable() }),
  }),
};
