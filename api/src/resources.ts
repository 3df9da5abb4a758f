import { z } from "zod";
import { registrationSchema } from "./registration-routes.ts";

/** Epoch seconds. */
const time = z.int().describe("epoch seconds");
const timeOrNull = time.nullable();

export const tenantSchema = z.object({ id: z.string(), name: z.string(), createdAt: time });
export type Tenant = z.infer<typeof tenantSchema>;

/** A token as it is listed: what it opens is shown once, when it is made. */
export const tokenSchema = z.object({
  id: z.string(),
  tenant: z.string().nullable().describe("null: acts for every tenant"),
  name: z.string(),
  createdAt: time,
  revokedAt: timeOrNull,
});
export type Token = z.infer<typeof tokenSchema>;

export const senderKinds = ["smtp", "milter"] as const;
export const senderSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  kind: z.enum(senderKinds),
  name: z.string().describe("SMTP login, or the address of a milter peer"),
  stream: z.string().nullable().describe("what its mail is signed under; null: the default stream"),
  createdAt: time,
});
export type Sender = z.infer<typeof senderSchema>;

/** The delegation methods that this version can take. */
export const methods = [
  "cname-ring",
  "cname-series",
  "cname-chain",
  "ns-branch",
  "ns-subdomain",
  "ns-domainkey",
  "third-party-domain",
  "txt",
  "customer-key",
] as const;
export const methodSchema = z.enum(methods);

export const recordStates = ["present", "absent", "wrong", "unknown"] as const;
/** One record that the customer publishes, with what was last seen of it. Names carry no final dot. */
export const recordSchema = z.object({
  name: z.string(),
  type: z.string(),
  ttl: z.int(),
  data: z.string(),
  purpose: z.string(),
  state: z.enum(recordStates),
  found: z.array(z.string()).optional().describe("what stands there instead"),
  remedy: z.string().optional().describe("what to do"),
  checkedAt: timeOrNull.optional(),
  need: z
    .enum(["now", "wanted", "later", "leaving", "removable"])
    .optional()
    .describe(
      "while the domain moves to another method: mail depends on the record; the move waits for it; it is to be published when the old delegation goes; it is needed until the old keys are withdrawn; it can go",
    ),
  note: z.string().optional().describe("the same in words"),
  stream: z.string().optional().describe("absent: of the default stream, or of the whole domain"),
});
export type CustomerRecord = z.infer<typeof recordSchema>;

export const domainStatuses = ["pending", "valid", "degraded", "failed", "unknown"] as const;
export const claimStates = ["pending", "verified", "suspended", "released"] as const;
const proof = z.enum(["challenge", "operator"]).describe("what the claim rests on: a record, or the operator's word");
export const severities = ["critical", "high", "medium", "low", "info"] as const;

export const findingSchema = z.object({
  code: z.string(),
  severity: z.enum(severities),
  subject: z.string(),
  summary: z.string(),
  evidence: z.array(z.string()),
  remedy: z.string(),
  seenAt: time.optional().describe("when it was last seen; absent: it follows from what is recorded, not from a look"),
});
export type Finding = z.infer<typeof findingSchema>;

/** How mail with a From will stand to DMARC once it is signed. */
export const forecastSchema = z.object({
  from: z.string(),
  signingDomain: z.string(),
  alignment: z.enum(["strict", "relaxed", "none", "unknown"]),
  adkim: z.enum(["strict", "relaxed"]).nullable(),
  aligned: z.enum(["yes", "no", "unknown"]),
  text: z.string(),
});

/** Something to think of before a delegation is made. It hinders nothing. */
export const warningSchema = z.object({
  code: z.string(),
  subject: z.string(),
  summary: z.string(),
  seen: z.array(z.string()),
  remedy: z.string(),
});

const dnsAsked = z.enum(["asked", "unavailable", "not-asked"]).describe("whether the domain's DNS could be asked");

