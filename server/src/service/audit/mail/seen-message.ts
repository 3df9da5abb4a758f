import { verify, type ResolveTxt, type Verification } from "chancery/dkim";
import { parseDomain, type HeaderField } from "chancery/mail";
import type { MethodResult } from "chancery/authres";
import type { SmtpFacts } from "../../../engine/mail-authentication/spf.ts";
import type { Lookup } from "../../../engine/resolver/resolution.ts";
import { txtResolver } from "../../../engine/resolver/resolve-txt.ts";
import type { SeenMessage, SeenSignature, SeenSpf } from "../../../model/audit/evidence/mail.ts";
import { type Aligner, alignerBy } from "../alignment.ts";
import { askedOnce, type CheckSpfOnce, spfOnce } from "../asked-once.ts";
import { pathOf, timeOf } from "./message-path.ts";
import { isBulk, presentFieldsOf, staysWithinOrganization, unsubscribeOf } from "./message-signs.ts";
import { propertyOf, receiverResults } from "./receiver-results.ts";
import { signatureTold } from "./signature-told.ts";

/** What it takes to look at messages; what is asked of DNS is shared by all of them. `now`: epoch seconds. */
export type LookAt = { checkSpf: CheckSpfOnce; resolveTxt: ResolveTxt; aligner: Aligner; now: number };

export function lookAtBy(lookup: Lookup, now: number): LookAt {
  const resolveTxt = askedOnce(txtResolver(lookup));
  return { checkSpf: spfOnce(lookup), resolveTxt, aligner: alignerBy(resolveTxt), now };
}

/** Looks at one message as a receiver does, and as its receiver did. */
export async function seeMessage(
  file: string,
  { octets, header, authorDomain }: { octets: Uint8Array; header: readonly HeaderField[]; authorDomain: string },
  { checkSpf, resolveTxt, aligner, now }: LookAt,
): Promise<SeenMessage> {
  const written = receiverResults(header);
  const { received, at } = timeOf(header);
  const { path, smtp } = pathOf(header);
  // A signature is judged as of when the message came: it may well have expired since.
  const verifications = await verify(octets, { resolveTxt, now: Math.min(received ?? now, now) });
  const signatures: SeenSignature[] = [];
  for (const verification of verifications)
    signatures.push(await signatureOf(verification, written?.results ?? [], authorDomain, aligner));
  const spfWord = spfTold(written?.results ?? []);
  const checked = spfWord ?? (smtp && (await spfNow(smtp, checkSpf)));
  return {
    file,
    at,
    authorDomain,
    signatures,
    spf: checked && { ...checked, aligned: (await aligner.compare("spf", authorDomain, checked.domain)).aligned },
    receiver: written?.receiver,
    path,
    withinOrganization: staysWithinOrganization(header),
    presentFields: presentFieldsOf(header),
    unsubscribe: unsubscribeOf(header),
    bulk: isBulk(header),
  };
}

async function signatureOf(
  verification: Verification,
  results: readonly MethodResult[],
  authorDomain: string,
  aligner: Aligner,
): Promise<SeenSignature> {
  const { signingDomain, selector, algorithm, identity, result, reason, detail, testing } = verification;
  const told = signatureTold(verification, results);
  return {
    signingDomain,
    selector,
    algorithm,
    identity,
    ...(await aligner.compare("dkim", authorDomain, signingDomain)),
    standing: standingOf(result, told),
    now: { result, reason, detail },
    told,
    testing,
    bodyLength: verification.bodyLength,
    uncoveredOctets: verification.uncoveredOctets,
    timestamp: verification.timestamp,
    expiration: verification.expiration,
    signedFields: verification.signedFields,
  };
}

/** One pass is a pass: a signature cannot verify by mistake, and what a receiver saw no later loss of a key undoes. */
function standingOf(now: string, told: string | undefined): SeenSignature["standing"] {
  if (now === "pass" || told === "pass") return "pass";
  if (told !== undefined && told !== "temperror" && told !== "none") return "fail";
  return now === "temperror" ? "unknown" : "fail";
}

type Spf = Omit<SeenSpf, "aligned">;

function spfTold(results: readonly MethodResult[]): Spf | undefined {
  const spf = results.find(({ method }) => method === "spf");
  if (spf === undefined) return undefined;
  const mailFrom = propertyOf(spf, "smtp", "mailfrom");
  if (mailFrom === undefined) return undefined;
  const domain = parseDomain(mailFrom.slice(mailFrom.lastIndexOf("@") + 1));
  return { result: spf.result, domain: domain.ok ? domain.value : undefined, source: "told" };
}

async function spfNow(smtp: SmtpFacts, checkSpf: CheckSpfOnce): Promise<Spf | undefined> {
  const checked = await checkSpf(smtp);
  if (checked === undefined) return undefined;
  const parsed = parseDomain(checked.domain);
  return { result: checked.result, domain: parsed.ok ? parsed.value : undefined, source: "now" };
}
