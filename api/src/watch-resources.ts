import { z } from "zod";
import { findingSchema, severities } from "./resources.ts";

/** Epoch seconds. */
const time = z.int().describe("epoch seconds");
const timeOrNull = time.nullable();

export const watchStandings = ["proven", "pending", "lapsed"] as const;

/** A domain that is looked at again and again. */
export const watchSchema = z.object({
  domain: z.string(),
  tenant: z.string(),
  standing: z
    .enum(watchStandings)
    .describe(
      "pending: the proof below has to be published within 14 days; lapsed: it was not, and nothing is looked at",
    ),
  resting: z.enum(["unproven", "budget"]).nullable().describe("why it was not looked at when it was due"),
  intervalSeconds: z.int(),
  selectors: z.array(z.string()).describe("selectors that the owner says have to be there"),
  proof: z.object({ name: z.string(), type: z.string(), data: z.string(), seenAt: timeOrNull }),
  createdAt: time,
  lookedAt: timeOrNull.describe("the last look"),
  knownAt: timeOrNull.describe("the last look that was answered"),
  dueAt: time.describe("the next look"),
  score: z.int().nullable(),
  open: z.record(z.enum(severities), z.int()).describe("open findings by severity"),
  suspected: z.int().describe("findings seen once, which a second look has to confirm"),
});
export type Watch = z.infer<typeof watchSchema>;

export const findingStates = ["open", "suspected", "closed"] as const;
/** A finding over time. Suspected: a second look has to confirm it. */
export const trackedFindingSchema = findingSchema.extend({
  domain: z.string(),
  state: z.enum(findingStates),
  check: z.string(),
  symptoms: z.string(),
  commands: z.array(z.string()),
  firstSeenAt: timeOrNull.describe("null: of a delegation, whose findings are told as they were last seen"),
  lastSeenAt: timeOrNull,
  openedAt: timeOrNull,
  closedAt: timeOrNull,
  openings: z.int().describe("how often it opened"),
});
export type TrackedFinding = z.infer<typeof trackedFindingSchema>;

/** A selector of the inventory. */
export const selectorSchema = z.object({
  domain: z.string(),
  selector: z.string(),
  keyName: z.string(),
  state: z.enum(["present", "absent"]),
  since: time.describe("when that state began"),
  firstSeenAt: timeOrNull.describe("null: it was never there"),
  lastSeenAt: timeOrNull,
  lookedAt: time.describe("the last look that was answered"),
  sources: z.array(z.string()).describe("how it came to be known"),
  publishedAs: z.enum(["alias", "text"]).nullable(),
  provider: z.string().nullable().describe("who holds the private key, as far as the chain tells"),
  keyType: z.string().nullable(),
  bits: z.int().nullable(),
  fingerprint: z.string().nullable().describe("SHA-256 of the public key (SubjectPublicKeyInfo), hexadecimal"),
});
export type Selector = z.infer<typeof selectorSchema>;

/** What stood at a key name from one look to another. */
export const observationSchema = z.object({
  domain: z.string(),
  name: z.string(),
  turn: z.int().describe("1 is what was seen there first"),
  outcome: z.enum(["present", "absent"]),
  aliases: z.array(z.object({ name: z.string(), target: z.string() })),
  texts: z.array(z.string()),
  fingerprint: z.string().nullable(),
  firstSeenAt: time,
  lastSeenAt: time,
  looks: z.int().describe("how many looks saw exactly this"),
});
export type Observation = z.infer<typeof observationSchema>;

/** Something that changed. `detail` depends on the kind. */
export const watchEventSchema = z.object({
  id: z.int().describe("rises"),
  domain: z.string(),
  at: time,
  kind: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
});
export type WatchEvent = z.infer<typeof watchEventSchema>;