/** The delegation methods compared, the recommended one first. */
export const adviceSchema = z.object({
  domain: z.string().nullable(),
  dns: dnsAsked,
  recommended: methodSchema,
  methods: z.array(
    z.object({
      method: methodSchema,
      fits: z.enum(["yes", "with-care", "no"]),
      pros: z.array(z.string()),
      cons: z.array(z.string()),
      work: z.string().describe("what the customer does"),
      control: z.string().describe("who controls what"),
      portability: z.string().describe("what it takes to leave"),
      visible: z.string().describe("what the world sees"),
    }),
  ),
});
export type MethodComparison = z.infer<typeof adviceSchema>;

/** A domain's move from one delegation method to another. */
export const moveSchema = z.object({
  from: methodSchema,
  to: methodSchema,
  stage: z.enum(["requested", "asked", "delegated", "aborted", "settled", "gone", "unknown"]),
  requestedAt: time,
  since: time.describe("when the stage began"),
  parts: z.array(
    z.object({ who: z.enum(["customer", "chancery"]), what: z.string(), state: z.enum(["done", "now", "later"]) }),
  ),
  next: z.string().describe("what the customer does next"),
  waitsFor: z.array(z.string()).describe("why it does not go on: each wait with its reason, and until when"),
});
export type DomainMove = z.infer<typeof moveSchema>;

export const domainSchema = z.object({
  domain: z.string(),
  tenant: z.string(),
  method: methodSchema,
  status: z.enum(domainStatuses),
  claim: z.enum(claimStates),
  proof,
  locked: z.boolean().describe("whether others are kept from claiming names below it"),
  createdAt: time,
  records: z.array(recordSchema),
  findings: z.array(findingSchema),
  signingDomain: z.string().describe("the d= of its signatures"),
  customerZone: z
    .object({ name: z.string(), nameServers: z.array(z.string()) })
    .nullable()
    .describe("where the customer publishes, as last seen; null: nobody has looked, or nothing is published"),
  registration: registrationSchema.nullable().describe("of the domain of ours that it signs as a name in; else null"),
  move: moveSchema.nullable().describe("null: the domain is not on the move to another method"),
  notes: z.array(z.string()).describe("what to know before anything is published: what moves, and what does not"),
  otherSelectors: z
    .array(
      z.object({
        selector: z.string(),
        state: z.enum(["present", "absent", "unknown"]).describe("at the last look"),
        records: z.array(z.object({ name: z.string(), type: z.string(), ttl: z.int(), data: z.string() })),
      }),
    )
    .optional()
    .describe("selectors of others that are taken over before the delegation hides them"),
});
export type Domain = z.infer<typeof domainSchema>;

/** A domain as it was just added, with what is known before anything is published. */
export const addedDomainSchema = domainSchema.extend({
  dns: dnsAsked,
  forecast: z.array(forecastSchema),
  warnings: z.array(warningSchema),
  advice: adviceSchema.optional().describe("where the method was left to Chancery"),
});
export type AddedDomain = z.infer<typeof addedDomainSchema>;

/** A key of a domain: its phase is computed from what was recorded about it. */
export const keySchema = z.object({
  id: z.string(),
  domain: z.string(),
  stream: z.string().nullable().describe("null: the default stream"),
  selector: z.string(),
  name: z.string().describe("the key name, <selector>._domainkey.<domain>"),
  target: z.string().describe("where the key record stands: in our zone, or in the customer's"),
  method: methodSchema.describe("the method it was made under"),
  origin: z
    .enum(["made", "shared", "hosted", "upstream"])
    .describe(
      "made here; or brought: shared, it may sign elsewhere too; hosted, it signs elsewhere only; upstream: never ours",
    ),
  keeper: z.enum(["us", "customer", "upstream"]).describe("who publishes its record"),
  role: z.enum(["primary", "second"]),
  algorithm: z.string(),
  bits: z.int(),
  phase: z.string(),
  since: time,
  waitsFor: z.string().nullable(),
  waitsUntil: timeOrNull,
  blocked: z.string().nullable(),
  record: z.string(),
  lastUsedAt: timeOrNull.describe("t= of the last signature that our signers told of; null: none"),
  signatures: z.int().describe("how many signatures our signers told of"),
  recentSignatures: z.int().describe("of these, in the last 14 days"),
  fingerprint: z.string().describe("SHA-256 of the public key (SubjectPublicKeyInfo), hexadecimal"),
});
export type Key = z.infer<typeof keySchema>;

