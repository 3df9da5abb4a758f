import { z } from "zod";
import { signingModes, zoneDnssecSchema } from "./dnssec-resources.ts";
import { domainName, route } from "./route.ts";

/** Signed zones. */
export const dnssecRoutes = {
  showZoneDnssec: route({
    method: "GET",
    path: "/v1/zones/:origin/dnssec",
    summary: "Show how a zone is signed, its keys, and the DS record for its parent",
    params: z.object({ origin: domainName }),
    answer: zoneDnssecSchema,
  }),
  enableZoneDnssec: route({
    method: "PUT",
    path: "/v1/zones/:origin/dnssec",
    summary: "Have a zone signed, or signed in another way",
    params: z.object({ origin: domainName }),
    body: z.object({
      algorithm: z.int().optional().describe("13 (ECDSA P-256, the default) or 15 (Ed25519)"),
      mode: z.enum(signingModes).optional().describe("absent: presigned where there are secondaries, else online"),
    }),
    answer: zoneDnssecSchema,
  }),
  disableZoneDnssec: route({
    method: "DELETE",
    path: "/v1/zones/:origin/dnssec",
    summary: "Have a zone give up being signed, once its DS record is gone",
    params: z.object({ origin: domainName }),
    answer: zoneDnssecSchema,
  }),
  rollZoneKey: route({
    method: "POST",
    path: "/v1/zones/:origin/dnssec/rolls",
    summary: "Have a key of a zone replaced",
    params: z.object({ origin: domainName }),
    body: z.object({ role: z.enum(["ksk", "zsk"]) }),
    answer: zoneDnssecSchema,
  }),
};
