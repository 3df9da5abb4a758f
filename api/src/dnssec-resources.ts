import { z } from "zod";

/** Epoch seconds. */
const time = z.int().describe("epoch seconds");
const timeOrNull = time.nullable();

export const signingModes = ["online", "presigned"] as const;
/** How a zone is signed, and what its parent has to do. */
export const zoneDnssecSchema = z.object({
  origin: z.string(),
  state: z.enum(["unsigned", "signed", "giving-up"]).describe("giving-up: stays signed until no DS record is left"),
  mode: z.enum(signingModes).nullable(),
  algorithm: z.int().nullable(),
  keys: z.array(
    z.object({
      role: z.enum(["ksk", "zsk"]),
      keyTag: z.int(),
      algorithm: z.int(),
      phase: z.enum(["generated", "published", "ready", "active", "retired", "withdrawing", "removed", "destroyed"]),
      since: time,
    }),
  ),
  ds: z.object({
    act: z
      .enum(["wait", "publish", "replace", "remove", "done", "none"])
      .describe("what the owner of the parent zone does"),
    reason: z.string(),
    record: z
      .object({
        text: z.string().describe("as in a zone file"),
        keyTag: z.int(),
        algorithm: z.int(),
        algorithmName: z.string(),
        digestType: z.int(),
        digest: z.string(),
        flags: z.int(),
        publicKey: z.string().describe("base64, for registrars that make the digest themselves"),
      })
      .nullable(),
  }),
  waits: z.array(z.object({ reason: z.string(), keyTag: z.int().nullable(), until: timeOrNull })),
  alarms: z.array(z.string()).describe("what is wrong, with what to do"),
  lookedAt: timeOrNull.describe("when all servers were asked last"),
});
export type ZoneDnssec = z.infer<typeof zoneDnssecSchema>;