export const rotationSchema = z.object({
  id: z.string(),
  domain: z.string(),
  stream: z.string().nullable().describe("null: the default stream"),
  reason: z.string(),
  requestedAt: time,
  step: z.string(),
  blocked: z.string().nullable().describe("what has to end before it can go on"),
  waitsFor: z.string().nullable(),
  waitsUntil: timeOrNull,
});
export type Rotation = z.infer<typeof rotationSchema>;

export const zoneSchema = z.object({
  origin: z.string(),
  kind: z.enum(["service", "delegated", "operator", "catalog"]),
  serial: z.int(),
  records: z.int(),
});
export type Zone = z.infer<typeof zoneSchema>;

const rrset = { name: z.string(), type: z.string(), ttl: z.int(), data: z.array(z.string()) };
const rrsetOrNull = z.object(rrset).nullable();
/** The records of one name and type. Names carry no final dot; data is as in a master file, names in it with the final dot. */
export const rrsetSchema = z.object({
  ...rrset,
  source: z
    .enum(["user", "import", "chancery"])
    .describe("who put it there: an operator or tenant, a zone file, or Chancery, which keeps it"),
});
export type Rrset = z.infer<typeof rrsetSchema>;

/** One thing to do in a zone. A put takes the place of the whole RRset; removing what is not there is no mistake. */
export const zoneChangeSchema = z.discriminatedUnion("do", [
  z.object({
    do: z.literal("put"),
    name: z.string().min(1).max(1024).describe("the whole name, or @ for the zone's own"),
    type: z.string().min(1).max(20),
    ttl: z.int().optional().describe("seconds; absent: as it is, else 3600"),
    data: z.array(z.string().max(70_000)).min(1).max(500).describe("each as in a master file"),
  }),
  z.object({ do: z.literal("remove"), name: z.string().min(1).max(1024), type: z.string().min(1).max(20) }),
]);

export const zoneDifferenceSchema = z.object({
  name: z.string(),
  type: z.string(),
  before: rrsetOrNull,
  after: rrsetOrNull,
});
export type ZoneDifference = z.infer<typeof zoneDifferenceSchema>;

/** What a change of a zone did, or would do. */
export const changedZoneSchema = z.object({
  origin: z.string(),
  serial: z.int().describe("that of the zone now; with nothing to do it stays"),
  changes: z.array(zoneDifferenceSchema),
  warnings: z.array(z.string()),
});
export type ChangedZone = z.infer<typeof changedZoneSchema>;

/** A way to make a usual set of records. */
export const zoneTemplateSchema = z.object({
  name: z.string(),
  about: z.string(),
  parameters: z.array(
    z.object({
      name: z.string(),
      about: z.string(),
      absent: z.string().nullable().describe("the value where none is given; null: it has to be given"),
    }),
  ),
  example: z.record(z.string(), z.string()).describe("values that work in the zone example.com"),
});
export type ZoneTemplate = z.infer<typeof zoneTemplateSchema>;

export const zoneProblemSchema = z.object({
  rule: z.string(),
  severity: z.enum(["error", "warning"]),
  name: z.string(),
  problem: z.string(),
  remedy: z.string(),
});
export type ZoneProblem = z.infer<typeof zoneProblemSchema>;
/** What one address of a secondary serves of our zones. */
export const zoneCopySchema = z.object({
  secondary: z.string(),
  address: z.string(),
  port: z.int(),
  state: z
    .enum(["current", "behind", "alarm"])
    .describe("alarm: behind for dns.lag_alarm seconds, or back at an old version"),
  answeredAt: time.optional(),
  silentSince: time.optional(),
  lagging: z.int().describe("zones that are not as they should be"),
  lagSeconds: z.int().describe("for how long the first of them has been so"),
  worst: z
    .array(
      z.object({
        origin: z.string(),
        problem: z.enum(["behind", "went-back", "ahead", "absent", "failing", "still-served"]),
        serial: z.int().optional().describe("what it should have; absent: the zone was removed"),
        seen: z.int().optional(),
        since: time,
      }),
    )
    .describe("the first twenty of them"),
});
export type ZoneCopy = z.infer<typeof zoneCopySchema>;

