import { generateKeyPairSync } from "node:crypto";
import type { TracedChain } from "../../../traced-chain.ts";
import { type AuditContext, type AuditFinding, type Check, defaultAuditPolicy } from "../../check.ts";
import type { AuditEvidence, SelectorEvidence } from "../../evidence.ts";
import { nothingExpected } from "../../expectations.ts";
import type { MailEvidence, SeenMessage, SeenSignature } from "../../evidence/mail.ts";
import type { ReportEvidence } from "../../evidence/reports.ts";
import type { SeenSelector } from "../../evidence/seen-selector.ts";

/** Evidence for tests of what mail and reports show: all in order, but for what a test says. */

export const domain = "customer.example";
export const now = 1_795_305_600;
export const day = 86_400;
export const context: AuditContext = { policy: defaultAuditPolicy };

export const signature = (changes: Partial<SeenSignature> = {}): SeenSignature => ({
  signingDomain: domain,
  selector: "s1",
  algorithm: "rsa-sha256",
  identity: `@${domain}`,
  alignment: "strict",
  aligned: "yes",
  standing: "pass",
  now: { result: "pass", reason: undefined, detail: undefined },
  told: undefined,
  testing: false,
  bodyLength: undefined,
  uncoveredOctets: 0,
  timestamp: now - 100,
  expiration: undefined,
  signedFields: ["from", "to", "subject", "date", "message-id"],
  ...changes,
});

export const unalignedSignature = (signingDomain: string, changes: Partial<SeenSignature> = {}): SeenSignature =>
  signature({ signingDomain, alignment: "none", aligned: "no", ...changes });

export const failing = (reason: string, changes: Partial<SeenSignature> = {}): SeenSignature =>
  signature({ standing: "fail", now: { result: "fail", reason, detail: `it fails: ${reason}` }, ...changes });

export const message = (changes: Partial<SeenMessage> = {}): SeenMessage => ({
  file: "inbox.mbox, message 1",
  at: now,
  authorDomain: domain,
  signatures: [signature()],
  spf: undefined,
  receiver: undefined,
  path: { returnPath: "bounces.example.net", client: "out.example.net", clientIp: "192.0.2.1" },
  withinOrganization: false,
  presentFields: ["from", "to", "subject", "date", "message-id", "mime-version", "content-type"],
  unsubscribe: { uris: undefined, oneClick: undefined },
  bulk: false,
  ...changes,
});

export const seenSelector = (selector: string, changes: Partial<SeenSelector> = {}): SeenSelector => ({
  signingDomain: domain,
  selector,
  firstSeen: now - day,
  lastSeen: now,
  messages: 10,
  passed: 10,
  authenticated: 10,
  ...changes,
});

export const mail = (messages: readonly SeenMessage[], changes: Partial<MailEvidence> = {}): MailEvidence => ({
  organizationalDomain: domain,
  messages,
  otherMessages: 0,
  selectors: [],
  unread: [],
  ...changes,
});

export const reports = (changes: Partial<ReportEvidence> = {}): ReportEvidence => ({
  reports: [],
  duplicates: 0,
  begin: now - day,
  end: now,
  messages: 10,
  otherMessages: 0,
  authorDomains: [{ domain, messages: 10, byDkim: 10, bySpfAlone: 0, neither: 0 }],
  signatures: [],
  sources: [],
  selectors: [],
  unread: [],
  ...changes,
});

const { publicKey } = generateKeyPairSync("ed25519");
const keyText = `v=DKIM1; k=ed25519; p=${Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url").toString("base64")}`;

/** A selector that leads to a sound key, through aliases where targets are given. */
export function selector(name: string, ...targets: string[]): SelectorEvidence {
  const keyName = `${name}._domainkey.${domain}`;
  const names = [keyName, ...targets];
  const chain: TracedChain = {
    aliases: targets.map((target, at) => ({ name: names[at]!, target, ttlSeconds: 300 })),
    finalName: names.at(-1)!,
    outcome: "present",
    texts: [{ text: keyText, ttlSeconds: 300 }],
  };
  return { selector: name, keyName, sources: ["given"], chain };
}

export const evidence = (changes: Partial<AuditEvidence> = {}): AuditEvidence => ({
  domain,
  at: now,
  dns: "file",
  selectors: [],
  discovery: { domainkeyNode: "exists", namesTried: 0 },
  expectations: nothingExpected,
  ...changes,
});

/** What a check finds; its state, where it finds nothing. */
export function found(
  check: Check,
  seen: Partial<AuditEvidence>,
  with_: AuditContext = context,
): AuditFinding[] | string {
  const outcome = check.look(evidence(seen), with_);
  return "findings" in outcome ? [...outcome.findings] : outcome.state;
}
