import { z } from "zod";

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
  createdAt: time,
});
export type Sender = z.infer<typeof senderSchema>;

/** The delegation methods that this version can take. */
export const methods = ["cname-ring", "ns-branch"] as const;
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
});
export type CustomerRecord = z.infer<typeof recordSchema>;

export const domainStatuses = ["pending", "valid", "degraded", "failed", "unknown"] as const;
export const claimStates = ["pending", "verified", "suspended", "released"] as const;
export const severities = ["critical", "high", "medium", "low", "info"] as const;

export const findingSchema = z.object({
  code: z.string(),
  severity: z.enum(severities),
  subject: z.string(),
  summary: z.string(),
  evidence: z.array(z.string()),
  remedy: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;

export const domainSchema = z.object({
  domain: z.string(),
  tenant: z.string(),
  method: methodSchema,
  status: z.enum(domainStatuses),
  claim: z.enum(claimStates),
  createdAt: time,
  records: z.array(recordSchema),
  findings: z.array(findingSchema),
});
export type Domain = z.infer<typeof domainSchema>;

/** A key of a domain: its phase is computed from what was recorded about it. */
export const keySchema = z.object({
  id: z.string(),
  domain: z.string(),
  selector: z.string(),
  name: z.string().describe("the key name, <selector>._domainkey.<domain>"),
  target: z.string().describe("where the key record stands in our zone"),
  role: z.enum(["primary", "second"]),
  algorithm: z.string(),
  bits: z.int(),
  phase: z.string(),
  since: time,
  waitsFor: z.string().nullable(),
  waitsUntil: timeOrNull,
  blocked: z.string().nullable(),
  record: z.string(),
  fingerprint: z.string().describe("SHA-256 of the public key (SubjectPublicKeyInfo), hexadecimal"),
});
export type Key = z.infer<typeof keySchema>;

export const rotationSchema = z.object({
  id: z.string(),
  domain: z.string(),
  reason: z.string(),
  requestedAt: time,
  step: z.string(),
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
  lookedAt: timeOrNull.describe("when all servers were asked last"),
});
export type ZoneDnssec = z.infer<typeof zoneDnssecSchema>;

export const nameServerSchema = z.object({
  node: z.string().describe("as NSID tells it"),
  version: z.string(),
  listen: z.string(),
  state: z.enum(["up", "silent"]).describe("silent: no report for a minute"),
  startedAt: time,
  at: time.describe("of the last report"),
  zones: z.int(),
  notReady: z.array(z.string()).describe("zones that cannot be served; at most a hundred"),
  queries: z.object({ udp: z.int(), tcp: z.int(), dropped: z.int(), slipped: z.int() }),
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