export const nameServerSchema = z.object({
  node: z.string().describe("as NSID tells it"),
  version: z.string(),
  listen: z.string(),
  state: z.enum(["up", "silent"]).describe("silent: no report for a minute"),
  startedAt: time,
  at: time.describe("of the last report"),
  zones: z.int(),
  notReady: z.array(z.string()).describe("zones that cannot be served; at most a hundred"),
  conflicts: z.array(z.string()).describe("zones kept as served, since the database is an older copy of them"),
  overrides: z.array(z.string()).describe("record sets overridden on the name server itself: NAME TYPE"),
  lost: z.string().nullable().describe("why nothing new is taken over until it is started again"),
  queries: z.object({ udp: z.int(), tcp: z.int(), dropped: z.int(), slipped: z.int() }),
  copies: z.array(zoneCopySchema).describe("what each address of each secondary serves"),
  visible: z
    .object({ lastSeconds: z.number().optional(), longestSeconds: z.number().optional() })
    .describe("how long the last change took to be at all of them, and the longest since the start"),
});
export type NameServer = z.infer<typeof nameServerSchema>;

export const zonePushSchema = z.object({
  target: z.string(),
  zone: z.string(),
  state: z.enum(["current", "behind", "failed"]),
  serial: z.int().nullable().describe("of our zone when it was last pushed whole"),
  pushedAt: timeOrNull,
  problem: z.string().nullable(),
});
export type ZonePush = z.infer<typeof zonePushSchema>;

export const checkSchema = z.object({
  check: z.string(),
  state: z.enum(["ok", "warning", "failed"]),
  detail: z.string(),
});
export type Check = z.infer<typeof checkSchema>;

const textOrNull = z.string().nullable();
const texts = z.array(z.string());
/** A provider of the catalogue. Patterns are those of catalogue/README.md; fingerprints SHA-256 of the SubjectPublicKeyInfo. */
export const providerSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["mailbox", "gateway", "forwarder", "sender", "product", "monitor"]),
  modes: z.array(z.enum(["cname", "txt", "ns"])).describe("how a customer lets it sign, the usual way first"),
  selectors: z.array(
    z.object({
      pattern: z.string(),
      common: z.boolean().describe("others use it too"),
      via: z.enum(["cname", "txt", "ns"]).nullable(),
    }),
  ),
  targets: z.array(z.object({ pattern: z.string(), example: z.string(), about: textOrNull })),
  aliasSets: z.array(texts).describe("selectors whose aliases belong together"),
  aliasesRequired: z.enum(["all", "not-known"]),
  standby: z.enum(["no-record", "revoked-key", "has-key", "not-known"]).describe("what is behind an idle alias"),
  keyHosts: texts,
  nameServers: texts,
  signsAs: texts.describe("d= of mail whose sender has set up no domain"),
  spfIncludes: texts,
  mailFrom: z.array(z.object({ label: textOrNull, type: z.enum(["CNAME", "MX"]), target: z.string() })),
  key: z.object({
    scope: z.enum(["per-customer", "all-customers", "customer-made", "not-known"]),
    rotation: z.enum(["provider", "provider-in-place", "on-request", "customer-publishes", "not-known"]),
    about: textOrNull,
  }),
  sharedKeys: z.array(z.object({ fingerprint: z.string(), selector: z.string(), seen: z.string() })),
  runsOn: texts.describe("providers through which it sends"),
  customDkim: textOrNull.describe("where signing as the own domain is switched on"),
  leaving: texts.describe("what to do on its side when leaving"),
  notes: texts,
  docs: textOrNull,
  evidence: z.object({ confidence: z.enum(["high", "medium", "low"]), checked: z.string(), sources: texts }),
});
export type Provider = z.infer<typeof providerSchema>;
