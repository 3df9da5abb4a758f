import { authorOf, splitMessage } from "chancery/mail";
import { kindOf } from "../../../engine/aggregate-reports/member.ts";
import { withCrlf } from "../../../engine/mail-files/line-ends.ts";
import type { SeenReport } from "../../../model/audit/evidence/reports.ts";
import { receiverResults } from "../mail/receiver-results.ts";
import { seeMessage, type LookAt } from "../mail/seen-message.ts";

/**
 * Whether the mail that carries a report is who it says (RFC 9990 §3.5.2 has it pass DMARC). `forged`: its receiver wrote that
 * DMARC fails, and nothing shows otherwise. Old mail whose keys are gone proves nothing either way.
 */
export async function carrierOf(file: Uint8Array, lookAt: LookAt): Promise<SeenReport["carrier"] | "forged"> {
  if (kindOf(file) !== "other") return "none";
  const mail = withCrlf(file);
  const message = mail.ok ? splitMessage(mail.octets) : mail;
  if (!mail.ok || !message.ok) return "unproven";
  const { header } = message.value;
  const author = authorOf(header);
  if (!author.ok) return "unproven";
  const { octets } = mail;
  const { signatures, spf } = await seeMessage("", { octets, header, authorDomain: author.domain }, lookAt);
  const isSigned = signatures.some(({ aligned, standing }) => aligned === "yes" && standing === "pass");
  if (isSigned || (spf?.result === "pass" && spf.aligned === "yes")) return "authenticated";
  const told = receiverResults(header)?.results ?? [];
  return told.some(({ method, result }) => method === "dmarc" && result === "fail") ? "forged" : "unproven";
}
